// Litmus tests: a few instructions on each of some harts, again and again on fresh words, and the outcomes looked at.
#pragma once

#include "lib/test.h"

constexpr unsigned kCells = 256, kBatches = 40;

// What one run works on. Everything has a cache line to itself.
struct Cell {
  struct alignas(64) Word { uint64_t value; };
  struct alignas(64) Seen { uint64_t r0, r1; };  // registers of one hart at its end
  Word x, y;
  Seen by[4];
};

using LitmusThread = void (*)(Cell& cell);

namespace litmus {
inline Cell cells[kCells];
inline volatile uint64_t arrived;
inline unsigned harts;
inline void (*volatile loops[4])();

// All harts of the test wait here for each other.
inline void meet(uint64_t& turn) {
  turn += harts;
  asm volatile("amoadd.d.aqrl x0, %1, (%0)" ::"r"(&arrived), "r"(1ul) : "memory");
  while (arrived < turn) asm volatile(".insn 0x0100000f" ::: "memory");  // pause
  asm volatile("fence rw, rw" ::: "memory");
}

template <LitmusThread kThread>
void run_cells() {
  for (Cell& cell : cells) kThread(cell);
}

// One batch on one hart. Harts begin a little apart, each time by another distance.
inline void run_batch(unsigned hart, unsigned number, uint64_t& turn) {
  meet(turn);
  for (unsigned n = (hart * 37 + number * 11) % 64; n != 0; --n) asm volatile("");
  loops[hart]();
  meet(turn);
}

inline void work(unsigned hart) {
  uint64_t turn = 0;
  for (unsigned i = 0; i < kBatches; ++i) run_batch(hart, i, turn);
}
}  // namespace litmus

// Run `threads` on as many harts. No outcome may be one that `is_forbidden`.
template <LitmusThread... kThreads>
void check_litmus(uint64_t number, bool (*is_forbidden)(const Cell& cell)) {
  using namespace litmus;
  checking("shape", number);
  harts = sizeof...(kThreads);
  CHECK(rt_hart_count() >= harts);
  unsigned n = 0;
  (static_cast<void>(loops[n++] = run_cells<kThreads>), ...);
  arrived = 0;
  for (unsigned hart = 1; hart < harts; ++hart) rt_run_on(hart, work);
  uint64_t turn = 0;
  for (unsigned i = 0; i < kBatches; ++i) {
    memset(cells, 0, sizeof cells);
    run_batch(0, i, turn);
    for (const Cell& cell : cells) CHECK(!is_forbidden(cell));
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
}

// A thread of a test: assembly text, in which %2 and %3 are the addresses of x and y, and t0 and t1
// its registers r0 and r1, zero at first; t2 is 1, t3 is 2, t4 is free.
#define LITMUS_THREAD(name, hart, text)                                             \
  static inline void name(Cell& cell) {                                             \
    uint64_t r0 = 0, r1 = 0;                                                        \
    asm volatile("li t0, 0\nli t1, 0\nli t2, 1\nli t3, 2\n" text "\nmv %0, t0\nmv %1, t1" \
                 : "=&r"(r0), "=&r"(r1)                                             \
                 : "r"(&cell.x), "r"(&cell.y)                                       \
                 : "t0", "t1", "t2", "t3", "t4", "memory");                         \
    cell.by[hart] = {r0, r1};                                                       \
  }
