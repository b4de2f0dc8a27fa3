// What a switch costs in Linux: tasks hand a byte round through pipes, each working on an array of its own in between; and one task alone does the same.
//
// With two tasks this is the method of Li, Ding and Shen ("Quantifying the cost of context switch", 2007):
//   total    = time of a step in the ring - time of the same step of one task that hands the byte to itself
//   direct   = total without arrays
//   indirect = total - direct
// Parameters: variant=thread|process tasks=N array=BYTES stride=BYTES access=modify|read|write huge=0|1 (arrays on
// huge pages) floats=0|1 steps=N. All but the variants, and the names of results and measurements, are those of
// firmware/kernel/user/lab_context_switch.cpp; besides, each result is there for user and kernel mode alone.
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "linux/measure.h"

enum { kMaxTasks = 16, kWarmRounds = 8, kFewestRounds = 6, kPipeCost = 6000, kPriority = 50 };
static const uint64_t kHugePage = 2 << 20;

enum Access { kRead = 1, kWrite = 2, kModify = 3 };

static struct {
  bool is_thread, is_huge, uses_floats;
  unsigned tasks;
  uint64_t array, stride, steps;
  enum Access access;
} parameters = {.tasks = 2, .stride = 64, .steps = 2000000, .access = kModify};

static int pipes[kMaxTasks][2];

// --- counters of the whole processor, in the order of opening ------------------------------------

enum { kUserCycles, kKernelCycles, kUserInstructions, kKernelInstructions, kUserTlb, kKernelTlb, kEvents };

static int counters = -1;
static bool counts_tlb;

static void open_counters(void) {
  counters = open_counter(HARDWARE_EVENT(CPU_CYCLES), kUser, 0, -1);
  if (counters < 0 || open_counter(HARDWARE_EVENT(CPU_CYCLES), kKernel, 0, counters) < 0 ||
      open_counter(HARDWARE_EVENT(INSTRUCTIONS), kUser, 0, counters) < 0 || open_counter(HARDWARE_EVENT(INSTRUCTIONS), kKernel, 0, counters) < 0)
    measure_fail("perf_event_open");
  // Only a machine that models TLBs has this.
  counts_tlb = open_counter(CACHE_EVENT(DTLB, READ, MISS), kUser, 0, counters) >= 0;
  if (counts_tlb && open_counter(CACHE_EVENT(DTLB, READ, MISS), kKernel, 0, counters) < 0) measure_fail("perf_event_open");
  if (ioctl(counters, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP) < 0) measure_fail("start of the counters");
}

struct Cost {
  uint64_t of[kEvents];
};

static struct Cost look(void) {
  struct Cost now = {{0}};
  read_counters(counters, now.of, counts_tlb ? kEvents : kUserTlb);
  return now;
}

static struct Cost difference(const struct Cost* to, const struct Cost* from) {
  struct Cost cost;
  for (unsigned i = 0; i < kEvents; ++i) cost.of[i] = to->of[i] - from->of[i];
  return cost;
}

// --- tasks -----------------------------------------------------------------------------------------

static void give(unsigned task) {
  if (write(pipes[task][1], "x", 1) != 1) measure_fail("write to a pipe");
}

static void take(unsigned task) {
  char c;
  if (read(pipes[task][0], &c, 1) != 1) measure_fail("read from a pipe");
}

static void work(volatile uint64_t* array, uint64_t size) {
  const uint64_t words = size / 8, step = parameters.stride / 8;
  switch (parameters.access) {
    case kRead:
      for (uint64_t i = 0; i < words; i += step) (void)array[i];
      break;
    case kWrite:
      for (uint64_t i = 0; i < words; i += step) array[i] = i;
      break;
    case kModify:
      for (uint64_t i = 0; i < words; i += step) array[i] = array[i] + 1;
      break;
  }
  if (parameters.uses_floats) asm volatile("fmv.d.x fs1, %0" ::"r"(size) : "fs1");
}

