// Who runs: run queues of the harts, proportional shares, caps, ticks.
#pragma once

#include "kernel/thread.hpp"

struct SchedulerOptions {
  uint64_t tick = 0;  // timebase ticks between two clock interrupts
};
extern SchedulerOptions scheduler_options;

// Puts a thread into the run queue of the hart that suits it, and tells that hart if it is idle.
void make_ready(Thread& thread);
// Gives the hart to the next thread; the current one must have been put where it belongs. Returns when it runs again.
void schedule(Reason reason);
// The current thread stays ready and lets others go first.
void yield(Reason reason);
// For ever: runs what is ready, and waits for interrupts when nothing is.
[[noreturn]] void run_hart();

// Timebase ticks that the process's threads have run, those that run now included.
uint64_t run_time_of(const Process& process);

void clock_interrupt();
// Puts the current thread among this hart's sleepers until its wake_time; it must wait for something, too.
void sleep_until(uint64_t time);
void stop_sleeping(Thread& thread);
// Interrupts that are pending and enabled, in the kernel's idle loop or from user mode.
void take_interrupts();
void set_timer();

// Saves the current thread's floating-point registers if they changed.
void keep_floats(Thread& thread);
