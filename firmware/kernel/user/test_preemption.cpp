// Threads that never let go of the hart share it with others nevertheless; sleep and clock agree.
#include "kernel/user/lab.hpp"
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

static volatile uint32_t turn;

int main(int, char**) {
  // Each spins until the other has moved: without pre-emption neither would see it.
  Thread other = start_thread([] {
    for (uint32_t i = 0; i < 5; ++i) {
      while (turn != 2 * i) {}
      turn = 2 * i + 1;
    }
  });
  for (uint32_t i = 0; i < 5; ++i) {
    while (turn != 2 * i + 1) {}
    turn = 2 * i + 2;
  }
  other.join();

  // Two that wait by yielding let the one with the lock run, although the clock has stopped it and it has run longer.
  static SpinLock lock;
  static volatile bool has_lock;
  Thread owner = start_thread([] {
    lock.lock();
    has_lock = true;
    spin(15'000'000);
    lock.unlock();
  });
  while (!has_lock) yield();
  const uint64_t calls = counter_of(Counter::kSystemCalls);
  Thread waiting[2];
  for (Thread& thread : waiting) thread = start_thread([] { lock.lock(), lock.unlock(); });
  for (Thread& thread : waiting) thread.join();
  owner.join();
  CHECK(hart_count() > 1 || counter_of(Counter::kSystemCalls) - calls < 1000);

  const uint64_t before = clock();
  sleep(30'000'000);
  const uint64_t slept = clock() - before;
  CHECK(slept >= 30'000'000);

  // The floating-point registers of two processes do not mix.
  const int64_t child = in_child([] {
    asm volatile(".option push\n.option arch, +d\nfmv.d.x fs1, %0\n.option pop" ::"r"(1111l));
    for (unsigned i = 0; i < 20; ++i) yield();
    int64_t seen;
    asm volatile(".option push\n.option arch, +d\nfmv.x.d %0, fs1\n.option pop" : "=r"(seen));
    return static_cast<int>(seen == 1111 ? 0 : 1);
  });
  asm volatile(".option push\n.option arch, +d\nfmv.d.x fs1, %0\n.option pop" ::"r"(2222l));
  const int64_t grandchild = in_child([] {
    int64_t seen;
    asm volatile(".option push\n.option arch, +d\nfmv.x.d %0, fs1\n.option pop" : "=r"(seen));
    return static_cast<int>(seen == 2222 ? 0 : 1);
  });
  for (unsigned i = 0; i < 20; ++i) yield();
  int64_t seen;
  asm volatile(".option push\n.option arch, +d\nfmv.x.d %0, fs1\n.option pop" : "=r"(seen));
  CHECK(seen == 2222);
  CHECK(wait(child) == 0);
  CHECK(wait(grandchild) == 0);
  return passed("preemption");
}
