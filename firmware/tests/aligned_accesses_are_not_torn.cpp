// Naturally aligned loads and stores of every size are single-copy atomic: another hart reads one stored value, never parts of two.
// guest: harts=2
#include "lib/test.h"

constexpr uint64_t kRounds = 20000;
alignas(64) static uint64_t word;
static volatile uint64_t ready, stop, wrong;

template <class T>
static void toggle(unsigned) {
  volatile T* at = (volatile T*)&word;
  ready = 1;
  while (!stop) {
    *at = 0;
    *at = (T)~T{0};
  }
}

template <class T>
static void check_size() {
  checking("bytes", sizeof(T));
  word = 0;
  ready = 0;
  stop = 0;
  rt_run_on(1, toggle<T>);
  while (!ready) {}
  for (uint64_t i = 0; i < kRounds; ++i) {
    const T value = *(volatile T*)&word;
    if (value != 0 && value != (T)~T{0}) wrong = value;
  }
  stop = 1;
  rt_wait_for(1);
  CHECK_EQ(wrong, 0);
}

int main() {
  CHECK(rt_hart_count() >= 2);
  check_size<uint16_t>();
  check_size<uint32_t>();
  check_size<uint64_t>();
  return 0;
}
