// Events for an observer outside the machine: what is running where, why it stopped, what is measured. The only definition of their format.
//
// An event is the instruction `sltu x0, rs1, rs2`. With rd = x0 it is a HINT that the unprivileged manual
// designates for custom use: no machine does anything at it, so it costs one instruction and changes
// nothing, whether or not anybody looks.
//
//   rs1  bits 0-7   Event
//        bits 8-15  Reason for kSwitch and kIdle, the cause's low bits (bit 7: interrupt) for kTrap
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
  kMeasureBegin = 33, // all counters of the machine are noted; argument: a name, as of kProcessName
  kMeasureEnd = 34,   // what they have grown by since is added up under the name
};

// Why the thread before a kSwitch or kIdle stopped.
enum class Reason : uint8_t { kNone = 0, kPreempted = 1, kYielded = 2, kBlocked = 3, kEnded = 4, kThrottled = 5 };

inline constexpr uint64_t event_word(Event event, unsigned detail, unsigned process, unsigned thread) {
  return static_cast<uint64_t>(event) | static_cast<uint64_t>(detail & 255) << 8 | static_cast<uint64_t>(process & 0xffff) << 16 |
         static_cast<uint64_t>(thread & 0xffff) << 32;
}

// The name of a measurement: up to eight lower-case letters, digits and '-', the first in the lowest byte.
struct EventName {
  uint64_t packed = 0;
  template <unsigned kSize>
  constexpr EventName(const char (&text)[kSize]) {
    static_assert(kSize <= 9, "a name has up to eight characters");
    for (unsigned i = 0; i + 1 < kSize; ++i) packed |= static_cast<uint64_t>(static_cast<uint8_t>(text[i])) << 8 * i;
  }
};

#ifdef __riscv
inline void emit(Event event, unsigned detail, unsigned process, unsigned thread, uint64_t argument) {
  asm volatile("sltu x0, %0, %1" ::"r"(event_word(event, detail, process, thread)), "r"(argument) : "memory");
}

// Measures what runs between the two: measure_begin<"fork">(); ... measure_end<"fork">();
// The name comes from immediates: from memory it would be a load, and counted.
template <EventName kName>
inline void measure_begin() {
  asm volatile("li t0, %0\n\tli t1, %1\n\tsltu x0, t0, t1" ::"i"(Event::kMeasureBegin), "i"(kName.packed) : "t0", "t1", "memory");
}
template <EventName kName>
inline void measure_end() {
  asm volatile("li t0, %0\n\tli t1, %1\n\tsltu x0, t0, t1" ::"i"(Event::kMeasureEnd), "i"(kName.packed) : "t0", "t1", "memory");
}
// The same for names that are made while the program runs.
inline void measure_begin(uint64_t packed_name) { emit(Event::kMeasureBegin, 0, 0, 0, packed_name); }
inline void measure_end(uint64_t packed_name) { emit(Event::kMeasureEnd, 0, 0, 0, packed_name); }
#endif
