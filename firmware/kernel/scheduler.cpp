// Who runs: each hart has a queue ordered by virtual time, which is time run divided by weight; the least goes first.
#include "kernel/scheduler.hpp"

#include "kernel/console.hpp"
#include "kernel/lock.hpp"
#include "kernel/plic.hpp"
#include "kernel/process.hpp"
#include "kernel/run_log.hpp"
#include "kernel/sbi.hpp"
#include "kernel/virtio_block.hpp"
#include "kernel/wait.hpp"

SchedulerOptions scheduler_options;
Hart harts[kMaxHarts];
unsigned hart_count;
KernelLock kernel_lock;

extern "C" void switch_context(Context* from, Context* to);
extern "C" void save_floats(uint64_t* to);
extern "C" void load_floats(const uint64_t* from);

namespace {

constexpr uint64_t kCapPeriodsPerSecond = 10;

uint64_t name_of(const Thread* thread) { return thread ? thread->process->id << 16 | thread->id : 0; }

// A capped process may run cap percent of each period; what it ran too long, because only ticks
// stop it, is taken from its next periods.
bool is_throttled(Process& process) {
  if (!process.cap) return false;
  const uint64_t length = platform.timebase / kCapPeriodsPerSecond, allowance = length * process.cap / 100;
  const uint64_t period = now() / length, passed = period - process.cap_period;
  const uint64_t forgiven = passed > 1000 ? process.cap_used : passed * allowance;
  process.cap_used -= forgiven < process.cap_used ? forgiven : process.cap_used;
  process.cap_period = period;
  return process.cap_used >= allowance;
}

// Charges the current thread for the time since it was charged last.
void charge(Hart& hart) {
  if (!hart.current) return;
  const uint64_t time = now(), ran = time - hart.since;
  Thread& thread = *hart.current;
  hart.since = time;
  thread.process->run_time += ran;
  if (thread.process->cap) thread.process->cap_used += ran;
  // Shifted, for a weight above kDefaultWeight would lose short runs to rounding.
  thread.virtual_time += (ran << 10) / thread.process->weight;
}

void insert(Hart& hart, Thread& thread) {
  Thread** place = &hart.ready;
  while (*place && (*place)->virtual_time <= thread.virtual_time) place = &(*place)->link;
  thread.link = *place;
  *place = &thread;
  ++hart.ready_count;
}

bool may_run_on(const Thread& thread, const Hart& hart) { return thread.pinned_to < 0 || thread.pinned_to == static_cast<int>(hart.number); }

// The first of `queue`'s threads that may run on `hart`, taken out; or nothing.
Thread* take_from(Hart& queue, const Hart& hart) {
  for (Thread** place = &queue.ready; *place; place = &(*place)->link) {
    Thread* thread = *place;
    if (!may_run_on(*thread, hart) || is_throttled(*thread->process)) continue;
    *place = thread->link;
    --queue.ready_count;
    return thread;
  }
  return nullptr;
}

// Virtual times are comparable only within a queue: a thread that moves keeps its lead or lag.
void move_to(Thread& thread, const Hart& from, const Hart& to) {
  if (&from == &to) return;
  const int64_t lag = static_cast<int64_t>(thread.virtual_time - from.least_virtual_time);
  const uint64_t base = to.least_virtual_time;
  thread.virtual_time = lag < 0 && base < 0 - static_cast<uint64_t>(lag) ? 0 : base + static_cast<uint64_t>(lag);
}

Thread* pick(Hart& hart) {
  Thread* thread = take_from(hart, hart);
  for (unsigned i = 1; !thread && i < hart_count; ++i) {
    Hart& other = harts[(hart.number + i) % hart_count];
    thread = take_from(other, hart);
    if (thread) move_to(*thread, other, hart);
  }
  return thread;
}

uint64_t next_tick_after(uint64_t time) { return time - time % scheduler_options.tick + scheduler_options.tick; }

// Threads begin without a floating-point unit, and get one by their first instruction that traps (trap.cpp).
void enter_floats(const Thread& thread) {
  CSR_CLEAR(sstatus, kFS);
  if (!thread.uses_floats) return;
  CSR_SET(sstatus, kFS);
  load_floats(thread.floats);
  CSR_CLEAR(sstatus, kFS);
  CSR_SET(sstatus, kFsClean);
}

// No thread is ready or sleeps, and no device has anything to say.
bool nothing_can_happen() {
  for (unsigned i = 0; i < hart_count; ++i)
    if (!harts[i].is_idle || harts[i].ready || harts[i].sleepers) return false;
  return !disk_is_busy();
}

}  // namespace

void keep_floats(Thread& thread) {
  if ((CSR_READ(sstatus) & kFS) != kFsDirty) return;
  save_floats(thread.floats);
  thread.uses_floats = true;
}

void make_ready(Thread& thread) {
  thread.state = State::kReady;
  Hart* hart = thread.hart ? thread.hart : &this_hart();
  Hart* from = hart;
  if (thread.pinned_to >= 0) hart = &harts[thread.pinned_to];
  else if (!hart->is_idle)
    for (unsigned i = 0; i < hart_count; ++i)
      if (harts[i].is_idle && !harts[i].ready_count) hart = &harts[i];
  move_to(thread, *from, *hart);
  // Who slept does not save up time to be ahead of all others afterwards.
  if (thread.virtual_time < hart->least_virtual_time) thread.virtual_time = hart->least_virtual_time;
  thread.hart = hart;
  insert(*hart, thread);
  if (hart->is_idle && hart != &this_hart()) sbi_send_ipi(hart->id);
}

