// Memory shared by name is the same in all processes, futexes in it work across them, and other memory stays apart.
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

struct Shared {
  Mutex mutex;
  Semaphore ready;
  volatile uint64_t counter;
};

int main(int count, char** arguments) {
  auto* shared = static_cast<Shared*>(share("counter", sizeof(Shared)));
  CHECK(shared);
  if (count == 2 && equal(arguments[1], "child")) {
    for (unsigned i = 0; i < 100; ++i) {
      shared->mutex.lock();
      const uint64_t seen = shared->counter;
      if (i % 20 == 0) yield();
      shared->counter = seen + 1;
      shared->mutex.unlock();
    }
    shared->ready.give();
    return 0;
  }
  CHECK(shared->counter == 0);
  int64_t children[3];
  for (int64_t& child : children) child = spawn("test_sharing child");
  for (unsigned i = 0; i < 3; ++i) shared->ready.take();
  CHECK(shared->counter == 300);
  for (int64_t child : children) CHECK(wait(child) == 0);

  // Inherited, and mapped twice.
  CHECK(wait(in_child([shared] {
    shared->counter = 1234;
    return 0;
  })) == 0);
  CHECK(shared->counter == 1234);
  auto* again = static_cast<Shared*>(share("counter", sizeof(Shared)));
  CHECK(again && again != shared && again->counter == 1234);
  auto* other = static_cast<volatile uint64_t*>(share("other", 8192));
  CHECK(other && *other == 0);
  CHECK(!share("counter", 1 << 20));
  return passed("sharing");
}
