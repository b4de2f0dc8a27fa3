// Lab interpret-vs-jit: programs of any length, for the same work by interpretation and by translation.
//
// "loop" stays in a few instructions, "calls" calls itself, "bytecode" is an interpreter of its own, whose
// jumps depend on data, and "wide" goes through 1024 pieces of code, so that each one runs seldom.
#include "lib/lab.hpp"
#include "lib/space.hpp"

extern "C" const uint8_t piece[], piece_end[];

namespace {

// xorshift: cheap, and the result depends on every step.
constexpr uint64_t step(uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  return x ^ x << 17;
}

uint64_t loop(uint64_t instructions) {
  uint64_t x = 1;
  for (uint64_t i = 0; i < instructions / 7; ++i) x = step(x);
  return x;
}

[[gnu::noinline]] uint64_t fibonacci(uint64_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

uint64_t calls(uint64_t instructions) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < instructions / 150; ++i) sum = sum * 3 + fibonacci(i & 7);
  return sum;
}

// A stack machine's program: sums i * i & 0xff for i from `count` down to 1.
enum Op : uint8_t { kPushCount, kSquare, kMask, kAddToSum, kCountDown, kJumpIfMore };

uint64_t bytecode(uint64_t instructions) {
  static const uint8_t program[] = {kPushCount, kSquare, kMask, kAddToSum, kCountDown, kJumpIfMore};
  uint64_t count = instructions / 50, sum = 0, top = 0;
  for (const uint8_t* at = program; count;) {
    asm volatile("" : "+r"(at));  // what comes next is data
    switch (*at++) {
      case kPushCount: top = count; break;
      case kSquare: top *= top; break;
      case kMask: top &= 0xff; break;
      case kAddToSum: sum += top; break;
      case kCountDown: --count; break;
      default: at = program;
    }
  }
  return sum;
}

constexpr uint64_t kPieces = 1024, kPieceSize = 256;
uint64_t pieces;  // where the copies are

uint64_t wide(uint64_t instructions) {
  using Piece = uint64_t (*)(uint64_t);
  uint64_t x = 1;
  for (uint64_t i = 0; i < instructions / 69; ++i) x = reinterpret_cast<Piece>(pieces + i % kPieces * kPieceSize)(x);
  return x;
}

void copy_pieces() {
  CHECK_EQ(piece_end - piece, kPieceSize);
  pieces = take_memory(kPieces * kPieceSize, kPage);
  for (uint64_t i = 0; i < kPieces; ++i) memcpy(reinterpret_cast<void*>(pieces + i * kPieceSize), piece, kPieceSize);
  fence_i();
}

}  // namespace

int main() {
  lab_knows("program work");
  constexpr uint64_t (*kPrograms[])(uint64_t) = {loop, calls, bytecode, wide};
  const unsigned program = lab_choice("program", "loop calls bytecode wide", 0);
  const uint64_t work = lab_number("work", 1000000, 1000, 1000000000);
  if (kPrograms[program] == wide) copy_pieces();
  const Measurement measurement{"work"};
  measurement.begin();
  const uint64_t result = kPrograms[program](work);
  measurement.end();
  // Results are numbers that a double can hold.
  lab_result("result", result & 0xffffffff);
  return 0;
}
