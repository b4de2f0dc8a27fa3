// Upcalls, after "Scheduler Activations" (Anderson, Bershad, Lazowska, Levy), but without one for pre-emption.
#include "kernel/upcall.hpp"

#include "kernel/process.hpp"
#include "kernel/scheduler.hpp"
#include "kernel/wait.hpp"

namespace {

void aim(Thread& thread, Upcall upcall, uint64_t about, uint64_t argument) {
  thread.registers[0] = thread.process->upcall_entry;
  thread.registers[2] = thread.upcall_stack;
  thread.registers[10] = static_cast<uint64_t>(upcall);
  thread.registers[11] = about;
  thread.registers[12] = argument;
  emit(Event::kUpcall, 0, thread.process->id, thread.id, static_cast<uint64_t>(upcall));
}

uint64_t park_channel(const Process& process) { return channel_of(&process.unparks); }

Thread* find_parked(Process& process) {
  for (Thread* thread = process.threads; thread; thread = thread->sibling)
    if (thread->state == State::kWaiting && thread->waits_for == park_channel(process)) return thread;
  return nullptr;
}

Thread* new_activation(Process& process) {
  if (process.upcall_stacks_used == process.upcall_stack_count) return nullptr;
  Thread* thread = create_thread(process, 0, 0, 0, 0);
  if (!thread) return nullptr;
  thread->is_activation = true;
  thread->upcall_stack = process.upcall_stacks + ++process.upcall_stacks_used * process.upcall_stack_size;
  return thread;
}

}  // namespace

void upcall_blocked(Thread& thread) {
  Process& process = *thread.process;
  // One system call may wait several times; its hart was handed on at the first.
  if (thread.has_lost_hart || process.is_ending) return;
  if (Thread* other = find_parked(process)) {
    aim(*other, Upcall::kBlocked, thread.id, 0);
    thread.has_lost_hart = true;
    wake_thread(*other);
  } else if (Thread* fresh = new_activation(process)) {
    aim(*fresh, Upcall::kBlocked, thread.id, 0);
    thread.has_lost_hart = true;
    make_ready(*fresh);
  }
}

void upcall_unblocked(Thread& thread) {
  thread.has_lost_hart = false;
  // What it was doing is left on its own stack, for its scheduler to resume on whichever thread it likes.
  const uint64_t saved = (thread.registers[2] - sizeof thread.registers) & ~15ull;
  if (!thread.process->space.write(saved, thread.registers, sizeof thread.registers)) return;
  aim(thread, Upcall::kUnblocked, thread.id, saved);
}

void park(Thread& thread) {
  Process& process = *thread.process;
  if (process.unparks) {
    --process.unparks;
    return aim(thread, Upcall::kProcessor, 0, 0);
  }
  thread.is_activation = false;  // this wait is its scheduler's own wish
  wait_for(park_channel(process));
  thread.is_activation = true;
}

void unpark(Process& process) {
  if (Thread* thread = find_parked(process)) {
    aim(*thread, Upcall::kProcessor, 0, 0);
    wake_thread(*thread);
  } else if (Thread* fresh = new_activation(process)) {
    aim(*fresh, Upcall::kProcessor, 0, 0);
    make_ready(*fresh);
  } else {
    ++process.unparks;
  }
}
