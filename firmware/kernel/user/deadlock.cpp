// Two threads that wait for each other end the machine with a failure: nothing else could ever happen.
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

static Mutex first, second;
static Semaphore has_first, has_second;

int main(int, char**) {
  Thread other = start_thread([] {
    second.lock();
    has_second.give();
    has_first.take();
    first.lock();
  });
  first.lock();
  has_first.give();
  has_second.take();
  second.lock();
  other.join();
  return passed("deadlock");
}