static uint64_t* new_array(uint64_t size) {
  const uint64_t unit = parameters.is_huge ? kHugePage : 4096, room = (size | 1) + unit;
  uint8_t* const memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) measure_fail("mmap");
  if (madvise(memory, room, parameters.is_huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && parameters.is_huge) measure_fail("huge pages");
  uint8_t* const array = memory + (-(uintptr_t)memory & (unit - 1));
  memset(array, 0, size);  // without it all pages would be one, of zeros, until they are written
  return (uint64_t*)array;
}

struct Ring {
  unsigned tasks;
  uint64_t array, rounds;
};

static void step(const struct Ring* ring, unsigned task, uint64_t* array) {
  take(task);
  work(array, ring->array);
  give(task + 1 < ring->tasks ? task + 1 : 0);
}

static void follow(const struct Ring* ring, unsigned task) {
  uint64_t* const array = new_array(ring->array);
  for (uint64_t i = 0; i < kWarmRounds + ring->rounds; ++i) step(ring, task, array);
}

// The first task, which measures.
static struct Cost lead(const struct Ring* ring, const char* name) {
  uint64_t* const array = new_array(ring->array);
  const uint64_t packed = measure_name(name);
  static const struct Ring kNothing;
  static struct Cost before, between, after;
  const struct Ring* const rings[] = {&kNothing, ring};
  give(0);
  for (uint64_t i = 0; i < kWarmRounds; ++i) step(ring, 0, array);
  // What looking costs is counted by itself, and taken away.
  for (unsigned i = 0; i < 2; ++i) {
    if (i == 1) between = difference(&after, &before);
    before = look();
    if (i == 1) measure(kMeasureBegin, packed);
    for (uint64_t n = 0; n < rings[i]->rounds; ++n) step(ring, 0, array);
    if (i == 1) measure(kMeasureEnd, packed);
    after = look();
  }
  take(0);
  const struct Cost cost = difference(&after, &before);
  return difference(&cost, &between);
}

struct Follower {
  const struct Ring* ring;
  unsigned task;
};

static void* thread(void* argument) {
  const struct Follower* const follower = argument;
  follow(follower->ring, follower->task);
  return NULL;
}

static struct Cost run(struct Ring ring, const char* name) {
  pthread_t threads[kMaxTasks];
  pid_t processes[kMaxTasks];
  struct Follower followers[kMaxTasks];
  for (unsigned i = 1; i < ring.tasks; ++i) {
    if (parameters.is_thread) {
      followers[i] = (struct Follower){&ring, i};
      if ((errno = pthread_create(&threads[i], NULL, thread, &followers[i])) != 0) measure_fail("pthread_create");
    } else if ((processes[i] = fork()) == 0) {
      follow(&ring, i);
      _exit(0);
    } else if (processes[i] < 0) {
      measure_fail("fork");
    }
  }
  const struct Cost cost = lead(&ring, name);
  for (unsigned i = 1; i < ring.tasks; ++i) {
    int status = 0;
    if (parameters.is_thread) pthread_join(threads[i], NULL);
    else if (waitpid(processes[i], &status, 0) != processes[i] || status != 0) measure_fail("a process failed");
  }
  return cost;
}

// --- parameters and results ------------------------------------------------------------------------

_Noreturn static void refuse(const char* word) {
  fprintf(stderr,
          "ping_pong: cannot use '%s'; variant=thread|process tasks=2..16 array=BYTES stride=BYTES (a multiple of 8) "
          "access=modify|read|write huge=0|1 floats=0|1 steps=N\n", word);
  exit(125);
}

