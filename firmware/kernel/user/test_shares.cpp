// Processes that compete for a hart get time by their weights; a cap holds even where nobody else wants the hart.
#include "kernel/user/test.hpp"

static volatile uint32_t* stop;

static int64_t spinner(uint64_t weight, uint64_t cap) {
  const int64_t id = in_child([] {
    pin(0);
    while (!*stop) {}
    return 0;
  });
  CHECK(set_shares(id, weight, cap) == 0);
  return id;
}

// How much of the time each of two got, in percent.
static void run_for(uint64_t nanoseconds, const int64_t ids[2], uint64_t percent[2]) {
  const uint64_t begin = clock(), before[2] = {cpu_time(ids[0]), cpu_time(ids[1])};
  sleep(nanoseconds);
  const uint64_t passed = clock() - begin;
  for (unsigned i = 0; i < 2; ++i) percent[i] = (cpu_time(ids[i]) - before[i]) * 100 / passed;
  *stop = 1;
  for (unsigned i = 0; i < 2; ++i) CHECK(wait(ids[i]) == 0);
  *stop = 0;
}

int main(int, char**) {
  stop = static_cast<volatile uint32_t*>(share("stop", 4096));
  CHECK(stop);
  uint64_t percent[2];

  const int64_t weighted[2] = {spinner(1024, 0), spinner(3 * 1024, 0)};
  run_for(800'000'000, weighted, percent);
  print("weights 1 and 3: %u %% and %u %%\n", percent[0], percent[1]);
  CHECK(percent[0] >= 18 && percent[0] <= 32);
  CHECK(percent[1] >= 65 && percent[1] <= 82);

  const int64_t capped[2] = {spinner(1024, 20), spinner(1024, 50)};
  run_for(1'000'000'000, capped, percent);
  print("caps of 20 %% and 50 %%: %u %% and %u %%\n", percent[0], percent[1]);
  CHECK(percent[0] >= 14 && percent[0] <= 26);
  CHECK(percent[1] >= 43 && percent[1] <= 57);

  CHECK(set_shares(1, 0, 0) == kFailed);
  CHECK(set_shares(63, 1, 0) == kFailed);
  return passed("shares");
}
