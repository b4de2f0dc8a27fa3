// HINTs of RV64I and of C are executed as instructions without effect.
#include "lib/assembler.h"
#include "lib/test.h"

int main() {
  static const uint32_t hints[] = {
      0x12345037, 0x12345017, 0x00500013, 0x00b57013, 0x00157013, 0x00156013, 0x00154013, 0x00a52013, 0x00a53013,
      0x00151013, 0x00155013, 0x40155013, 0x00b50033, 0x40b50033, 0x00b51033, 0x00b52033, 0x00b54033, 0x00b56033,
      0x0015001b, 0x0015101b, 0x00b5003b, 0x00200033, 0x00300033, 0x00400033, 0x00500033};
  static const uint16_t compressed[] = {
      0x0005,  // c.nop 1
      0x0501,  // c.addi a0, 0
      0x4005,  // c.li x0, 1
      0x6005,  // c.lui x0, 1
      0x0006,  // c.slli x0, 1
      0x0002,  // c.slli64 x0
      0x0502,  // c.slli64 a0
      0x8101,  // c.srli64 a0
      0x8501,  // c.srai64 a0
      0x802a,  // c.mv x0, a0
      0x902a,  // c.add x0, a0
      0x900a, 0x900e, 0x9012, 0x9016,  // c.ntl.*
  };
  alignas(64) static uint32_t program[16];
  const auto check = [&] {
    for (const Mode mode : {kUserMode, kMachineMode}) {
      uint64_t result = 0;
      CHECK_NO_TRAP(run_in(mode, [&] { result = call_with((uint64_t)program, 1234); }));
      CHECK_EQ(result, 1234);
    }
  };
  for (const uint32_t hint : hints) {
    checking("instruction", hint);
    program[0] = hint;
    program[1] = code::ret;
    fence_i();
    check();
  }
  for (const uint16_t hint : compressed) {
    checking("instruction", hint);
    program[0] = (uint32_t)0x8082 << 16 | hint;
    fence_i();
    check();
  }
  return 0;
}
