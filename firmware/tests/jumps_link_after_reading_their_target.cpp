// JALR with rd = rs1 jumps to the old value and leaves the link, in any register; JAL and branches go forwards and back.
#include "lib/assembler.h"
#include "lib/test.h"

using namespace code;

int main() {
  alignas(64) static uint32_t program[600];
  for (const uint32_t link : {1u, 5u, 10u, 11u, 31u}) {
    // jalr link, 8(link) over an EBREAK; then a0 = link - program, by way of t1 that keeps ra.
    const uint32_t text[] = {addi(t2, ra, 0), auipc(link, 0), jalr(link, link, 12), ebreak, addi(a0, link, 0), jalr(zero, t2, 0)};
    memcpy(program, text, sizeof text);
    fence_i();
    checking("link", link);
    CHECK_EQ(call_with((uint64_t)program, 0), (uint64_t)&program[3]);
  }
  // The farthest branch of 12 bits and a jal over it, forwards and backwards.
  for (auto& word : program) word = ebreak;
  program[0] = jal(zero, 4 * 500);
  program[500] = addi(a0, a0, 1);
  program[501] = bne(a0, zero, -4 * 490);
  program[11] = addi(a0, a0, 10);
  program[12] = jal(zero, 4 * 3);
  program[15] = beq(zero, zero, -4 * 2);
  program[13] = ret;
  fence_i();
  CHECK_EQ(call_with((uint64_t)program, 5), 16);
  return 0;
}
