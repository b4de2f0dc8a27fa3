// Kernel threads share memory; mutexes lose no update; a thread that waits in the kernel stops no other; exit ends all.
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

static Mutex mutex;
static volatile uint64_t counter, others;
static Semaphore go, done;

int main(int, char**) {
  Thread threads[8];
  for (Thread& thread : threads) {
    thread = start_thread([] {
      for (unsigned i = 0; i < 200; ++i) {
        mutex.lock();
        const uint64_t seen = counter;
        if (i % 50 == 0) yield();  // inside the critical section
        counter = seen + 1;
        mutex.unlock();
      }
    });
    CHECK(thread);
  }
  for (Thread& thread : threads) thread.join();
  CHECK(counter == 8 * 200);

  // One waits in the kernel, the other works on.
  int files[2];
  CHECK(pipe(files) == 0);
  Thread reader = start_thread([files] {
    char c = 0;
    if (read(files[0], &c, 1) == 1 && c == 'x') others = others + 100;
  });
  Thread worker = start_thread([] {
    for (unsigned i = 0; i < 10; ++i) {
      others = others + 1;
      yield();
    }
  });
  worker.join();
  CHECK(others == 10);
  CHECK(write(files[1], "x", 1) == 1);
  reader.join();
  CHECK(others == 110);

  // Semaphores hand over as often as they are given.
  Thread follower = start_thread([] {
    for (unsigned i = 0; i < 50; ++i) go.take(), done.give();
  });
  for (unsigned i = 0; i < 50; ++i) go.give(), done.take();
  follower.join();

  // A futex that changed is not waited for.
  uint32_t word = 5;
  CHECK(futex_wait(&word, 4) == kFailed);
  CHECK(futex_wake(&word, 1) == 0);

  // exit() ends threads that wait and threads that run.
  CHECK(wait(in_child([] {
    static Semaphore never;
    for (unsigned i = 0; i < 3; ++i) start_thread([] { never.take(); });
    for (unsigned i = 0; i < 3; ++i) start_thread([] { for (;;) {} });
    sleep(1'000'000);
    return 9;
  })) == 9);
  return passed("threads");
}