static void set(const char* word) {
  const char* const equals = strchr(word, '=');
  if (equals == NULL) refuse(word);
  const size_t length = (size_t)(equals - word);
  const char* const value = equals + 1;
  char* end;
  const uint64_t number = strtoull(value, &end, 10);
  const bool is_number = *value >= '0' && *value <= '9' && *end == 0;
#define IS(name) (length == sizeof(name) - 1 && memcmp(word, name, length) == 0)
  if (IS("variant") && (strcmp(value, "thread") == 0 || strcmp(value, "process") == 0)) parameters.is_thread = *value == 't';
  else if (IS("access") && strcmp(value, "modify") == 0) parameters.access = kModify;
  else if (IS("access") && strcmp(value, "read") == 0) parameters.access = kRead;
  else if (IS("access") && strcmp(value, "write") == 0) parameters.access = kWrite;
  else if (!is_number) refuse(word);
  else if (IS("tasks") && number >= 2 && number <= kMaxTasks) parameters.tasks = (unsigned)number;
  else if (IS("array") && number <= 1 << 28) parameters.array = number;
  else if (IS("stride") && number >= 8 && number % 8 == 0) parameters.stride = number;
  else if (IS("huge") && number <= 1) parameters.is_huge = number;
  else if (IS("floats") && number <= 1) parameters.uses_floats = number;
  else if (IS("steps") && number > 0) parameters.steps = number;
  else refuse(word);
#undef IS
}

static void result(const char* name, const char* suffix, double value) { printf("@ %s%s %.3f\n", name, suffix, value); }

int main(int argc, char** argv) {
  measure(kMark, 0);  // rvx may begin to model memory here: --model-from mark
  for (int i = 1; i < argc; ++i) set(argv[i]);
  // All on one processor, before all else that is ready, as Li has it.
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  const struct sched_param priority = {.sched_priority = kPriority};
  if (sched_setaffinity(0, sizeof first, &first) < 0 || sched_setscheduler(0, SCHED_FIFO, &priority) < 0) measure_fail("scheduling");
  for (unsigned i = 0; i < parameters.tasks; ++i)
    if (pipe(pipes[i]) < 0) measure_fail("pipe");
  open_counters();

  // As many rounds as give about so many accesses, but some in any case.
  uint64_t rounds = parameters.steps / (parameters.array / parameters.stride + kPipeCost / 4) / parameters.tasks;
  if (rounds < kFewestRounds) rounds = kFewestRounds;
  const struct Ring ring = {parameters.tasks, parameters.array, rounds}, single = {1, parameters.array, rounds * parameters.tasks};
  const struct Ring bare_ring = {parameters.tasks, 0, rounds}, bare_single = {1, 0, rounds * parameters.tasks};
  const struct Cost with = run(ring, "switch"), without = run(single, "single");
  const struct Cost bare_with = run(bare_ring, "switch-0"), bare_without = run(bare_single, "single-0");

  const struct Cost totals = difference(&with, &without), directs = difference(&bare_with, &bare_without);
  const double switches = (double)(rounds * parameters.tasks);
  printf("@ switches %.0f\n", switches);
  static const struct {
    const char* suffix;
    unsigned modes;
  } kSuffixes[] = {{"", kUser | kKernel}, {"-user", kUser}, {"-kernel", kKernel}};
  for (unsigned i = 0; i < 3; ++i) {
    const char* const suffix = kSuffixes[i].suffix;
    const unsigned modes = kSuffixes[i].modes;
#define SUM(cost, event) \
  (((modes & kUser) != 0 ? (double)(int64_t)(cost).of[kUser##event] : 0) + ((modes & kKernel) != 0 ? (double)(int64_t)(cost).of[kKernel##event] : 0))
    const double total = SUM(totals, Cycles), direct = SUM(directs, Cycles);
    result("step", suffix, SUM(with, Cycles) / switches);
    result("single", suffix, SUM(without, Cycles) / switches);
    result("total", suffix, total / switches);
    result("direct", suffix, direct / switches);
    result("indirect", suffix, (total - direct) / switches);
    result("direct-instructions", suffix, SUM(directs, Instructions) / switches);
    if (counts_tlb) result("tlb-misses", suffix, SUM(totals, Tlb) / switches);
#undef SUM
  }
  return 0;
}
