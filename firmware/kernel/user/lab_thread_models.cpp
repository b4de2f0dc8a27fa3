// Threads of four kinds: what it costs to create one and to switch, and whom one that waits in the kernel takes along.
//
// Parameters: model=user|kernel|hybrid|upcall carriers=N blockers=N siblings=N threads=N
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

// Some threads read from a pipe into which another process writes later. Which siblings get on meanwhile?
static void measure_blocking(unsigned blockers, unsigned siblings) {
  static volatile uint64_t progress[kMost], before[kMost], after[kMost];
  static volatile bool is_over, has_snapshot;
  int files[2];
  auto* have_begun = static_cast<volatile uint32_t*>(share("begun", 4));
  if (!have_begun || pipe(files) != 0) exit(3);
  const int64_t writer = fork();
  if (writer == 0) {
    while (!*have_begun) sleep(100'000);
    // Some may never come to it, because those before them have stopped all.
    for (unsigned i = 0; i < 200 && *have_begun < blockers; ++i) sleep(100'000);
    sleep(3'000'000);
    exit(write(files[1], "xxxxxxxxxxxxxxxx", blockers) == static_cast<int64_t>(blockers) ? 0 : 1);
  }
  AnyThread others[kMost], readers[kMost];
  for (unsigned i = 0; i < siblings; ++i) {
    others[i] = start([i] {
      while (!is_over) {
        progress[i] = progress[i] + 1;
        let_others();
      }
    });
  }
  for (unsigned i = 0; i < siblings; ++i)
    while (!progress[i]) let_others();
  // What counts is the time between the last one's call and the first one's return.
  const auto block = [=] {
    char c;
    for (unsigned i = 0; i < siblings; ++i) before[i] = progress[i];
    __atomic_fetch_add(have_begun, 1, __ATOMIC_RELAXED);
    if (read(files[0], &c, 1) != 1) exit(3);
    if (has_snapshot) return;
    has_snapshot = true;
    for (unsigned i = 0; i < siblings; ++i) after[i] = progress[i];
  };
  for (unsigned i = 1; i < blockers; ++i) readers[i] = start(block);
  block();
  is_over = true;
  for (unsigned i = 1; i < blockers; ++i) readers[i].join();
  for (unsigned i = 0; i < siblings; ++i) others[i].join();
  if (wait(writer) != 0) exit(3);
  uint64_t stopped = 0, turns = 0;
  for (unsigned i = 0; i < siblings; ++i) {
    stopped += after[i] == before[i];
    turns += after[i] - before[i];
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
  measure_switches(200);
  measure_blocking(blockers, siblings);
  return 0;
}
