// Threads run on every hart, at the same time, and stay on the one they are pinned to.
#include "kernel/user/lab.hpp"
#include "kernel/user/parallelism.hpp"
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

static volatile uint32_t arrived, wrong;

int main(int, char**) {
  const unsigned harts = hart_count();
  Thread threads[8];
  for (unsigned i = 0; i < harts; ++i) {
    threads[i] = start_thread([i, harts] {
      if (pin(static_cast<int>(i)) != 0) wrong = 1;
      for (unsigned round = 0; round < 20; ++round) {
        if (hart() != i) wrong = 2;
        yield();
        if (round % 5 == 0) sleep(100'000);
      }
      // All spin together; with fewer harts this would take pre-emption, but it comes to an end.
      __atomic_fetch_add(const_cast<uint32_t*>(&arrived), 1, __ATOMIC_SEQ_CST);
      while (arrived != harts) {}
      if (hart() != i) wrong = 3;
    });
    CHECK(threads[i]);
  }
  for (unsigned i = 0; i < harts; ++i) threads[i].join();
  CHECK(wrong == 0);
  CHECK(pin(static_cast<int>(harts)) == kFailed);

  // The record of runs covers all of the time, and two spinning threads run at the same time where they can. An emulator's
  // host may stop one of its harts at any moment, for longer than this takes: then once more.
  bool is_seen = false;
  for (unsigned attempt = 0; attempt < 50 && !is_seen; ++attempt) {
    RunRecorder recorder;
    CHECK(recorder.begin(10'000));
    for (unsigned i = 0; i < 2; ++i) threads[i] = start_thread([] { spin(5'000'000); });
    for (unsigned i = 0; i < 2; ++i) threads[i].join();
    sleep(5'000'000);
    CHECK(recorder.end());
    uint64_t sum = 0;
    for (uint64_t share : recorder.shares) sum += share;
    CHECK(sum == recorder.length);
    for (unsigned i = harts + 1; i <= kMostHarts; ++i) CHECK(recorder.shares[i] == 0);
    is_seen = recorder.shares[0] >= 40'000 && (harts < 2 || recorder.shares[2] > 0);
  }
  CHECK(is_seen);
  const uint64_t row[kMostHarts + 1] = {45, 132, 33, 71, 719};
  CHECK(parallelism(row) == 3442);

  // Many processes on all harts.
  int64_t children[12];
  for (int64_t& child : children) child = in_child([] {
    uint64_t sum = 0;
    for (volatile unsigned i = 0; i < 20000; i = i + 1) sum += i;
    return sum == 199990000 ? 3 : 1;
  });
  for (int64_t child : children) CHECK(wait(child) == 3);
  return passed("harts");
}
