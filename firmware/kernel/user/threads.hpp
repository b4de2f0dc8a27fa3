// Kernel threads as objects, and mutexes and semaphores on futexes.
#pragma once

#include "kernel/user/system.hpp"

// A kernel thread. Its stack is the program's to keep, and is used again by a later thread.
class Thread {
 public:
  Thread() = default;
  explicit Thread(struct ThreadBlock* block) : block_(block) {}
  void join();
  explicit operator bool() const { return block_; }

 private:
  struct ThreadBlock* block_ = nullptr;
};

Thread start_thread_with(void (*run)(void*), const void* closure, uint64_t size);

// Runs a copy of the function, at most 64 bytes of captures.
template <typename Function>
Thread start_thread(Function function) {
  return start_thread_with([](void* closure) { (*static_cast<Function*>(closure))(); }, &function, sizeof function);
}

// Waits in the kernel, but enters it only if there is something to wait for. (Drepper, "Futexes Are Tricky")
class Mutex {
 public:
  void lock() {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&state_, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    // 2: somebody waits, so that unlock() must wake.
    while (__atomic_exchange_n(&state_, 2, __ATOMIC_ACQUIRE) != 0) futex_wait(&state_, 2);
  }
  void unlock() {
    if (__atomic_exchange_n(&state_, 0, __ATOMIC_RELEASE) == 2) futex_wake(&state_, 1);
  }

 private:
  uint32_t state_ = 0;
};

class Semaphore {
 public:
  explicit Semaphore(uint32_t count = 0) : count_(count) {}
  void take() {
    for (;;) {
      uint32_t seen = __atomic_load_n(&count_, __ATOMIC_RELAXED);
      if (seen == 0) futex_wait(&count_, 0);
      else if (__atomic_compare_exchange_n(&count_, &seen, seen - 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    }
  }
  void give(uint32_t count = 1) {
    __atomic_fetch_add(&count_, count, __ATOMIC_RELEASE);
    futex_wake(&count_, count);
  }

 private:
  uint32_t count_;
};

// Waits by trying again: for a few instructions between harts. First come, first served: one that is stopped by the clock
// with the lock, and takes it again at once, would otherwise keep out those that try only while it is stopped.
class SpinLock {
 public:
  void lock() {
    const uint32_t mine = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; __atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != mine; ++i)
      if (i % 64 == 63) yield();  // its owner may not be running
  }
  void unlock() { __atomic_store_n(&serving_, serving_ + 1, __ATOMIC_RELEASE); }

 private:
  uint32_t next_ = 0, serving_ = 0;
};
