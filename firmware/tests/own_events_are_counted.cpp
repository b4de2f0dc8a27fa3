// Exceptions, interrupts, SFENCE.VMA and writes of satp are counted, each once, and overflow at once; they count for the mode in which they happen.
// guest: qemu=no spike=no
#include "lib/counters.h"

// What the counter of `event` gains by `action`.
template <class Action>
static uint64_t gain(uint64_t event, Action action) {
  CSR_WRITE(mhpmevent7, event);
  CSR_WRITE(mhpmcounter7, 0);
  action();
  return CSR_READ(mhpmcounter7);
}

int main() {
  const auto ecall_in = [](Mode mode) { run_in(mode, [] { asm volatile("ecall"); }); };
  // Each snippet that returns does so by an ECALL of its own; one that traps does not.
  for (unsigned i = 0; i < 20; ++i) {
    CHECK_EQ(gain(kExceptionsEvent, [] {}), 0);
    CHECK_EQ(gain(kExceptionsEvent, [&] { ecall_in(kUserMode); }), 1);
    CHECK_EQ(gain(kExceptionsEvent, [&] { ecall_in(kUserMode), ecall_in(kSupervisorMode); }), 2);
    CHECK_EQ(gain(kExceptionsEvent | kUINH, [&] { ecall_in(kUserMode), ecall_in(kSupervisorMode); }), 1);
    CHECK_EQ(gain(kExceptionsEvent | kSINH | kUINH, [&] { ecall_in(kUserMode), ecall_in(kSupervisorMode); }), 0);
    CHECK_EQ(gain(kExceptionsEvent | kMINH, [&] { ecall_in(kUserMode); }), 1);
    CHECK_EQ(gain(kFencesEvent, [] { sfence_vma(), sfence_vma(); }), 2);
    CHECK_EQ(gain(kFencesEvent | kMINH, [] { sfence_vma(); run_in(kSupervisorMode, [] { sfence_vma(); }); }), 1);
    CHECK_EQ(gain(kFencesEvent, [] { run_in(kUserMode, [] { sfence_vma(); }); }), 0);  // it is illegal there
    CHECK_EQ(gain(kSatpWritesEvent, [] { CSR_WRITE(satp, 0), CSR_WRITE(satp, 5); }), 2);
    CHECK_EQ(gain(kSatpWritesEvent, [] { CSR_WRITE(satp, 3ull << 60); }), 0);  // no such mode: no effect
    CSR_WRITE(satp, 0);
    CSR_WRITE(mie, kSSI);
    CHECK_EQ(gain(kInterruptsEvent, [] {
               CSR_WRITE(mip, kSSI);
               CHECK_TRAP(run_in(kUserMode, [] { spin(100); }), kSupervisorSoftware, 0);
             }), 1);
    CSR_WRITE(mip, 0);
    CSR_WRITE(mie, 0);
    CHECK_EQ(gain(kInterruptsEvent, [&] { ecall_in(kUserMode); }), 0);
  }
  // The third fence overflows, and the interrupt comes right behind it.
  CSR_WRITE(mie, kLCOFI);
  for (unsigned i = 0; i < 20; ++i) {
    CSR_WRITE(mip, 0);
    CSR_WRITE(mhpmevent7, kFencesEvent);
    CSR_WRITE(mhpmcounter7, -3ull);
    const Trap& trap = run_in(kMachineMode, [] {
      asm volatile("sfence.vma\nsfence.vma\nlla t6, 1f\nsfence.vma\n1: nop\nnop" ::: "t6");
    }, kMPIE);
    CHECK_TRAP(trap, kCounterOverflow, 0);
    CHECK_EQ(trap.epc, trap.x[31]);
  }
  return 0;
}
