// Threads of four kinds: what it costs to create one and to switch, and whom one that waits in the kernel takes along.
//
// Parameters: model=user|kernel|hybrid|upcall carriers=N blockers=N siblings=N threads=N switches=N (of each of two)
// window=MICROSECONDS in which they are observed
#include "kernel/user/lab.hpp"
#include "kernel/user/user_threads.hpp"

constexpr unsigned kMost = 16;

static bool in_kernel;  // kernel threads; otherwise user-level ones

// Either kind of thread behind one face.
struct AnyThread {
  Thread kernel;
  UserThread* user;
  void join() {
    if (in_kernel) kernel.join();
    else user_join(user);
  }
};

template <typename Function>
static AnyThread start(Function function) {
  AnyThread thread{};
  if (in_kernel) thread.kernel = start_thread(function);
  else thread.user = start_user_thread(function);
  if (!thread.kernel && !thread.user) exit(3);
  return thread;
}

static void let_others() {
  if (in_kernel) yield();
  else user_yield();
}

static void measure_creation(uint64_t count) {
  for (unsigned i = 0; i < 4; ++i) start([] {}).join();
  measure_begin<"create">();
  const uint64_t begin = cycles();
  for (uint64_t i = 0; i < count; ++i) start([] {}).join();
  const uint64_t cost = cycles() - begin;
  measure_end<"create">();
  result("create", static_cast<int64_t>(cost), count);
}

static void measure_switches(uint64_t count) {
  static volatile uint64_t turns;
  turns = 0;
  const uint64_t before_kernel = counter_of(Counter::kSwitches);
  AnyThread other = start([count] {
    while (turns < 2 * count) {
      turns = turns + 1;
      let_others();
    }
  });
  let_others();
  measure_begin<"switch">();
  const uint64_t begin = cycles(), before = user_switches();
  while (turns < 2 * count) {
    turns = turns + 1;
    let_others();
  }
  const uint64_t cost = cycles() - begin, switches = in_kernel ? 2 * count : user_switches() - before;
  measure_end<"switch">();
  other.join();
  result("switch", static_cast<int64_t>(cost), switches ? switches : 1);
  result("kernel-switches", static_cast<int64_t>(counter_of(Counter::kSwitches) - before_kernel), 2 * count);
}

// Some threads read from a pipe into which another process writes later. Which siblings get on meanwhile? The other process
// looks, before and after a while in which all have come as far as they can.
struct Observed {
  volatile uint32_t begun;  // threads that are about to wait
  volatile uint64_t progress[kMost];
  uint64_t before[kMost], after[kMost];
};

static int observe(Observed& observed, int pipe_end, unsigned blockers, uint64_t window) {
  while (!observed.begun) sleep(100'000);
  // Some may never begin, because those before them have stopped all.
  for (unsigned i = 0; i < 200 && observed.begun < blockers; ++i) sleep(100'000);
  sleep(window);
  for (unsigned i = 0; i < kMost; ++i) observed.before[i] = observed.progress[i];
  sleep(window);
  for (unsigned i = 0; i < kMost; ++i) observed.after[i] = observed.progress[i];
  return write(pipe_end, "xxxxxxxxxxxxxxxx", blockers) == static_cast<int64_t>(blockers) ? 0 : 1;
}

static void measure_blocking(unsigned blockers, unsigned siblings, uint64_t window) {
  static volatile bool is_over;
  int files[2];
  auto* observed = static_cast<Observed*>(share("observed", sizeof(Observed)));
  if (!observed || pipe(files) != 0) exit(3);
  const int64_t observer = fork();
  if (observer == 0) exit(observe(*observed, files[1], blockers, window));
  AnyThread others[kMost], readers[kMost];
  for (unsigned i = 0; i < siblings; ++i) {
    others[i] = start([=] {
      while (!is_over) {
        observed->progress[i] = observed->progress[i] + 1;
        let_others();
      }
    });
  }
  for (unsigned i = 0; i < siblings; ++i)
    while (!observed->progress[i]) let_others();
  const auto block = [=] {
    char c;
    __atomic_fetch_add(&observed->begun, 1, __ATOMIC_RELAXED);
    if (read(files[0], &c, 1) != 1) exit(3);
  };
  for (unsigned i = 1; i < blockers; ++i) readers[i] = start(block);
  block();
  is_over = true;
  for (unsigned i = 1; i < blockers; ++i) readers[i].join();
  for (unsigned i = 0; i < siblings; ++i) others[i].join();
  if (wait(observer) != 0) exit(3);
  uint64_t stopped = 0, turns = 0;
  for (unsigned i = 0; i < siblings; ++i) {
    stopped += observed->after[i] == observed->before[i];
    turns += observed->after[i] - observed->before[i];
  }
  result("stopped", stopped);
  result("turns-meanwhile", turns);
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  const auto carriers = static_cast<unsigned>(number("carriers", 2));
  const auto blockers = static_cast<unsigned>(number("blockers", 1)), siblings = static_cast<unsigned>(number("siblings", 3));
  if (!carriers || carriers > kMost) refuse("carriers", "1 to 16");
  if (!blockers || blockers > kMost) refuse("blockers", "1 to 16");
  if (!siblings || siblings > kMost) refuse("siblings", "1 to 16");
  in_kernel = is("model", "kernel");
  if (is("model", "user")) begin_user_threads(Model::kUser, 1);
  else if (is("model", "hybrid")) begin_user_threads(Model::kHybrid, carriers);
  else if (is("model", "upcall")) begin_user_threads(Model::kUpcall, carriers);
  else if (!in_kernel) refuse("model", "user, kernel, hybrid, upcall");
  measure_creation(number("threads", 64));
  measure_switches(number("switches", 200));
  measure_blocking(blockers, siblings, number("window", 20'000) * 1000);
  return 0;
}
