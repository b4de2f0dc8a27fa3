// Supervisor code in the upper half of the address space, as kernels have it: the program once more, on global pages.
#pragma once

#include "lib/paging.h"

constexpr uint64_t kUpper = 0xffffffff00000000;  // from where the program is to where it is there

extern "C" char __end[];  // of bare.ld

// After new_pages(): the program is there too, whichever mode runs next.
inline void map_upper_program(uint64_t flags = kPageRWX | kGlobal) {
  for (uint64_t at = 0x80000000; at < (uint64_t)__end; at += kPage) map_page(at + kUpper, at, flags);
}

template <class T>
T* upper(T* lower) { return (T*)((uint64_t)lower + kUpper); }

// Run the snippet in S-mode with its code, its stack and what it captures by value in the upper half.
template <class Snippet>
const Trap& run_in_upper(Snippet snippet) {
  void (*const run)(void*) = [](void* s) { (*static_cast<Snippet*>(s))(); };
  return run_in(kSupervisorMode, [&] {
    register uint64_t a0 asm("a0") = (uint64_t)&snippet + kUpper;
    asm volatile(
        "add sp, sp, %2\n"
        "jalr %1\n"
        "sub sp, sp, %2"
        : "+r"(a0)
        : "r"((uint64_t)run + kUpper), "r"(kUpper)
        : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "memory");
  });
}

// Address spaces that are alike but for the gigabytes of some addresses: each has tables of its own there, which
// are for one page.
struct Space {
  uint64_t satp;
  volatile uint64_t* own;   // entries
  volatile uint64_t* user;
};
constexpr uint64_t kOwn = 0xffffffd040000000;  // for S-mode, not global
constexpr unsigned kMostSpaces = 8;

// Of the tables made so far.
inline Space new_space(uint64_t asid) {
  alignas(kPage) static uint64_t tables[kMostSpaces][5][512];
  static unsigned used;
  CHECK(used < kMostSpaces);
  auto& table = tables[used++];
  memcpy(table[0], (void*)(satp_for_pages() << 20 >> 8), kPage);
  table[0][kOwn >> 30 & 511] = pte_for((uint64_t)table[1], kV);
  table[1][kOwn >> 21 & 511] = pte_for((uint64_t)table[2], kV);
  table[0][kVa >> 30] = pte_for((uint64_t)table[3], kV);
  table[3][kVa >> 21 & 511] = pte_for((uint64_t)table[4], kV);
  return {kSv39 << 60 | asid << 44 | (uint64_t)table[0] >> 12, &table[2][kOwn >> 12 & 511], &table[4][kVa >> 12 & 511]};
}
