// Thread-level parallelism: in which share of the time how many harts ran threads, exactly, from the kernel's record.
#include "kernel/user/parallelism.hpp"

#include "kernel/user/lab.hpp"

static uint64_t busy_time(const uint64_t shares[kMostHarts + 1]) {
  uint64_t time = 0;
  for (unsigned i = 1; i <= kMostHarts; ++i) time += i * shares[i];
  return time;
}

uint64_t parallelism(const uint64_t shares[kMostHarts + 1]) {
  uint64_t any = 0;
  for (unsigned i = 1; i <= kMostHarts; ++i) any += shares[i];
  return any ? (busy_time(shares) * 1000 + any / 2) / any : 0;
}

uint64_t RunRecorder::utilisation() const { return length ? busy_time(shares) * 1000 / length : 0; }

bool RunRecorder::begin(uint64_t most) {
  most_ = most;
  log_ = static_cast<RunLog*>(allocate(sizeof(RunLog) + most * sizeof(RunLog::Change)));
  if (!log_ || record_runs(log_, most) != 0) return false;
  begin_ = READ_COUNTER(time);
  return true;
}

bool RunRecorder::end() {
  const uint64_t end = READ_COUNTER(time);
  record_runs(nullptr, 0);
  if (log_->count > most_) return false;
  // Clocks of harts may differ by a moment where an emulator runs them in turns, so what comes from all is sorted by time.
  RunLog::Change* changes = log_->changes;
  for (uint64_t i = 1; i < log_->count; ++i)
    for (uint64_t j = i; j && changes[j].time < changes[j - 1].time; --j) {
      const RunLog::Change change = changes[j];
      changes[j] = changes[j - 1];
      changes[j - 1] = change;
    }
  bool is_running[kMostHarts] = {};
  unsigned running = 0;
  uint64_t since = begin_;
  for (uint64_t i = 0; i <= log_->count; ++i) {
    const uint64_t time = i == log_->count || changes[i].time > end ? end : changes[i].time < begin_ ? begin_ : changes[i].time;
    shares[running] += time - since;
    since = time;
    if (i == log_->count) break;
    const RunLog::Change& change = changes[i];
    if (is_running[change.hart] != static_cast<bool>(change.is_running)) running += change.is_running ? 1 : -1u;
    is_running[change.hart] = change.is_running;
  }
  length = end - begin_;
  return true;
}
