// What bare-metal labs share: their parameters, their results, and marks around what is measured.
#pragma once

#include "lib/events.h"
#include "lib/test.h"

// --- parameters: boot arguments name=value, separated by spaces -------------------------------------

// The number called `name`; a value that is none, or not in the range, ends the lab with one line.
uint64_t lab_number(const char* name, uint64_t usual, uint64_t least, uint64_t most);
// Which of the words, separated by spaces, the parameter is; `usual` without it.
unsigned lab_choice(const char* name, const char* words, unsigned usual);
// Every parameter that the lab does not know ends it with one line. `names` as words.
void lab_knows(const char* names);

// --- results -------------------------------------------------------------------------------------------

// A line "@ name value" on the console, for the lab's table. M-mode only.
void lab_result(const char* name, uint64_t value);

// --- measurements --------------------------------------------------------------------------------------

// What is counted between begin() and end() goes to the measurement of that name. A mark is one
// instruction that only an observer notices, and no more: its two numbers are in registers by then, since
// what the compiler cannot see through it does not make again.
class Measurement {
 public:
  explicit Measurement(EventName name) : begin_(event_word(Event::kMeasureBegin, 0, 0, 0)), end_(event_word(Event::kMeasureEnd, 0, 0, 0)), name_(name.packed) {
    asm volatile("" : "+r"(begin_), "+r"(end_), "+r"(name_));
  }
  void begin() const { asm volatile("sltu x0, %0, %1" ::"r"(begin_), "r"(name_) : "memory"); }
  void end() const { asm volatile("sltu x0, %0, %1" ::"r"(end_), "r"(name_) : "memory"); }

 private:
  uint64_t begin_, end_, name_;
};

// --- accesses of which exactly one instruction is left, and no other memory is touched -----------------

inline uint64_t read_word(uint64_t at) {
  uint64_t value;
  asm volatile("ld %0, (%1)" : "=r"(value) : "r"(at));
  return value;
}
inline void write_word(uint64_t at, uint64_t value) { asm volatile("sd %1, (%0)" ::"r"(at), "r"(value)); }
