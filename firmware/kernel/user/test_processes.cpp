// Processes have their own memory and status; a fault ends one of them alone; nothing is lost when they end.
#include "kernel/user/test.hpp"

static volatile int64_t value = 1;
static const bool kKinds[] = {false, true};

static int store_to(uint64_t address) {
  *reinterpret_cast<volatile int*>(address) = 0;
  return 0;
}

int main(int count, char** arguments) {
  if (count == 2 && equal(arguments[1], "child")) return 42;

  CHECK(wait(spawn("test_processes child")) == 42);
  CHECK(spawn("no_such_program") == kFailed);
  CHECK(wait(7) == kFailed);

  const int64_t child = in_child([] {
    value = 2;
    return value + 5;
  });
  CHECK(child > 0);
  CHECK(wait(child) == 7);
  CHECK(value == 1);

  // Faults: a write to nowhere, to the code, to the kernel; the kernel's line about each belongs to the test.
  CHECK(wait(in_child([] { return static_cast<int>(*reinterpret_cast<volatile int*>(8)); })) == kFaultStatus + 13);
  CHECK(wait(in_child([] { return store_to(0x10000); })) == kFaultStatus + 15);
  CHECK(wait(in_child([] { return store_to(0xffffffc080200000); })) == kFaultStatus + 15);
  CHECK(wait(in_child([] {
    asm volatile("csrw satp, zero");
    return 0;
  })) == kFaultStatus + 2);
  // System calls that are given the kernel's addresses, or none, fail.
  CHECK(write(1, reinterpret_cast<void*>(0xffffffc080200000), 8) == kFailed);
  CHECK(write(1, nullptr, 8) == kFailed);
  CHECK(raw_call(0, 0, 0, 0, 0, 0, 0, 1000) == kFailed);

  // Fresh memory is full of zeros, with both sizes of page.
  for (const bool huge : kKinds) {
    auto* memory = static_cast<volatile uint64_t*>(allocate(4 << 20, huge));
    CHECK(memory);
    for (unsigned i = 0; i < (4 << 20) / 8; i += 512) {
      CHECK(memory[i] == 0);
      memory[i] = i;
    }
    for (unsigned i = 0; i < (4 << 20) / 8; i += 512) CHECK(memory[i] == i);
  }

  // More processes than there are slots, one after another, and all pages come back.
  CHECK(wait(in_child([] { return 0; })) == 0);
  const uint64_t free_before = free_pages();
  for (unsigned i = 0; i < 100; ++i) CHECK(wait(in_child([i] { return static_cast<int>(i); })) == i);
  // The last thread's stack may still be waiting for another thread to free it.
  yield();
  CHECK(free_pages() + 4 * hart_count() >= free_before);
  return passed("processes");
}
