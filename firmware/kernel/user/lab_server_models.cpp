// A file server in three structures, over a disk that takes its time: what throughput and which delays has each?
//
// Requests arrive by a plan that is made beforehand. Each computes for a while; most find their file in memory, others wait
// for the disk. Parameters: server=single|workers|fsm workers=N hits=PERCENT rate=REQUESTS PER SECOND (0: all at once)
// compute=TURNS of a loop of two instructions, requests=N
#include "kernel/user/lab.hpp"
#include "kernel/user/parallelism.hpp"
#include "kernel/user/threads.hpp"

constexpr uint64_t kMostRequests = 4000, kMostWorkers = 32, kSectors = 1900, kLong = 1'000'000'000;

struct Request {
  uint64_t arrival, done;  // nanoseconds
  uint64_t sector;
  bool is_hit;
};

static Request requests[kMostRequests];
static uint64_t request_count, compute;
static uint64_t begin_time;
static int files[kMostWorkers];  // the same one, opened for each worker

static uint64_t time_now() { return READ_COUNTER(time) * 100 - begin_time; }

static void plan(uint64_t count, uint64_t hits, uint64_t rate) {
  Random random(7);
  uint64_t time = 0;
  request_count = count;
  // Misses are spread as evenly as can be, so that every run has the same share of them.
  for (uint64_t i = 0; i < count; ++i) {
    // A coin for each 32nd part of the mean distance: nearly what independent clients do.
    if (rate) do time += kLong / rate / 32; while (random.below(32) != 0);
    requests[i] = {time, 0, random.below(kSectors), (i + 1) * hits / 100 != i * hits / 100};
  }
  // Stretched a little, so that all together arrive at the rate that was asked for.
  for (uint64_t i = 0; rate && i < count; ++i) requests[i].arrival = requests[i].arrival * (count * kLong / rate / 1000) / (time / 1000);
}

// --- Three servers ---------------------------------------------------------------------------------

static void wait_for_arrival(const Request& request) {
  const uint64_t time = time_now();
  if (request.arrival > time) sleep(request.arrival - time);
}

static void finish(Request& request) {
  spin(compute);
  request.done = time_now();
}

static void read_sector(int file, const Request& request) {
  uint64_t buffer[kSectorSize / 8];
  if (seek(file, request.sector * kSectorSize) != 0 || read(file, buffer, sizeof buffer) != sizeof buffer) exit(4);
}

// One after the other.
static void serve_single() {
  for (uint64_t i = 0; i < request_count; ++i) {
    wait_for_arrival(requests[i]);
    if (!requests[i].is_hit) read_sector(files[0], requests[i]);
    finish(requests[i]);
  }
}

// A dispatcher hands requests to workers, which may all wait for the disk at the same time.
static void serve_workers(unsigned count) {
  static Semaphore work, done;
  static uint64_t taken;
  taken = 0;
  Thread workers[kMostWorkers];
  for (unsigned i = 0; i < count; ++i) {
    workers[i] = start_thread([i] {
      for (;;) {
        work.take();
        const uint64_t number = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
        if (number >= request_count) break;
        if (!requests[number].is_hit) read_sector(files[i], requests[number]);
        finish(requests[number]);
      }
    });
  }
  for (uint64_t i = 0; i < request_count; ++i) {
    wait_for_arrival(requests[i]);
    work.give();
  }
  work.give(count);
  for (unsigned i = 0; i < count; ++i) workers[i].join();
}

