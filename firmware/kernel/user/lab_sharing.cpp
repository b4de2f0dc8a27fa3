// Two of them add to x, and one stores to where it should not: between threads both go wrong, between processes neither.
//
// Parameters: mode=threads|processes|shared|mutex|atomic rounds=N work=N (turns of a loop between two additions)
#include "kernel/user/lab.hpp"
#include "kernel/user/threads.hpp"

struct Data {
  volatile uint64_t x;
  volatile uint64_t neighbour;
  volatile uint64_t digest;  // of what was seen, so that two runs can be compared
  Mutex mutex;
};

static Data own;
static Data* data = &own;
static bool has_mutex, has_atomic;
static uint64_t rounds, work;

static void add() {
  uint64_t digest = 0;
  for (uint64_t i = 0; i < rounds; ++i) {
    if (has_atomic) {
      __atomic_fetch_add(&data->x, 1, __ATOMIC_RELAXED);
    } else {
      if (has_mutex) data->mutex.lock();
      data->x = data->x + 1;  // a load, an addition and a store: between them the clock may interrupt
      if (has_mutex) data->mutex.unlock();
    }
    digest = digest * 31 + data->x;
    spin(work);
  }
  data->digest = data->digest ^ digest;
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  rounds = number("rounds", 100'000);
  work = number("work", 4);
  const bool in_threads = is("mode", "threads") || is("mode", "mutex") || is("mode", "atomic");
  has_mutex = is("mode", "mutex");
  has_atomic = is("mode", "atomic");
  if (is("mode", "shared")) data = static_cast<Data*>(share("data", sizeof(Data)));
  else if (!in_threads && !is("mode", "processes")) refuse("mode", "threads, processes, shared, mutex, atomic");
  const bool is_apart = is("mode", "processes");
  const uint64_t before = counter_of(Counter::kSwitches);

  // The update: both add as often, so that nothing lost means 2 * rounds - or rounds for each who has an x of its own.
  measure_begin<"add">();
  uint64_t other_x = 0;
  if (in_threads) {
    Thread other = start_thread(add);
    add();
    other.join();
  } else {
    int files[2];
    if (pipe(files) != 0) exit(3);
    const int64_t child = fork();
    add();
    if (child == 0) {
      const uint64_t x = data->x;
      write(files[1], &x, sizeof x);
      exit(0);
    }
    if (wait(child) != 0 || read(files[0], &other_x, sizeof other_x) != sizeof other_x) exit(3);
  }
  measure_end<"add">();
  const uint64_t sum = is_apart ? data->x + other_x : data->x;

  // The stray store: through a pointer that should point elsewhere.
  data->neighbour = 1;
  const auto stray = [] { *(&data->x + 1) = 666; };
  if (in_threads) {
    Thread other = start_thread(stray);
    other.join();
  } else {
    const int64_t child = fork();
    if (child == 0) {
      stray();
      exit(0);
    }
    wait(child);
  }
  result("sum", sum);
  result("lost", 2 * rounds - sum);
  result("damaged", data->neighbour != 1);
  result("digest", data->digest >> 12);  // exact as a double
  result("switches", counter_of(Counter::kSwitches) - before);
  return 0;
}
