// How parallel is a program? Its thread-level parallelism from exact records of when harts run threads.
//
// Parameters: shape=reference|threads|amdahl|desktop|make threads=N serial=PERCENT jobs=N
#include "kernel/user/lab.hpp"
#include "kernel/user/parallelism.hpp"
#include "kernel/user/threads.hpp"

constexpr unsigned kMost = 32;
constexpr uint64_t kTurnsPerMillisecond = 500'000;  // with one cycle for an instruction

static void in_threads(unsigned count, uint64_t turns) {
  Thread threads[kMost];
  for (unsigned i = 0; i < count; ++i) threads[i] = start_thread([turns] { spin(turns); });
  for (unsigned i = 0; i < count; ++i) threads[i].join();
}

// The same amount of work for each.
static void run_threads(unsigned threads) { in_threads(threads, 8 * kTurnsPerMillisecond); }

// A share of the work is for one thread alone, the rest for as many as there are harts: Amdahl's law.
static void run_amdahl(uint64_t serial_percent) {
  constexpr uint64_t kWork = 32 * kTurnsPerMillisecond;
  spin(kWork / 100 * serial_percent);
  in_threads(hart_count(), kWork / 100 * (100 - serial_percent) / hart_count());
}

// Somebody types: mostly nothing happens; then one thread works, and sometimes another helps.
static void run_desktop() {
  Random random(1);
  for (unsigned i = 0; i < 20; ++i) {
    sleep(4'000'000 + random.below(4'000'000));
    Thread helper;
    if (random.below(3) == 0) helper = start_thread([] { spin(kTurnsPerMillisecond / 2); });
    spin(kTurnsPerMillisecond);
    helper.join();
  }
}

// make -j: files are read, which takes time but no hart, then compiled; in the end all is linked by one.
static void run_make(unsigned jobs) {
  static uint64_t next;
  Thread threads[kMost];
  next = 0;
  for (unsigned i = 0; i < jobs; ++i)
    threads[i] = start_thread([i] {
      Random random(i + 1);
      while (__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) < 48) {
        sleep(200'000 + random.below(400'000));
        spin(kTurnsPerMillisecond + random.below(kTurnsPerMillisecond));
      }
    });
  for (unsigned i = 0; i < jobs; ++i) threads[i].join();
  spin(kTurnsPerMillisecond);
}

static void report(const uint64_t shares[kMostHarts + 1], uint64_t length, unsigned harts) {
  static const char* const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"};
  for (unsigned i = 0; i <= harts; ++i) result(names[i], static_cast<int64_t>(shares[i] * 100), length);
  result("tlp", static_cast<int64_t>(parallelism(shares)), 1000);
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  const auto threads = static_cast<unsigned>(number("threads", hart_count())), jobs = static_cast<unsigned>(number("jobs", 8));
  const uint64_t serial = number("serial", 20);
  if (!threads || threads > kMost) refuse("threads", "1 to 32");
  if (!jobs || jobs > kMost) refuse("jobs", "1 to 32");
  if (serial > 100) refuse("serial", "0 to 100");
  if (is("shape", "reference")) {
    // make on four processors (Flautner's dissertation): shares in thousandths of the time.
    const uint64_t shares[kMostHarts + 1] = {45, 132, 33, 71, 719};
    report(shares, 1000, 4);
    return 0;
  }
  RunRecorder recorder;
  if (!recorder.begin(100'000)) return 3;
  if (is("shape", "threads")) run_threads(threads);
  else if (is("shape", "amdahl")) run_amdahl(serial);
  else if (is("shape", "desktop")) run_desktop();
  else if (is("shape", "make")) run_make(jobs);
  else refuse("shape", "reference, threads, amdahl, desktop, make");
  if (!recorder.end()) return 3;
  report(recorder.shares, recorder.length, hart_count());
  result("utilisation", static_cast<int64_t>(recorder.utilisation()), 1000);
  result("length-us", recorder.length / 10);
  return 0;
}
