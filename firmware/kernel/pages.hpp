// Physical pages: which are free, and where the kernel sees them.
#pragma once

#include "kernel/memory.hpp"
#include "lib/riscv.h"

// The upper half maps physical address p at kKernelBase + p (start.S).
inline constexpr uint64_t kKernelBase = 0xffffffc000000000;

template <typename T = void>
T* at_physical(uint64_t address) { return reinterpret_cast<T*>(kKernelBase + address); }
inline uint64_t physical_of(const void* pointer) { return reinterpret_cast<uint64_t>(pointer) - kKernelBase; }

constexpr uint64_t page_up(uint64_t address) { return (address + kPage - 1) & ~(kPage - 1); }
constexpr uint64_t page_down(uint64_t address) { return address & ~(kPage - 1); }

// Of what pages_begin() puts at the start.
uint64_t page_bitmap_size(uint64_t start, uint64_t end);
// All memory from `start` on that is not told to be in use is free.
void pages_begin(uint64_t start, uint64_t end);
void pages_reserve(uint64_t start, uint64_t end);

// Physical address of `count` adjacent pages full of zeros, aligned to `alignment` pages; 0 if there are none.
uint64_t allocate_pages(uint64_t count = 1, uint64_t alignment = 1);
void free_pages(uint64_t address, uint64_t count = 1);
uint64_t free_page_count();
