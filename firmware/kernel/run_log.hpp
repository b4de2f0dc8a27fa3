// What the kernel counts, and a record of when harts run threads.
#pragma once

#include "kernel/thread.hpp"

extern uint64_t counters[static_cast<unsigned>(Counter::kCount)];
inline void count(Counter counter) { ++counters[static_cast<unsigned>(counter)]; }

// Into a RunLog of the process with room for so many changes, beginning with harts that run now. nullptr: no longer.
void record_runs(Process* process, uint64_t log, uint64_t room);
// The hart begins or ceases to run threads.
void note_run(const Hart& hart, bool is_running);
// Ends a record that the process asked for.
void forget_runs(const Process& process);
