// User-level threads: a scheduler in the program, on top of kernel threads ("carriers") that pick from one queue.
#include "kernel/user/user_threads.hpp"

extern "C" void switch_registers(uint64_t from[14], const uint64_t to[14]);
extern "C" void resume_saved(uint64_t from[14], const uint64_t saved[32]);

constexpr uint64_t kUserThreadStack = 0x4000;
constexpr uint64_t kUpcallStack = 0x2000;
constexpr unsigned kMaxCarriers = 64;

// At the start of its own stack.
struct UserThread {
  alignas(16) uint8_t closure[64];
  uint64_t registers[14];      // while it is ready or waits in the library
  const uint64_t* saved;       // instead: it was in the kernel, which left these on its stack (Upcall::kUnblocked)
  void (*run)(void*);
  UserThread* next;
  UserThread* joiner;
  unsigned id;
  bool has_ended;
};

namespace {

enum class Fate { kReady, kWaiting, kEnded };

// A kernel thread, as the library sees it; in tp, which the compiler leaves alone and switches do not touch.
struct Carrier {
  uint64_t registers[14];  // its loop, while it runs a user-level thread
  UserThread* current;
  UserThread* previous;    // left a moment ago: what becomes of it is settled once its registers are saved
  Fate fate;
};

// One lock for everything here. It is held during a switch, and whoever goes on gives it back.
SpinLock lock;
Model model;
Carrier carriers[kMaxCarriers];
unsigned carrier_count, next_id;
UserQueue ready;
UserThread* unused;
uint64_t switches;

uint32_t ready_count;  // kHybrid: a futex for carriers without work
unsigned idle_count;
// kUpcall: activations in user mode, those that the kernel was asked for, and how many are wanted in all.
unsigned active_count, asked_count, active_most;

// Volatile: a user-level thread may go on on another carrier after any switch.
Carrier* carrier_or_null() {
  Carrier* carrier;
  asm volatile("mv %0, tp" : "=r"(carrier));
  return carrier;
}
Carrier& carrier() { return *carrier_or_null(); }

Carrier& new_carrier() {
  Carrier& fresh = carriers[carrier_count++];
  asm volatile("mv tp, %0" ::"r"(&fresh));
  return fresh;
}

void append(UserQueue& queue, UserThread* thread) {
  thread->next = nullptr;
  (queue.first ? queue.last->next : queue.first) = thread;
  queue.last = thread;
}

UserThread* take_first(UserQueue& queue) {
  UserThread* thread = queue.first;
  if (thread) queue.first = thread->next;
  return thread;
}

// With the lock held.
void add_ready(UserThread* thread) {
  append(ready, thread);
  __atomic_store_n(&ready_count, ready_count + 1, __ATOMIC_RELEASE);
  if (model == Model::kHybrid && idle_count) futex_wake(&ready_count, 1);
  if (model == Model::kUpcall && active_count + asked_count < active_most) {
    ++asked_count;
    call(Call::kUnpark);
  }
}

UserThread* take_ready() {
  UserThread* thread = take_first(ready);
  if (thread) --ready_count;
  return thread;
}

void settle(Carrier& here) {
  UserThread* thread = here.previous;
  here.previous = nullptr;
  if (!thread) return;
  if (here.fate == Fate::kReady) add_ready(thread);
  if (here.fate == Fate::kEnded) {
    thread->has_ended = true;
    if (thread->joiner) add_ready(thread->joiner);
  }
}

// The first thing after a switch, on the side that goes on.
void arrive() {
  settle(carrier());
  lock.unlock();
}

// Leaves the current thread to its fate, for the next one or the carrier's loop. With the lock held, which is given back.
void switch_away(Fate fate) {
  Carrier& here = carrier();
  UserThread* self = here.current;
  UserThread* next = ready.first;
  if (!next && fate == Fate::kReady) return lock.unlock();
  // One that comes from the kernel does not arrive() here: the loop deals with it.
  if (next && next->saved) next = nullptr;
  if (next) take_ready();
  here.previous = self;
  here.fate = fate;
  here.current = next;
  ++switches;
  if (next) emit(Event::kUserSwitch, static_cast<unsigned>(fate), 0, next->id, self->id);
  switch_registers(self->registers, next ? next->registers : here.registers);
  arrive();
}

// A carrier without work; with the lock held, before and after.
void wait_for_work() {
  if (model == Model::kUser) {
    print("user threads: all of them wait for each other\n");
    exit(1);
  }
  if (model == Model::kHybrid) {
    ++idle_count;
    lock.unlock();
    futex_wait(&ready_count, 0);
    lock.lock();
    --idle_count;
    return;
  }
  --active_count;
  lock.unlock();
  for (;;) call(Call::kPark);  // goes on in upcall(), on a new stack
}

// What a carrier does between user-level threads. With the lock held.
[[noreturn]] void loop() {
  Carrier& here = carrier();
  for (;;) {
    UserThread* next = take_ready();
    if (!next) {
      wait_for_work();
      continue;
    }
    here.current = next;
    emit(Event::kUserSwitch, 0, 0, next->id, 0);
    if (const uint64_t* saved = next->saved) {
      next->saved = nullptr;
      lock.unlock();
      resume_saved(here.registers, saved);
    } else {
      switch_registers(here.registers, next->registers);
    }
    settle(here);
  }
}

// The kernel calls, on the activation's own stack. tp is 0 in one that is new.
void upcall(Upcall upcall, uint64_t /*thread*/, const uint64_t* saved) {
  lock.lock();
  if (!carrier_or_null()) new_carrier();
  Carrier& here = carrier();
  // For kBlocked this one runs instead of the one that blocked; otherwise there is one more.
  if (upcall != Upcall::kBlocked) ++active_count;
  if (upcall == Upcall::kProcessor) --asked_count;
  if (upcall == Upcall::kUnblocked) {
    here.current->saved = saved;
    add_ready(here.current);
  }
  here.current = nullptr;
  if (active_count > active_most) wait_for_work();
  loop();
}

void begin_thread() {
  arrive();
  UserThread* self = carrier().current;
  self->run(self->closure);
  lock.lock();
  switch_away(Fate::kEnded);
}

void begin_loop() {
  lock.lock();
  loop();
}

}  // namespace

