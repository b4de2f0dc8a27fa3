// Pipes carry bytes in order between processes, wait when full or empty, and end when the other side is gone.
#include "kernel/user/test.hpp"

int main(int, char**) {
  int files[2];
  CHECK(pipe(files) == 0);
  constexpr unsigned kWords = 5000;  // much more than fits into the pipe
  const int64_t writer = in_child([files] {
    close(files[0]);
    for (unsigned i = 0; i < kWords; i += 10) {
      unsigned words[10];
      for (unsigned j = 0; j < 10; ++j) words[j] = i + j;
      if (write(files[1], words, sizeof words) != sizeof words) return 1;
    }
    return 0;
  });
  close(files[1]);
  unsigned expected = 0, buffer[64], rest = 0;
  for (;;) {
    const int64_t size = read(files[0], reinterpret_cast<char*>(buffer) + rest, sizeof buffer - rest);
    CHECK(size >= 0);
    if (size == 0) break;
    const unsigned bytes = rest + static_cast<unsigned>(size);
    for (unsigned i = 0; i < bytes / 4; ++i) CHECK(buffer[i] == expected), ++expected;
    rest = bytes % 4;
    if (rest) memmove(buffer, reinterpret_cast<char*>(buffer) + bytes - rest, rest);
  }
  CHECK(expected == kWords);
  CHECK(wait(writer) == 0);
  close(files[0]);

  // Nobody reads: writing fails.
  CHECK(pipe(files) == 0);
  close(files[0]);
  CHECK(write(files[1], "x", 1) == kFailed);
  close(files[1]);

  // Ping-pong, a byte at a time.
  int there[2], back[2];
  CHECK(pipe(there) == 0 && pipe(back) == 0);
  const int64_t echo = in_child([&] {
    close(there[1]);
    uint8_t c;
    int count = 0;
    for (; read(there[0], &c, 1) == 1; ++count) ++c, write(back[1], &c, 1);
    return count;
  });
  close(there[0]);
  const uint64_t switches = counter_of(Counter::kSwitches), calls = counter_of(Counter::kSystemCalls);
  for (unsigned i = 0; i < 200; ++i) {
    uint8_t c = static_cast<uint8_t>(i), answer = 0;
    CHECK(write(there[1], &c, 1) == 1);
    CHECK(read(back[0], &answer, 1) == 1);
    CHECK(answer == static_cast<uint8_t>(i + 1));
  }
  // Each of both writes and reads once; with one hart they take turns. The counters count that.
  const uint64_t called = counter_of(Counter::kSystemCalls) - calls, switched = counter_of(Counter::kSwitches) - switches;
  CHECK(called >= 800 && called <= 806);
  CHECK(hart_count() > 1 || switched >= 400);
  close(there[1]);
  CHECK(wait(echo) == 200);
  return passed("pipes");
}
