// What the kernel wants to know of the device tree.
#pragma once

#include "lib/riscv.h"

inline constexpr unsigned kMaxHarts = 8;
inline constexpr unsigned kMaxVirtio = 8;

struct Platform {
  uint64_t tree_start = 0, tree_end = 0;      // physical
  uint64_t memory_start = 0, memory_end = 0;  // the first range only
  uint64_t initrd_start = 0, initrd_end = 0;
  uint64_t timebase = 10000000;               // ticks of `time` per second
  unsigned hart_count = 0;
  struct {
    uint64_t id;
    uint32_t interrupt_controller;  // phandle
    int plic_context = -1;          // of S-mode
  } harts[kMaxHarts] = {};
  bool has_sstc = false;
  unsigned virtio_count = 0;
  struct {
    uint64_t base;
    uint32_t interrupt;
  } virtio[kMaxVirtio] = {};
  uint64_t plic = 0;
  uint64_t finisher = 0;  // the test device that ends emulators with a status; 0: none
  char arguments[256] = {};
};

extern Platform platform;

void read_device_tree(uint64_t physical);
