// FENCE ignores rd, rs1 and modes that it does not know, and runs as a fence; FENCE.I ignores rd, rs1 and its immediate.
#include "lib/assembler.h"
#include "lib/test.h"

int main() {
  alignas(64) static uint32_t program[16];
  for (const uint32_t fence : {0x0000000fu, 0x0ff0000fu, 0x8330000fu, 0x0330000fu, 0x0100000fu, 0x0ff5850fu, 0x1ff0000fu, 0xfff0000fu,
                               0x0000100fu, 0x0005950fu, 0xfff5950fu})
    for (const Mode mode : {kUserMode, kMachineMode}) {
      checking("instruction", fence);
      program[0] = fence;
      program[1] = code::ret;
      fence_i();
      uint64_t result = 0;
      CHECK_NO_TRAP(run_in(mode, [&] { result = call_with((uint64_t)program, 1234); }));
      CHECK_EQ(result, 1234);
    }
  return 0;
}