void schedule(Reason reason) {
  Hart& hart = this_hart();
  charge(hart);
  Thread* from = hart.current;
  Thread* next = pick(hart);
  if (!next && !from) return;
  hart.since = now();
  if (next) {
    if (next->virtual_time > hart.least_virtual_time) hart.least_virtual_time = next->virtual_time;
    next->state = State::kRunning;
    next->hart = &hart;
  }
  if (next == from) return;
  if (next) emit(Event::kSwitch, static_cast<unsigned>(reason), next->process->id, next->id, name_of(from));
  else emit(Event::kIdle, static_cast<unsigned>(reason), 0, 0, name_of(from));
  if (next) count(Counter::kSwitches);
  if (!from != !next) note_run(hart, next);
  if (from && from->state != State::kEnded) keep_floats(*from);
  hart.current = next;
  enter_address_space(next ? next->process : nullptr);
  if (next) enter_floats(*next);
  if (!from) hart.next_tick = next_tick_after(hart.since);  // an idle hart has none
  set_timer();
  switch_context(from ? &from->context : &hart.idle, next ? &next->context : &hart.idle);
  free_ended_thread();
}

void yield(Reason reason) {
  Hart& hart = this_hart();
  charge(hart);
  hart.current->state = State::kReady;
  // One that lets others go first goes behind all of them, and is not taken again for having run less: what it waits for
  // may be the last one's to do, who was stopped with a lock in hand.
  for (const Thread* other = hart.ready; reason == Reason::kYielded && other; other = other->link)
    if (hart.current->virtual_time < other->virtual_time) hart.current->virtual_time = other->virtual_time;
  insert(hart, *hart.current);
  schedule(reason);
}

uint64_t run_time_of(const Process& process) {
  uint64_t time = process.run_time;
  for (unsigned i = 0; i < hart_count; ++i)
    if (harts[i].current && harts[i].current->process == &process) time += now() - harts[i].since;
  return time;
}

void run_hart() {
  Hart& hart = this_hart();
  for (;;) {
    schedule(Reason::kNone);
    hart.is_idle = true;
    set_timer();
    if (nothing_can_happen()) panic("all threads wait for each other");
    kernel_lock.give();
    // Interrupts are off in sstatus, so they are not taken, but those that sie enables end the wait.
    asm volatile("wfi" ::: "memory");
    kernel_lock.take();
    hart.is_idle = false;
    take_interrupts();
  }
}

void set_timer() {
  Hart& hart = this_hart();
  uint64_t when = hart.sleepers ? hart.sleepers->wake_time : ~0ull;
  if (hart.current && hart.next_tick < when) when = hart.next_tick;
  if (!hart.current && hart.ready) {  // only throttled ones: look again when the period is over
    const uint64_t length = platform.timebase / kCapPeriodsPerSecond, end = (now() / length + 1) * length;
    if (end < when) when = end;
  }
  if (when == hart.armed) return;
  hart.armed = when;
  if (platform.has_sstc) CSR_WRITE(0x14d, when);  // stimecmp
  else sbi_set_timer(when);
}

void sleep_until(uint64_t time) {
  Hart& hart = this_hart();
  Thread& thread = *hart.current;
  thread.wake_time = time;
  Thread** place = &hart.sleepers;
  while (*place && (*place)->wake_time <= time) place = &(*place)->sleeper;
  thread.sleeper = *place;
  *place = &thread;
}

void stop_sleeping(Thread& thread) {
  for (unsigned i = 0; i < hart_count; ++i) {
    for (Thread** place = &harts[i].sleepers; *place; place = &(*place)->sleeper) {
      if (*place != &thread) continue;
      *place = thread.sleeper;
      return;
    }
  }
}

void clock_interrupt() {
  Hart& hart = this_hart();
  const uint64_t time = now();
  while (hart.sleepers && hart.sleepers->wake_time <= time) {
    Thread& thread = *hart.sleepers;
    hart.sleepers = thread.sleeper;
    wake_thread(thread);
  }
  bool is_tick = false;
  if (hart.next_tick <= time) {
    hart.next_tick = next_tick_after(time);
    is_tick = true;
  }
  hart.armed = 0;
  set_timer();
  if (!hart.current) return;
  charge(hart);
  Thread& thread = *hart.current;
  const bool throttled = is_throttled(*thread.process);
  if (throttled) yield(Reason::kThrottled);
  else if (is_tick && hart.ready && hart.ready->virtual_time <= thread.virtual_time) yield(Reason::kPreempted);
}

void take_interrupts() {
  const uint64_t pending = CSR_READ(sip) & CSR_READ(sie);
  if (pending & kSSI) CSR_CLEAR(sip, kSSI);  // an IPI only says "look": run queue, or a process that ends
  if (pending & kSEI) device_interrupts();
  if (pending & kSTI) clock_interrupt();
}
