// Events for an observer outside the machine: what is running where, and why it stopped. The only definition of their format.
//
// An event is the instruction `sltu x0, rs1, rs2`. With rd = x0 it is a HINT that the unprivileged manual
// designates for custom use: no machine does anything at it, so it costs one instruction and changes
// nothing, whether or not anybody looks.
//
//   rs1  bits 0-7   Event
//        bits 8-15  Reason for kSwitch, the cause's low bits (bit 7: interrupt) for kTrap
//        bits 16-31 process id
//        bits 32-47 thread id
//   rs2  the argument that stands beside each event
#pragma once

#include <stdint.h>

enum class Event : uint8_t {
  kNone = 0,
  kSwitch = 1,        // this hart goes on with the thread; argument: the one before, as (process << 16 | thread), 0: was idle
  kIdle = 2,          // this hart has nothing to run; argument: the thread before, as for kSwitch
  kBlock = 3,         // the thread waits; argument: what for (an address that kWake names, too)
  kWake = 4,          // the thread is ready again; argument: what it waited for
  kTrap = 5,          // the thread entered the kernel; argument: stval, or for a system call its number
  kTrapReturn = 6,    // the thread goes back to user mode; argument: its pc
  kThreadBegin = 7,   // argument: 0
  kThreadEnd = 8,     // argument: 0
  kProcessName = 9,   // argument: the first eight characters
  kProcessEnd = 10,   // argument: status
  kUpcall = 11,       // the kernel calls the user's scheduler; argument: Upcall
  kInterrupt = 12,    // a device interrupt arrived; argument: its source
  kUserSwitch = 16,   // a user-level thread goes on, from the library; thread id: its own; argument: the one before
  kUserBlock = 17,    // a user-level thread waits in the library; argument: what for
  kUserWake = 18,
  kMark = 32,         // a program's own mark; argument: its own
  kMeasureBegin = 33, // rvx notes all counters; argument: a name of up to eight characters
  kMeasureEnd = 34,   // rvx adds what passed since to the measurement of that name; argument: the name
};

// Why the thread before a kSwitch or kIdle stopped.
enum class Reason : uint8_t { kNone = 0, kPreempted = 1, kYielded = 2, kBlocked = 3, kEnded = 4, kThrottled = 5 };

inline constexpr uint64_t event_word(Event event, unsigned detail, unsigned process, unsigned thread) {
  return static_cast<uint64_t>(event) | static_cast<uint64_t>(detail & 255) << 8 | static_cast<uint64_t>(process & 0xffff) << 16 |
         static_cast<uint64_t>(thread & 0xffff) << 32;
}

inline void emit(Event event, unsigned detail, unsigned process, unsigned thread, uint64_t argument) {
  asm volatile("sltu x0, %0, %1" ::"r"(event_word(event, detail, process, thread)), "r"(argument) : "memory");
}
