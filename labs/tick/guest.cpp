// Lab tick: a program goes round its blocks of memory while the clock interrupts it. The handler needs a few
// blocks of its own, and its time is not all that it costs.
//
// Measurement: "work", a fixed number of rounds, with all ticks that fall into it.
#include "lib/lab.hpp"

namespace {

constexpr uint64_t kLine = 64;
constexpr uint64_t kMostBlocks = 4096;
alignas(kMostBlocks * kLine) uint8_t work_blocks[kMostBlocks * kLine];
uint8_t handler_blocks[kMostBlocks * kLine];

// What handler.S keeps: exactly one block of the cache.
struct alignas(kLine) Tick {
  uint64_t t5 = 0, t4 = 0, t3 = 0;
  uint64_t deadline = 0, interval = 0;  // in ticks of mtime
  volatile uint64_t* mtimecmp = nullptr;
  uint64_t first = 0, end = 0;  // the blocks it reads
};
static_assert(sizeof(Tick) == kLine);
Tick tick;

extern "C" void tick_handler();

[[gnu::always_inline]] inline void go_round(uint64_t first, uint64_t end, uint64_t rounds) {
  for (uint64_t round = 0; round < rounds; ++round)
    for (uint64_t at = first; at != end; at += kLine) read_word(at);
}

[[gnu::noinline]] void work(uint64_t blocks, uint64_t rounds, bool has_clock) {
  const Measurement measurement{"work"};
  const uint64_t first = reinterpret_cast<uint64_t>(work_blocks), end = first + blocks * kLine;
  go_round(first, end, 4);
  // The handler's code and blocks have been used before, too: its first tick is due.
  if (has_clock) {
    CSR_SET(mie, kMTI);
    CSR_SET(mstatus, kMIE);
  }
  go_round(first, end, 4);
  measurement.begin();
  go_round(first, end, rounds);
  measurement.end();
  CSR_CLEAR(mstatus, kMIE);
}

}  // namespace

int main() {
  lab_knows("hz blocks handler accesses");
  const uint64_t hz = lab_number("hz", 1000, 0, 100000);
  const uint64_t blocks = lab_number("blocks", 64, 1, kMostBlocks);
  const uint64_t handler = lab_number("handler", 1, 1, kMostBlocks);
  const uint64_t accesses = lab_number("accesses", 2000000, 1, 100000000);
  const uint64_t rounds = (accesses + blocks - 1) / blocks;

  tick.mtimecmp = rt_mtimecmp(0);
  tick.first = reinterpret_cast<uint64_t>(handler_blocks);
  tick.end = tick.first + (handler - 1) * kLine;
  if (hz) {
    tick.interval = RT_TIMEBASE_HZ / hz;
    tick.deadline = *rt_mtime();  // the first one comes at once, before anything is measured
    *tick.mtimecmp = tick.deadline;
    CSR_WRITE(mscratch, &tick);
    CSR_WRITE(mtvec, &tick_handler);
  }
  work(blocks, rounds, hz != 0);
  lab_result("rounds", rounds);
  return 0;
}
