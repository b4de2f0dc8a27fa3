// The reserved encodings of C trap: c.addi4spn 0, c.lui with 0, c.addi16sp 0, c.jr x0, c.lwsp and c.ldsp and c.addiw to x0.
#include "lib/test.h"

int main() {
  static const uint16_t reserved[] = {
      0x0000, 0x0004, 0x001c,  // c.addi4spn with an immediate of 0
      0x2001, 0x2005,          // c.addiw x0
      0x6101,                  // c.addi16sp 0
      0x6501, 0x6f81,          // c.lui with 0
      0x8002,                  // c.jr x0
      0x4002,                  // c.lwsp x0
      0x6002,                  // c.ldsp x0
  };
  alignas(64) static uint16_t program[8];
  for (const uint16_t encoding : reserved) {
    checking("instruction", encoding);
    program[0] = encoding;
    program[1] = 0x8082;
    fence_i();
    for (const Mode mode : {kUserMode, kMachineMode}) {
      const Trap& trap = run_in(mode, [] { call_with((uint64_t)program, 0); });
      CHECK_TRAP(trap, kIllegalInstruction, encoding);
      CHECK_EQ(trap.epc, (uint64_t)program);
    }
  }
  return 0;
}
