// What a switch costs: tasks hand a token round, each working on an array of its own in between; and one task alone does the same.
//
// With two tasks this is the method of Li, Ding and Shen ("Quantifying the cost of context switch", 2007), with more of
// them and reading only that of lmbench's lat_ctx (McVoy and Staelin, 1996):
//   total    = time of a step in the ring - time of the same step of one task that hands the token to itself
//   direct   = total without arrays
//   indirect = total - direct
// Parameters: variant=user|thread|process tasks=N array=BYTES stride=BYTES access=modify|read|write huge=0|1 (arrays
// on pages of 2 MiB) floats=0|1 steps=N
#include "kernel/user/lab.hpp"
#include "kernel/user/user_threads.hpp"

constexpr unsigned kMaxTasks = 16;
constexpr uint64_t kWarmRounds = 3;

enum class Variant { kUser, kThread, kProcess };
static Variant variant;
static uint64_t stride, access;  // access: 1 reads, 2 writes, 3 both
static bool uses_floats, is_huge;

// Tokens: in the library where the switch is to happen there, otherwise a byte in a pipe, as Li and lmbench have it.
static UserSemaphore semaphores[kMaxTasks];
static int pipes[kMaxTasks][2];
static char token = 'x';

static void give(unsigned task) {
  if (variant == Variant::kUser) semaphores[task].give();
  else write(pipes[task][1], &token, 1);
}

static void take(unsigned task) {
  char c;
  if (variant == Variant::kUser) semaphores[task].take();
  else read(pipes[task][0], &c, 1);
}

static void work(volatile uint64_t* array, uint64_t size) {
  const uint64_t words = size / 8, step = stride / 8;
  if (access == 1)
    for (uint64_t i = 0; i < words; i += step) array[i];
  else if (access == 2)
    for (uint64_t i = 0; i < words; i += step) array[i] = i;
  else
    for (uint64_t i = 0; i < words; i += step) array[i] = array[i] + 1;
  if (uses_floats) asm volatile(".option push\n.option arch, +d\nfmv.d.x fs1, %0\n.option pop" ::"r"(size));
}

struct Ring {
  unsigned tasks;
  uint64_t array, rounds;
};

static uint64_t* new_array(uint64_t size) {
  const uint64_t room = is_huge ? ((size | 1) + (2 << 20) - 1) & ~((2ull << 20) - 1) : size | 1;
  auto* array = static_cast<uint64_t*>(allocate(room, is_huge));
  if (!array) exit(3);
  return array;
}

static void step(const Ring& ring, unsigned task, uint64_t* array) {
  take(task);
  work(array, ring.array);
  give(task + 1 < ring.tasks ? task + 1 : 0);
}

static int follow(const Ring& ring, unsigned task) {
  uint64_t* array = new_array(ring.array);
  for (uint64_t i = 0; i < kWarmRounds + ring.rounds; ++i) step(ring, task, array);
  return 0;
}

struct Cost {
  uint64_t cycles, instructions;
};

// The first task, which measures.
static Cost lead(const Ring& ring, uint64_t name) {
  uint64_t* array = new_array(ring.array);
  give(0);
  for (uint64_t i = 0; i < kWarmRounds; ++i) step(ring, 0, array);
  measure_begin(name);
  Cost cost{cycles(), instructions()};
  for (uint64_t i = 0; i < ring.rounds; ++i) step(ring, 0, array);
  cost = {cycles() - cost.cycles, instructions() - cost.instructions};
  measure_end(name);
  take(0);
  return cost;
}

static Cost measure(const Ring& ring, uint64_t name) {
  Thread threads[kMaxTasks];
  UserThread* user_threads[kMaxTasks];
  int64_t processes[kMaxTasks];
  for (unsigned i = 1; i < ring.tasks; ++i) {
    if (variant == Variant::kThread) threads[i] = start_thread([=] { follow(ring, i); });
    else if (variant == Variant::kUser) user_threads[i] = start_user_thread([=] { follow(ring, i); });
    else if ((processes[i] = fork()) == 0) exit(follow(ring, i));
  }
  const Cost cost = lead(ring, name);
  for (unsigned i = 1; i < ring.tasks; ++i) {
    if (variant == Variant::kThread) threads[i].join();
    else if (variant == Variant::kUser) user_join(user_threads[i]);
    else if (wait(processes[i]) != 0) exit(3);
  }
  return cost;
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  variant = is("variant", "user") ? Variant::kUser : is("variant", "thread") ? Variant::kThread : Variant::kProcess;
  access = is("access", "read") ? 1 : is("access", "write") ? 2 : 3;
  stride = number("stride", 64);
  uses_floats = number("floats", 0);
  is_huge = number("huge", 0);
  const auto tasks = static_cast<unsigned>(number("tasks", 2));
  const uint64_t array = number("array", 0), accesses = number("steps", 200'000);
  if (tasks < 2 || tasks > kMaxTasks) refuse("tasks", "2 to 16");
  if (stride < 8 || stride % 8) refuse("stride", "multiples of 8");
  if (variant == Variant::kUser) begin_user_threads(Model::kUser, 1);
  for (unsigned i = 0; i < tasks; ++i)
    if (pipe(pipes[i]) != 0) exit(3);

  // As many rounds as give about so many accesses, but some in any case.
  uint64_t rounds = accesses / (array / stride + 1000) / tasks;
  if (rounds < 6) rounds = 6;
  const Cost ring = measure({tasks, array, rounds}, EventName("switch").packed);
  const Cost single = measure({1, array, rounds * tasks}, EventName("single").packed);
  const Cost bare_ring = measure({tasks, 0, rounds}, EventName("switch-0").packed);
  const Cost bare_single = measure({1, 0, rounds * tasks}, EventName("single-0").packed);

  const uint64_t switches = rounds * tasks;
  const auto total = static_cast<int64_t>(ring.cycles - single.cycles), direct = static_cast<int64_t>(bare_ring.cycles - bare_single.cycles);
  result("switches", switches);
  result("step", static_cast<int64_t>(ring.cycles), switches);
  result("single", static_cast<int64_t>(single.cycles), switches);
  result("total", total, switches);
  result("direct", direct, switches);
  result("indirect", total - direct, switches);
  result("direct-instructions", static_cast<int64_t>(bare_ring.instructions - bare_single.instructions), switches);
  return 0;
}
