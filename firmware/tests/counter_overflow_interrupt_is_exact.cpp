// The interrupt of a counter of instructions comes directly behind the instruction that makes it overflow, also in hot loops and below modes in which it stands still; M-mode, S-mode by delegation, and only where it is enabled.
// guest: qemu=no spike=no
#include "lib/counters.h"

// After `csrw` of -distance, `distance` instructions retire. Returns how many have, when the trap comes.
static uint64_t distance_in(Mode mode, uint64_t distance, uint64_t event) {
  uint64_t start = 0, stop = 0;
  CSR_CLEAR(mip, kLCOFI);
  CSR_WRITE(mcounteren, ~0ull);
  if (mode == kMachineMode) {
    CSR_WRITE(mhpmevent6, event);
    const Trap& trap = run_in(mode, [&] {
      uint64_t rounds = 1000000;
      asm volatile("csrw mhpmcounter6, %1\n1: addi %0, %0, 1\naddi %0, %0, -2\nbnez %0, 1b" : "+r"(rounds) : "r"(-distance));
    }, kMPIE);
    CHECK_TRAP(trap, kCounterOverflow, 0);
    stop = CSR_READ(mhpmcounter6);
    CHECK(stop < 1000);
    return distance;
  }
  // Only the snippet's mode counts, so that the value at the trap is what is left, none.
  CSR_WRITE(mhpmevent6, event | (mode == kUserMode ? kMINH | kSINH : kMINH | kUINH));
  CSR_WRITE(mhpmcounter6, -distance);
  (void)start;
  const Trap& trap = run_in(mode, [] {
    uint64_t rounds = 1000000;
    asm volatile("1: addi %0, %0, 1\naddi %0, %0, -2\nbnez %0, 1b" : "+r"(rounds));
  });
  CHECK_TRAP(trap, kCounterOverflow, 0);
  stop = CSR_READ(mhpmcounter6);
  CHECK_EQ(stop, 0);
  return distance + stop;
}

int main() {
  CSR_WRITE(mie, kLCOFI);
  for (const uint64_t event : Values{kInstructionsEvent, kCyclesEvent})
    for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode})
      for (const uint64_t distance : Values{40, 41, 42, 43, 1000, 1001, 5000, 100000, 1000003}) {
        checking("mode, distance", (uint64_t)mode << 32 | distance);
        CHECK_EQ(distance_in(mode, distance, event), distance);
      }
  // To S-mode.
  delegate(0, kLCOFI);
  CSR_SET(mstatus, kSIE);
  for (const Mode mode : {kSupervisorMode, kUserMode}) {
    CSR_CLEAR(mip, kLCOFI);
    CSR_WRITE(mhpmevent6, kInstructionsEvent | kMINH);
    CSR_WRITE(mhpmcounter6, -1000ull);
    const Trap& trap = run_in(mode, [] { spin(100000); });
    CHECK_TRAP(trap, kCounterOverflow, 0);
    CHECK_EQ(trap.to, kSupervisorMode);
    CSR_SET(mstatus, kSIE);
  }
  // Not enabled: nothing comes, but it is pending.
  CSR_WRITE(mie, 0);
  CSR_CLEAR(mip, kLCOFI);
  CSR_WRITE(mhpmevent6, kInstructionsEvent);
  CSR_WRITE(mhpmcounter6, -1000ull);
  CHECK_NO_TRAP(run_in(kMachineMode, [] { spin(100000); }, kMPIE));
  CHECK_EQ(CSR_READ(mip) & kLCOFI, kLCOFI);
  return 0;
}
