// What user programs and the kernel agree on: system calls, upcalls, where things are.
#pragma once

#include <stdint.h>

// Number in a7, arguments from a0 on, result in a0; negative results are errors.
enum class Call : uint64_t {
  kExit,          // (status): ends the process
  kWrite,         // (descriptor, from, size) -> bytes
  kRead,          // (descriptor, to, size) -> bytes, 0 at the end
  kClose,         // (descriptor)
  kPipe,          // (int[2]): descriptors to read from and to write to
  kOpen,          // (name) -> descriptor of a file on the disk
  kSeek,          // (descriptor, offset in bytes)
  kSpawn,         // (argument strings, each with its zero byte; their total size; how many) -> process id
  kFork,          // () -> process id, 0 in the child
  kWait,          // (process id) -> status; frees the id
  kGetProcess,    // () -> id
  kGetThread,     // () -> id
  kYield,         // ()
  kSleep,         // (nanoseconds)
  kClock,         // () -> nanoseconds since the machine began
  kThreadCreate,  // (entry, argument, stack's end) -> thread id
  kThreadExit,    // ()
  kFutexWait,     // (uint32_t*, value): waits if it holds the value; -1 if not
  kFutexWake,     // (uint32_t*, how many) -> how many were woken
  kMemory,        // (size) -> address of new memory full of zeros; with pages of 2 MiB if size is a multiple and flag 1 is set
  kShare,         // (name, size) -> address of memory that all processes get by this name
  kSetShares,     // (process id, weight, cap in percent of one hart or 0)
  kPin,           // (hart, or -1 for any)
  kCpuTime,       // (process id) -> nanoseconds that its threads have run
  kHart,          // () -> number of the hart that this runs on
  kHartCount,     // ()
  kUpcalls,       // (entry, stacks, size of each, how many): this thread becomes an activation
  kPark,          // (): an activation with nothing to run waits until an upcall needs it
  kUnpark,        // (): Upcall::kProcessor, to a parked activation or to a new one; if there can be none, to the next that parks
  kFreePages,     // () -> how many physical pages are free
  kCounter,       // (Counter) -> its value
  kRecordRuns,    // (RunLog*, how many changes it has room for): from now on; nullptr: no longer
  kReadLater,     // (descriptor, offset, to, number): starts to read one sector of a file; -1 if the disk has no room for another request
  kReadEnd,       // (nanoseconds) -> number of a read of the process that has ended; waits for one, but not longer
  kCount
};

// What the kernel counts since the machine began, on all harts.
enum class Counter : uint64_t { kSwitches, kSystemCalls, kInterrupts, kFaults, kCount };

// When harts began and ceased to run threads, in user memory; in the order in which the kernel saw it.
struct RunLog {
  uint64_t count;  // also of those for which there was no room
  struct Change {
    uint64_t time;  // of the time CSR
    uint32_t hart, is_running;
  } changes[];
};

inline constexpr uint64_t kSectorSize = 512;

// Upcalls: entry(Upcall, thread id, argument) on a stack of the caller's.
enum class Upcall : uint64_t {
  kBlocked,  // the kernel thread waits in the kernel, with the user thread it carried; this is another to go on with
  kUnblocked,  // it is back; argument: address of the user thread's registers (pc, x1 .. x31), to be resumed at will
  kProcessor,  // a parked activation goes on
};

inline constexpr int64_t kFailed = -1;
inline constexpr int64_t kFaultStatus = 256;  // + cause: status of a process that a fault ended
inline constexpr unsigned kMaxDescriptors = 64;
inline constexpr unsigned kDefaultWeight = 1024;

// User addresses. Stacks of first threads end at kUserStackEnd; what kMemory and kShare give starts at kUserHeap.
inline constexpr uint64_t kUserHeap = 0x1000000000;
inline constexpr uint64_t kUserStackEnd = 0x3ffffff000;
inline constexpr uint64_t kUserStackSize = 0x10000;
inline constexpr uint64_t kUserEnd = 0x4000000000;
