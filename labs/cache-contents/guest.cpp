// Lab cache-contents: a program goes round its blocks, as many as a cache holds; then another one runs for a
// few accesses. What of the first one's is still there, and what does its own next access do to the rest?
//
// Whether a block is there can only be found out by an access, which changes what is there. So all is
// done again for each block that is asked for. Measurements: "probe", the access to that block; "round",
// the first program's first whole round after the switch.
#include "lib/lab.hpp"

namespace {

constexpr uint64_t kLine = 64;

// Both programs' blocks and those that clear the cache lie behind each other, from 0 in every set.
constexpr uint64_t kMostBlocks = 1024;
alignas(kMostBlocks * kLine) uint8_t first_program[kMostBlocks * kLine];
uint8_t second_program[kMostBlocks * kLine];
uint8_t others[8 * kMostBlocks * kLine];

// Nothing but registers and the blocks themselves is used here.
[[gnu::always_inline]] inline void go_round(const uint8_t* area, uint64_t blocks) {
  const uint64_t first = reinterpret_cast<uint64_t>(area), end = first + blocks * kLine;
  for (uint64_t at = first; at != end; at += kLine) read_word(at);
}

struct Lab {
  uint64_t blocks, other, moment;
};

// Up to the moment that is asked for. The first program's last accesses were a whole number of rounds, so
// that its next one is to block 0.
[[gnu::always_inline]] inline void play(uint64_t blocks, uint64_t other, uint64_t moment) {
  go_round(others, 8 * kMostBlocks);
  for (int round = 0; round < 4; ++round) go_round(first_program, blocks);
  if (moment >= 1) go_round(second_program, other);
  if (moment >= 2) read_word(reinterpret_cast<uint64_t>(first_program));
}

[[gnu::noinline]] void measure(uint64_t blocks, uint64_t other, uint64_t moment, uint64_t block) {
  const Measurement probe{"probe"}, round{"round"};
  const uint64_t at = reinterpret_cast<uint64_t>(first_program) + block * kLine;
  play(blocks, other, moment);
  probe.begin();
  read_word(at);
  probe.end();
  play(blocks, other, 1);
  round.begin();
  go_round(first_program, blocks);
  round.end();
}

}  // namespace

int main() {
  lab_knows("blocks other moment block");
  const uint64_t blocks = lab_number("blocks", 16, 1, kMostBlocks);
  const uint64_t other = lab_number("other", 1, 0, kMostBlocks);
  const uint64_t moment = lab_choice("moment", "before after first-access", 1);
  const uint64_t block = lab_number("block", 0, 0, blocks - 1);
  measure(blocks, other, moment, block);
  return 0;
}
