// The kernel's system calls as functions, and printing.
#pragma once

#include "kernel/events.hpp"
#include "kernel/memory.hpp"
#include "kernel/syscalls.hpp"

extern "C" int main(int count, char** arguments);
extern "C" int64_t raw_call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t number);

template <typename T>
uint64_t as_word(T value) {
  if constexpr (requires { reinterpret_cast<uint64_t>(value); }) return reinterpret_cast<uint64_t>(value);
  else return static_cast<uint64_t>(value);
}

template <typename A = int, typename B = int, typename C = int, typename D = int>
int64_t call(Call number, A a = {}, B b = {}, C c = {}, D d = {}) {
  return raw_call(as_word(a), as_word(b), as_word(c), as_word(d), 0, 0, 0, static_cast<uint64_t>(number));
}

[[noreturn]] void exit(int64_t status);
void print(const char* text, ...);  // in one write, so that lines of several processes do not mix

inline int64_t write(int file, const void* from, uint64_t size) { return call(Call::kWrite, file, from, size); }
inline int64_t read(int file, void* to, uint64_t size) { return call(Call::kRead, file, to, size); }
inline int64_t close(int file) { return call(Call::kClose, file); }
inline int64_t pipe(int files[2]) { return call(Call::kPipe, files); }
inline int open(const char* name) { return static_cast<int>(call(Call::kOpen, name)); }
inline int64_t seek(int file, uint64_t offset) { return call(Call::kSeek, file, offset); }
inline int64_t fork() { return call(Call::kFork); }
inline int64_t wait(int64_t process) { return call(Call::kWait, process); }
inline int64_t get_process() { return call(Call::kGetProcess); }
inline int64_t get_thread() { return call(Call::kGetThread); }
inline void yield() { call(Call::kYield); }
inline void sleep(uint64_t nanoseconds) { call(Call::kSleep, nanoseconds); }
inline uint64_t clock() { return static_cast<uint64_t>(call(Call::kClock)); }
inline int64_t futex_wait(const volatile uint32_t* futex, uint32_t value) { return call(Call::kFutexWait, futex, value); }
inline int64_t futex_wake(const volatile uint32_t* futex, uint32_t most) { return call(Call::kFutexWake, futex, most); }
inline int64_t set_shares(int64_t process, uint64_t weight, uint64_t cap) { return call(Call::kSetShares, process, weight, cap); }
inline int64_t pin(int hart) { return call(Call::kPin, hart); }
inline uint64_t cpu_time(int64_t process) { return static_cast<uint64_t>(call(Call::kCpuTime, process)); }
inline int64_t hart() { return call(Call::kHart); }
inline unsigned hart_count() { return static_cast<unsigned>(call(Call::kHartCount)); }
inline uint64_t counter_of(Counter what) { return static_cast<uint64_t>(call(Call::kCounter, static_cast<uint64_t>(what))); }
inline int64_t record_runs(RunLog* log, uint64_t room) { return call(Call::kRecordRuns, log, room); }
inline int64_t read_later(int file, uint64_t offset, void* to, uint64_t number) { return call(Call::kReadLater, file, offset, to, number); }
inline int64_t read_end(uint64_t nanoseconds) { return call(Call::kReadEnd, nanoseconds); }
inline uint64_t free_pages() { return static_cast<uint64_t>(call(Call::kFreePages)); }

// nullptr: no memory.
void* allocate(uint64_t size, bool huge_pages = false);
void* share(const char* name, uint64_t size);
// Words of one line, separated by spaces. Process id, or kFailed.
int64_t spawn(const char* line);

// A mark in the observer's timeline.
inline void mark(unsigned number, uint64_t argument = 0) { emit(Event::kMark, number, 0, 0, argument); }
