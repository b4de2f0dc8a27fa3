// LR at a misaligned address is a misaligned load, SC and AMO are misaligned stores; memory keeps its value.
// CHOICE: the manual would allow access faults too.
#include "lib/test.h"

static uint64_t word[2] = {1, 2};

int main() {
  const auto base = (uint64_t)word;
  for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
    for (uint64_t offset = 1; offset < 8; ++offset) {
      const uint64_t at = base + offset;
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("lr.d a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kLoadMisaligned, at);
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("sc.d a0, a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kStoreMisaligned, at);
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("amoadd.d a0, a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kStoreMisaligned, at);
      if (offset % 4 == 0) continue;
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("lr.w a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kLoadMisaligned, at);
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("sc.w a0, a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kStoreMisaligned, at);
      CHECK_TRAP_AT(run_in(mode, [=] { asm volatile(AT("amomaxu.w a0, a0, (%0)")::"r"(at) : "t6", "a0", "memory"); }), kStoreMisaligned, at);
    }
  }
  CHECK_EQ(word[0], 1);
  CHECK_EQ(word[1], 2);
  return 0;
}