void begin_user_threads(Model wanted, unsigned count) {
  static UserThread first;
  model = wanted;
  Carrier& here = new_carrier();
  here.current = &first;
  auto* stacks = static_cast<uint8_t*>(allocate(kMaxCarriers * kUpcallStack));
  if (!stacks) exit(1);
  // The caller's stack is that of a user-level thread from now on; its carrier's loop needs one of its own. It starts as if
  // switched to from a thread, so with the lock held and that thread to settle.
  here.registers[0] = reinterpret_cast<uint64_t>(+[] {
    settle(carrier());
    loop();
  });
  here.registers[1] = reinterpret_cast<uint64_t>(stacks) + kUpcallStack;
  if (model == Model::kHybrid) {
    for (unsigned i = 1; i < count; ++i) start_thread([] {
      lock.lock();
      new_carrier();
      lock.unlock();
      begin_loop();
    });
  }
  if (model == Model::kUpcall) {
    active_count = 1;
    active_most = count;
    call(Call::kUpcalls, upcall, stacks, kUpcallStack, kMaxCarriers);
  }
}

UserThread* start_user_thread_with(void (*run)(void*), const void* closure, uint64_t size) {
  if (size > sizeof UserThread::closure) return nullptr;
  lock.lock();
  UserThread* thread = unused;
  if (thread) unused = thread->next;
  lock.unlock();
  if (!thread) thread = static_cast<UserThread*>(allocate(kUserThreadStack));
  if (!thread) return nullptr;
  *thread = UserThread{};
  memcpy(thread->closure, closure, size);
  thread->run = run;
  thread->registers[0] = reinterpret_cast<uint64_t>(begin_thread);
  thread->registers[1] = reinterpret_cast<uint64_t>(thread) + kUserThreadStack;
  lock.lock();
  thread->id = ++next_id;
  add_ready(thread);
  lock.unlock();
  return thread;
}

void user_yield() {
  lock.lock();
  switch_away(Fate::kReady);
}

void user_join(UserThread* thread) {
  lock.lock();
  if (thread->has_ended) {
    lock.unlock();
  } else {
    thread->joiner = carrier().current;
    switch_away(Fate::kWaiting);
  }
  lock.lock();
  thread->next = unused;
  unused = thread;
  lock.unlock();
}

uint64_t user_switches() { return switches; }

void UserSemaphore::take() {
  lock.lock();
  if (count_) {
    --count_;
    return lock.unlock();
  }
  UserThread* self = carrier().current;
  emit(Event::kUserBlock, 0, 0, self->id, reinterpret_cast<uint64_t>(this));
  append(waiting_, self);
  switch_away(Fate::kWaiting);
}

void UserSemaphore::give() {
  lock.lock();
  if (UserThread* thread = take_first(waiting_)) {
    emit(Event::kUserWake, 0, 0, thread->id, reinterpret_cast<uint64_t>(this));
    add_ready(thread);
  } else {
    ++count_;
  }
  lock.unlock();
}
