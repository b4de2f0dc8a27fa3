// Whatever stands before an instruction that traps, mepc is that of the second, the first has had its effect, the second has had none.
#include "lib/assembler.h"
#include "lib/test.h"

using namespace code;

alignas(64) static uint32_t program[64];
static uint64_t scratch[4];

int main() {
  // a2: an address without memory; a3: scratch; a4 = 5; a5 = 6. The first instruction's result is a0.
  const struct { uint32_t instruction; bool gives_address; } firsts[] = {
      {addi(a0, a2, 0), true}, {addi(a0, zero, 7), false}, {addi(a0, a2, 8), true}, {lui(a0, 0x18000), true},
      {auipc(a0, 0x18000), false}, {r_type(0x33, 0, 0, a0, a2, zero), true}, {r_type(0x33, 0, 0, a0, a4, a5), false},
      {r_type(0x33, 0, 32, a0, a4, a5), false}, {i_type(0x13, 1, a0, a4, 3), false}, {i_type(0x1b, 0, a0, a4, 1), false},
      {i_type(0x13, 7, a0, a4, 1), false}, {r_type(0x33, 4, 0, a0, a4, a5), false}, {i_type(0x13, 5, a0, a4, 1), false},
      {i_type(0x13, 5, a0, a4, 0x401), false}, {r_type(0x3b, 0, 0, a0, a4, a5), false}, {r_type(0x33, 0, 1, a0, a4, a5), false},
      {ld(a0, a3, 0), true}, {i_type(0x03, 2, a0, a3, 8), false}, {i_type(0x03, 4, a0, a3, 8), false}, {sd(a4, a3, 16), false},
      {s_type(2, a3, a4, 16), false}, {i_type(0x13, 3, a0, a4, 9), false}, {r_type(0x33, 3, 0, a0, a4, a5), false},
      {bne(a4, a4, 64), false}, {beq(a4, a4, 4), false}, {jal(t0, 4), false}, {nop, false}, {r_type(0x2f, 3, 0, a0, a3, a4), true}};
  const struct { uint32_t instruction; uint64_t cause; bool uses_a0; } seconds[] = {
      {ld(a1, a2, 0), kLoadAccessFault, false}, {sd(a4, a2, 0), kStoreAccessFault, false}, {ld(a1, a0, 0), kLoadAccessFault, true},
      {sd(a0, a2, 8), kStoreAccessFault, false}, {sd(a4, a0, 0), kStoreAccessFault, true}, {i_type(0x03, 0, a0, a2, 1), kLoadAccessFault, false},
      {s_type(0, a2, a0, 3), kStoreAccessFault, false}, {i_type(0x03, 6, a2, a2, 4), kLoadAccessFault, false},
      {ecall, kEcallM, false}, {ebreak, kBreakpoint, false}, {illegal, kIllegalInstruction, false}};
  const auto run = [](const uint32_t* instructions, unsigned count) -> const Trap& {
    uint32_t* at = program;
    for (unsigned i = 0; i < count; ++i) *at++ = instructions[i];
    *at = ret;
    fence_i();
    scratch[0] = 0x18000000;
    scratch[1] = 0x8877665544332211;
    scratch[2] = 0;
    return run_in(kMachineMode, [] {
      asm volatile(
          "li a0, 99\nli a1, 77\nli a2, 0x18000000\nmv a3, %1\nli a4, 5\nli a5, 6\nmv t1, ra\njalr t6, %0\nmv ra, t1"
          ::"r"(program), "r"(scratch) : "a0", "a1", "a2", "a3", "a4", "a5", "t0", "t1", "t6", "memory");
    });
  };
  for (unsigned f = 0; f < sizeof firsts / sizeof *firsts; ++f) {
    // What it does when it is alone.
    const uint32_t alone[] = {firsts[f].instruction, ebreak};
    const Trap& first = run(alone, 2);
    CHECK_EQ(first.epc, (uint64_t)&program[1]);
    uint64_t registers[32];
    memcpy(registers, first.x, sizeof registers);
    const uint64_t stored = scratch[2];
    for (const auto& second : seconds) {
      if (second.uses_a0 && !firsts[f].gives_address) continue;
      checking("first, second", (uint64_t)f << 32 | second.instruction);
      const uint32_t both[] = {firsts[f].instruction, second.instruction};
      const Trap& trap = run(both, 2);
      CHECK_EQ(trap.cause, second.cause);
      CHECK_EQ(trap.epc, (uint64_t)&program[1]);
      for (const unsigned i : {5u, 10u, 11u, 12u, 13u, 14u, 15u}) CHECK_EQ(trap.x[i], registers[i]);
      CHECK_EQ(scratch[2], stored);
    }
    // The same between other instructions, twice over.
    const uint32_t many[] = {nop, firsts[f].instruction == beq(a4, a4, 4) ? nop : firsts[f].instruction, addi(t0, zero, 1), ld(a1, a2, 0)};
    CHECK_EQ(run(many, 4).epc, (uint64_t)&program[3]);
  }
  return 0;
}
