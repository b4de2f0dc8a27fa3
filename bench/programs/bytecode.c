// Benchmark: an interpreter of byte code with a stack: one switch, jumped through for every instruction.
#include "bench/lib/bench.h"

enum { kStack = 256, kLocals = 4, kHeap = 4096, kCodeBytes = 512, kLabels = 8, kRounds = 200 };

// Those before kHalt have an operand of two bytes. kLabel is for the assembler only.
enum Op { kPush, kLoad, kStore, kJump, kJumpUnless, kCall, kLabel, kHalt, kPeek, kPoke, kAdd, kSub, kMul, kDiv, kLess, kEqual, kReturn, kDup, kSwap };

// --- programs: argument in local 0, result on the stack ------------------------------------------

// The number of primes below the argument.
static const int16_t sieve[] = {
    kPush, 2, kStore, 1,
    kLabel, 0, kPush, 0, kLoad, 1, kPoke,                                 // heap[i] = 0
    kLoad, 1, kPush, 1, kAdd, kStore, 1,
    kLoad, 1, kLoad, 0, kLess, kJumpUnless, 1, kJump, 0,
    kLabel, 1, kPush, 0, kStore, 3, kPush, 2, kStore, 1,
    kLabel, 2, kLoad, 1, kPeek, kPush, 0, kEqual, kJumpUnless, 4,         // if heap[i] == 0
    kLoad, 3, kPush, 1, kAdd, kStore, 3,
    kLoad, 1, kDup, kMul, kStore, 2,
    kLabel, 3, kLoad, 2, kLoad, 0, kLess, kJumpUnless, 4,
    kPush, 1, kLoad, 2, kPoke,                                            // heap[j] = 1
    kLoad, 2, kLoad, 1, kAdd, kStore, 2, kJump, 3,
    kLabel, 4, kLoad, 1, kPush, 1, kAdd, kStore, 1,
    kLoad, 1, kLoad, 0, kLess, kJumpUnless, 5, kJump, 2,
    kLabel, 5, kLoad, 3, kHalt};

// Fibonacci's number of the argument, by recursion.
static const int16_t fibonacci[] = {
    kLoad, 0, kCall, 0, kHalt,
    kLabel, 0, kDup, kPush, 2, kLess, kJumpUnless, 1, kReturn,
    kLabel, 1, kDup, kPush, 1, kSub, kCall, 0, kSwap, kPush, 2, kSub, kCall, 0, kAdd, kReturn};

// The steps of the Collatz sequences of all numbers up to the argument.
static const int16_t collatz[] = {
    kPush, 0, kStore, 3,
    kLabel, 0, kLoad, 0, kStore, 1,
    kLabel, 1, kLoad, 1, kPush, 1, kEqual, kPush, 0, kEqual, kJumpUnless, 3,
    kLoad, 3, kPush, 1, kAdd, kStore, 3,
    kLoad, 1, kPush, 2, kDiv, kDup, kStore, 2, kPush, 2, kMul, kLoad, 1, kEqual, kJumpUnless, 2,
    kLoad, 2, kStore, 1, kJump, 1,
    kLabel, 2, kLoad, 1, kPush, 3, kMul, kPush, 1, kAdd, kStore, 1, kJump, 1,
    kLabel, 3, kLoad, 0, kPush, 1, kSub, kDup, kStore, 0, kJumpUnless, 4, kJump, 0,
    kLabel, 4, kLoad, 3, kHalt};

// Translates the program to bytes, labels to places.
static void assemble(const int16_t* program, size_t words, uint8_t* code) {
  int places[kLabels] = {0};
  for (int pass = 0; pass < 2; ++pass) {
    int used = 0;
    for (size_t i = 0; i < words; ++i) {
      const int16_t op = program[i];
      if (op == kLabel) {
        places[program[++i]] = used;
        continue;
      }
      code[used++] = (uint8_t)op;
      if (op >= kHalt) continue;
      const int operand = op >= kJump ? places[program[++i]] : program[++i];
      code[used++] = (uint8_t)operand;
      code[used++] = (uint8_t)(operand >> 8);
    }
  }
}

// --- the interpreter -----------------------------------------------------------------------------

static int64_t heap[kHeap];

static BENCH_NOINLINE int64_t interpret(const uint8_t* code, int64_t argument) {
  int64_t stack[kStack], locals[kLocals] = {argument};
  int64_t* top = stack;
  const uint8_t* pc = code;
  for (;;) {
    const enum Op op = (enum Op)*pc++;
    const int operand = pc[0] | pc[1] << 8;  // there are two more bytes after every program
    switch (op) {
      case kPush: *++top = operand, pc += 2; break;
      case kLoad: *++top = locals[operand], pc += 2; break;
      case kStore: locals[operand] = *top--, pc += 2; break;
      case kJump: pc = code + operand; break;
      case kJumpUnless: pc = *top-- ? pc + 2 : code + operand; break;
      case kCall:  // the argument goes above the place to return to
        top[1] = top[0];
        *top++ = pc + 2 - code;
        pc = code + operand;
        break;
      case kReturn:
        pc = code + top[-1];
        --top;
        *top = top[1];
        break;
      case kPeek: *top = heap[*top % kHeap]; break;
      case kPoke: heap[*top % kHeap] = top[-1], top -= 2; break;
      case kAdd: --top, *top += top[1]; break;
      case kSub: --top, *top -= top[1]; break;
      case kMul: --top, *top *= top[1]; break;
      case kDiv: --top, *top /= top[1]; break;
      case kLess: --top, *top = *top < top[1]; break;
      case kEqual: --top, *top = *top == top[1]; break;
      case kDup: ++top, *top = top[-1]; break;
      case kSwap: top[1] = top[0], top[0] = top[-1], top[-1] = top[1]; break;
      case kLabel:
      case kHalt: return *top;
    }
  }
}

uint64_t bench_run(unsigned percent) {
  static uint8_t sieve_code[kCodeBytes], fibonacci_code[kCodeBytes], collatz_code[kCodeBytes];
  assemble(sieve, sizeof sieve / sizeof *sieve, sieve_code);
  assemble(fibonacci, sizeof fibonacci / sizeof *fibonacci, fibonacci_code);
  assemble(collatz, sizeof collatz / sizeof *collatz, collatz_code);
  uint64_t sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    const int64_t primes = interpret(sieve_code, 4000), fib = interpret(fibonacci_code, 21), steps = interpret(collatz_code, 999);
    if (primes != 550 || fib != 10946 || steps != 59431) bench_fail("a result of a byte-code program");
    sum = bench_mix(sum, (uint64_t)(primes + fib + steps) + round);
  }
  return sum;
}
