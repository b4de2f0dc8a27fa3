// What the kernel counts, and a record of when harts run threads.
#include "kernel/run_log.hpp"

uint64_t counters[static_cast<unsigned>(Counter::kCount)];

namespace {

Process* recorder;
uint64_t log_address, log_room, log_count;

}  // namespace

void record_runs(Process* process, uint64_t log, uint64_t room) {
  recorder = process;
  log_address = log;
  log_room = room;
  log_count = 0;
  for (unsigned i = 0; i < hart_count; ++i)
    if (harts[i].current) note_run(harts[i], true);
}

void note_run(const Hart& hart, bool is_running) {
  if (!recorder) return;
  const RunLog::Change change{now(), hart.number, is_running};
  if (log_count < log_room) recorder->space.write(log_address + sizeof(RunLog) + log_count * sizeof change, &change, sizeof change);
  ++log_count;
  recorder->space.write(log_address, &log_count, sizeof log_count);
}

void forget_runs(const Process& process) {
  if (recorder == &process) recorder = nullptr;
}