// One thread that never waits for one request alone: what is to become of each stands in a table.
static void serve_state_machine() {
  static uint64_t buffers[32][kSectorSize / 8];
  static uint64_t request_of[32];
  uint64_t next = 0, reading = 0;
  uint32_t free_slots = ~0u;
  bool is_disks_turn = false;  // answers of the disk and new requests take turns, so that the disk is kept busy
  while (next < request_count || reading) {
    const uint64_t time = time_now();
    bool is_due = next < request_count && requests[next].arrival <= time;
    if (is_due && (!is_disks_turn || !reading)) {
      is_disks_turn = true;
      if (requests[next].is_hit) {
        finish(requests[next++]);
        continue;
      }
      const unsigned slot = free_slots ? static_cast<unsigned>(__builtin_ctz(free_slots)) : 0;
      if (free_slots && read_later(files[0], requests[next].sector * kSectorSize, buffers[slot], slot) == 0) {
        request_of[slot] = next++;
        free_slots &= ~(1u << slot);
        ++reading;
        continue;
      }
      is_due = false;  // the disk has no room: only an answer of its helps
    }
    is_disks_turn = false;
    if (!reading) {
      wait_for_arrival(requests[next]);
      continue;
    }
    const bool is_arrival_next = next < request_count && requests[next].arrival > time;
    const int64_t slot = read_end(is_due ? 0 : is_arrival_next ? requests[next].arrival - time : kLong);
    if (slot == kFailed) continue;
    finish(requests[request_of[slot]]);
    free_slots |= 1u << slot;
    --reading;
  }
}

// --- What is measured ------------------------------------------------------------------------------

struct Usage {
  uint64_t time, cpu;  // nanoseconds
};

template <typename Serve>
static Usage run(Serve serve) {
  begin_time = READ_COUNTER(time) * 100;
  const uint64_t cpu = cpu_time(get_process());
  serve();
  const uint64_t time = time_now();
  return {time, cpu_time(get_process()) - cpu};
}

static void sort(uint64_t* values, uint64_t count) {
  for (uint64_t gap = count / 2; gap; gap /= 2)
    for (uint64_t i = gap; i < count; ++i)
      for (uint64_t j = i; j >= gap && values[j - gap] > values[j]; j -= gap) {
        const uint64_t value = values[j];
        values[j] = values[j - gap];
        values[j - gap] = value;
      }
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  compute = number("compute", 10'000);
  const uint64_t hits = number("hits", 50), wanted = number("requests", 400);
  const auto workers = static_cast<unsigned>(number("workers", 4));
  if (hits > 100) refuse("hits", "0 to 100");
  if (!wanted || wanted > kMostRequests) refuse("requests", "1 to 4000");
  if (!workers || workers > kMostWorkers) refuse("workers", "1 to 32");

  for (int& file : files)
    if ((file = open("d")) < 0) return 4;

  // C and D by themselves: a request that hits, and what one that does not takes longer; how much of that is computing.
  constexpr uint64_t kTrials = 40;
  plan(kTrials, 100, 0);
  run(serve_single);
  const Usage hit = run(serve_single);
  plan(kTrials, 0, 0);
  const Usage miss = run(serve_single);
  const uint64_t c = hit.time / kTrials, d = (miss.time - hit.time) / kTrials, driver = (miss.cpu - hit.cpu) / kTrials;

  plan(wanted, hits, number("rate", 0));
  RunRecorder recorder;
  if (!recorder.begin(200'000)) return 3;
  measure_begin<"serve">();
  const Usage usage = is("server", "single")    ? run(serve_single)
                      : is("server", "workers") ? run([workers] { serve_workers(workers); })
                      : is("server", "fsm")     ? run(serve_state_machine)
                                                : Usage{};
  measure_end<"serve">();
  if (!usage.time) refuse("server", "single, workers, fsm");
  if (!recorder.end()) return 3;

  static uint64_t delays[kMostRequests];
  uint64_t last = 0, served = 0;
  for (uint64_t i = 0; i < wanted; ++i) {
    delays[i] = requests[i].done - requests[i].arrival;
    served += requests[i].done != 0;
    if (requests[i].done > last) last = requests[i].done;
  }
  sort(delays, wanted);
  result("served", served);
  result("c", static_cast<int64_t>(c), 1000);  // microseconds
  result("d", static_cast<int64_t>(d), 1000);
  result("driver", static_cast<int64_t>(driver), 1000);
  result("throughput", static_cast<int64_t>(wanted * kLong), last);  // per second
  result("cpu", static_cast<int64_t>(usage.cpu), wanted * 1000);
  result("p50", static_cast<int64_t>(delays[wanted / 2]), 1000);
  result("p99", static_cast<int64_t>(delays[wanted - 1 - wanted / 100]), 1000);
  result("tlp", static_cast<int64_t>(parallelism(recorder.shares)), 1000);
  result("utilisation", static_cast<int64_t>(recorder.utilisation()), 1000);
  return 0;
}
