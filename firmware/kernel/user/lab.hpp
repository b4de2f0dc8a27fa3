// For programs of labs: parameters, marks around what is measured, results.
#pragma once

#include "kernel/user/system.hpp"

// What stands behind "name=" in the program's arguments, or what stands instead.
void begin_lab(int count, char** arguments);
uint64_t number(const char* name, uint64_t otherwise);
const char* word(const char* name, const char* otherwise);
// Whether the parameter is this word.
bool is(const char* name, const char* value);
// Ends the program, with a line that says what is wrong.
[[noreturn]] void refuse(const char* name, const char* allowed);

// A line "@ name value" for whoever runs the lab; not between the marks of a measurement.
void result(const char* name, uint64_t value);
// The quotient with three digits after the point.
void result(const char* name, int64_t dividend, uint64_t divisor);


#define READ_COUNTER(name) ({ uint64_t v_; asm volatile("csrr %0, " #name : "=r"(v_)::"memory"); v_; })
inline uint64_t cycles() { return READ_COUNTER(cycle); }
inline uint64_t instructions() { return READ_COUNTER(instret); }

// Two instructions each.
inline void spin(uint64_t turns) {
  for (; turns; --turns) asm volatile("" : "+r"(turns));
}

// Numbers that look random, the same for the same seed.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 0x9e3779b97f4a7c15) {}
  uint64_t next() {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return state_ >> 8;
  }
  uint64_t below(uint64_t limit) { return next() % limit; }

 private:
  uint64_t state_;
};
