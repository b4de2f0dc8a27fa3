// Kernel threads as objects: stacks, closures and joining.
#include "kernel/user/threads.hpp"

constexpr uint64_t kThreadStack = 0x4000;
constexpr uint64_t kClosure = 64;

// At the start of the thread's stack, which grows down towards it.
struct ThreadBlock {
  alignas(16) uint8_t closure[kClosure];
  void (*run)(void*);
  uint32_t has_ended;
  ThreadBlock* next;  // among those that can be used again
};

namespace {

SpinLock lock;
ThreadBlock* unused;

void begin(ThreadBlock* block) {
  block->run(block->closure);
  __atomic_store_n(&block->has_ended, 1, __ATOMIC_RELEASE);
  // The stack may be given to another thread from now on, so this must not touch it: two system calls in registers.
  register uint64_t a0 asm("a0") = reinterpret_cast<uint64_t>(&block->has_ended);
  register uint64_t a1 asm("a1") = ~0u;
  register uint64_t a7 asm("a7") = static_cast<uint64_t>(Call::kFutexWake);
  asm volatile("ecall\n li a7, %3\n ecall" : "+r"(a0), "+r"(a1), "+r"(a7) : "i"(static_cast<int>(Call::kThreadExit)) : "memory");
  __builtin_unreachable();
}

ThreadBlock* take_block() {
  lock.lock();
  ThreadBlock* block = unused;
  if (block) unused = block->next;
  lock.unlock();
  return block ? block : static_cast<ThreadBlock*>(allocate(kThreadStack));
}

void give_block(ThreadBlock* block) {
  lock.lock();
  block->next = unused;
  unused = block;
  lock.unlock();
}

}  // namespace

Thread start_thread_with(void (*run)(void*), const void* closure, uint64_t size) {
  ThreadBlock* block = size <= kClosure ? take_block() : nullptr;
  if (!block) return Thread{};
  memcpy(block->closure, closure, size);
  block->run = run;
  block->has_ended = 0;
  const uint64_t stack_end = reinterpret_cast<uint64_t>(block) + kThreadStack;
  if (call(Call::kThreadCreate, begin, block, stack_end) >= 0) return Thread{block};
  give_block(block);
  return Thread{};
}

void Thread::join() {
  if (!block_) return;
  while (!__atomic_load_n(&block_->has_ended, __ATOMIC_ACQUIRE)) futex_wait(&block_->has_ended, 0);
  give_block(block_);
  block_ = nullptr;
}
