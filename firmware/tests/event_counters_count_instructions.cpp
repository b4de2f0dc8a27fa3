// A counter whose event is instructions (or cycles, which are the same without a model) counts each one, in loops and across calls; it stands still without an event and where mcountinhibit says so, and shows what was written.
// guest: qemu=icount spike=no
#include "lib/counters.h"

static __attribute__((noinline)) uint64_t read_counter5() {
  uint64_t v;
  asm volatile("csrr %0, hpmcounter5" : "=r"(v));
  return v;
}

int main() {
  for (const uint64_t event : Values{kInstructionsEvent, kCyclesEvent}) {
    checking("event", event);
    CSR_WRITE(mhpmevent5, event);
    for (const uint64_t value : Values{0, 1, 0xffffffff, 0x7ffffffffffffff0}) {
      uint64_t first, second, before, after;
      asm volatile("csrw mhpmcounter5, %2\ncsrr %0, mhpmcounter5\nnop\nnop\ncsrr %1, mhpmcounter5" : "=&r"(first), "=&r"(second) : "r"(value));
      CHECK_EQ(first, value);
      CHECK_EQ(second, value + 3);
      for (unsigned round = 0; round < 30; ++round) {
        asm volatile("csrr %0, minstret\ncsrr %1, mhpmcounter5" : "=r"(before), "=r"(after));
        const uint64_t distance = after - before;
        spin(2000);
        asm volatile("csrr %0, minstret\ncsrr %1, mhpmcounter5" : "=r"(before), "=r"(after));
        CHECK_EQ(after - before, distance);
      }
    }
    // Stopped and started again, in S-mode too.
    CSR_WRITE(mcounteren, ~0ull);
    for (unsigned round = 0; round < 20; ++round) {
      const uint64_t running = read_counter5();
      CSR_SET(mcountinhibit, 1 << 5);
      const uint64_t held = read_counter5();
      CHECK(held > running);
      spin(100);
      CHECK_EQ(read_counter5(), held);
      CSR_WRITE(mhpmcounter5, 77);
      CHECK_EQ(read_counter5(), 77);
      CSR_CLEAR(mcountinhibit, 1 << 5);
      uint64_t in_s = 0;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { spin(100); in_s = read_counter5(); }));
      CHECK(in_s > 177 && in_s < 1000);
    }
    // No event: it stays what it was.
    CSR_WRITE(mhpmevent5, 0);
    const uint64_t held = read_counter5();
    spin(100);
    CHECK_EQ(read_counter5(), held);
  }
  return 0;
}
