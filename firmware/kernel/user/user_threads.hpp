// User-level threads: switched by the program itself, on one kernel thread or several, with or without upcalls.
#pragma once

#include "kernel/user/threads.hpp"

enum class Model {
  kUser,    // many on one kernel thread: a system call that waits stops all of them
  kHybrid,  // many on several kernel threads: one that waits in the kernel keeps its kernel thread from the others
  kUpcall,  // as many kernel threads as run, and the kernel gives another one for each that waits
};

struct UserThread;

// The caller becomes the first user-level thread; `carriers` kernel threads are to run at the same time. Once for a process.
void begin_user_threads(Model model, unsigned carriers);
void user_yield();
// Waits, in the library, until it has ended.
void user_join(UserThread* thread);
// How often the library switched from one user-level thread to another.
uint64_t user_switches();

// nullptr: no memory. The closure is copied, at most 64 bytes.
UserThread* start_user_thread_with(void (*run)(void*), const void* closure, uint64_t size);
template <typename Function>
UserThread* start_user_thread(Function function) {
  return start_user_thread_with([](void* closure) { (*static_cast<Function*>(closure))(); }, &function, sizeof function);
}

// First come, first served.
struct UserQueue {
  UserThread* first = nullptr;
  UserThread* last = nullptr;
};

// Waits in the library: the kernel does not see it, and other user-level threads go on in every model.
class UserSemaphore {
 public:
  explicit UserSemaphore(uint32_t count = 0) : count_(count) {}
  void take();
  void give();

 private:
  uint32_t count_;
  UserQueue waiting_;
};
