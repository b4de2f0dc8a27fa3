// What brings a hart into the kernel from user mode: interrupts, system calls, faults; and the way back.
#include "kernel/console.hpp"
#include "kernel/lock.hpp"
#include "kernel/process.hpp"
#include "kernel/run_log.hpp"
#include "kernel/scheduler.hpp"
#include "kernel/syscall.hpp"
#include "kernel/upcall.hpp"

extern "C" void load_floats(const uint64_t* from);

namespace {

// Threads begin with FS = Off, so that those without floating point pay nothing for it at a switch.
bool is_first_float(uint64_t cause) {
  if (cause != kIllegalInstruction || CSR_READ(sstatus) & kFS) return false;
  static const uint64_t zeros[33] = {};
  CSR_SET(sstatus, kFsInitial);
  load_floats(zeros);
  CSR_CLEAR(sstatus, kFS);
  CSR_SET(sstatus, kFsInitial);
  return true;
}

// A machine may remember that a page was not mapped; after the mapping was made, that costs one fault more.
bool is_mapped_by_now(Thread& thread, uint64_t cause, uint64_t address) {
  const uint64_t need = cause == kLoadPageFault ? kR : cause == kStorePageFault ? kW : cause == kFetchPageFault ? kX : 0;
  if (!need || !thread.process->space.translate(address, need)) return false;
  fence_address_space(*thread.process);
  return true;
}

void fault(Thread& thread, uint64_t cause, uint64_t value) {
  if (is_first_float(cause) || is_mapped_by_now(thread, cause, value)) return;
  print("kernel: process %u (%s), thread %u: fault %u at pc %x, stval %x\n", static_cast<uint64_t>(thread.process->id), thread.process->name,
        static_cast<uint64_t>(thread.id), cause, thread.registers[0], value);
  end_process(*thread.process, kFaultStatus + static_cast<int64_t>(cause));
}

// The last steps in the kernel of every way to user mode. Returns whom to run.
Thread* leave_kernel() {
  Thread* thread = current();
  if (thread->process->is_ending) end_thread();
  if (thread->has_lost_hart) upcall_unblocked(*thread);
  emit(Event::kTrapReturn, 0, thread->process->id, thread->id, thread->registers[0]);
  CSR_CLEAR(sstatus, kSPP | kSPIE);  // to user mode; interrupts are enabled there in any case
  kernel_lock.give();
  return thread;
}

}  // namespace

extern "C" Thread* trap_from_user(Thread* thread) {
  const uint64_t cause = CSR_READ(scause), value = CSR_READ(stval);
  const bool is_interrupt = cause >> 63;
  const unsigned detail = static_cast<unsigned>(cause & 127) | (is_interrupt ? 128 : 0);
  emit(Event::kTrap, detail, thread->process->id, thread->id, cause == kEcallU ? thread->registers[17] : value);
  kernel_lock.take();
  count(is_interrupt ? Counter::kInterrupts : cause == kEcallU ? Counter::kSystemCalls : Counter::kFaults);
  if (is_interrupt) {
    take_interrupts();
  } else if (cause == kEcallU) {
    thread->registers[0] += 4;
    system_call(*thread);
  } else {
    fault(*thread, cause, value);
  }
  return leave_kernel();
}

// A new thread's first steps, on its own stack, where schedule() would return in others.
extern "C" Thread* first_run() {
  free_ended_thread();
  return leave_kernel();
}

extern "C" [[noreturn]] void trap_from_kernel() {
  panic("trap in the kernel: cause %x, pc %x, stval %x", CSR_READ(scause), CSR_READ(sepc), CSR_READ(stval));
}
