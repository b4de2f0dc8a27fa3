// With --isa rv64i_zicsr_zifencei nothing but RV64I, CSRs and FENCE.I exists: M, A, F, D, C and all Z extensions are illegal instructions.
// guest: march=rv64i_zicsr_zifencei isa=rv64i_zicsr_zifencei cpu=rv64i,zicsr=true,zifencei=true,s=true,u=true,sv39=true,pmp=true
#include "lib/test.h"

int main() {
  static const uint32_t instructions[] = {
      0x02b50533,  // mul a0, a0, a1
      0x02b54533,  // div a0, a0, a1
      0x02b5053b,  // mulw a0, a0, a1
      0x1005a52f,  // lr.w a0, (a1)
      0x18a5a52f,  // sc.w a0, a0, (a1)
      0x00a5b52f,  // amoadd.d a0, a0, (a1)
      0x28a5b52f,  // amocas.d a0, a0, (a1)
      0x0005a507,  // flw fa0, (a1)
      0x0005b507,  // fld fa0, (a1)
      0x00a5a027,  // fsw fa0, (a1)
      0x00b57553,  // fadd.s fa0, fa0, fa1
      0x02b57553,  // fadd.d fa0, fa0, fa1
      0xe2050553,  // fmv.x.d a0, fa0
      0x20b52533,  // sh1add a0, a0, a1
      0x08b5053b,  // add.uw a0, a0, a1
      0x60051513,  // clz a0, a0
      0x40b57533,  // andn a0, a0, a1
      0x0ab51533,  // clmul a0, a0, a1
      0x28b51533,  // bset a0, a0, a1
      0x0eb55533,  // czero.eqz a0, a0, a1
      0x00d00073,  // wrs.nto
      0x0045a00f,  // cbo.zero (a1)
      0x0015a00f,  // cbo.clean (a1)
      0x16b50073,  // sinval.vma a0, a1
      0x00302573,  // csrr a0, fcsr
      0xc0102573,  // csrr a0, time
      0xc0002573,  // csrr a0, cycle
      0xc0202573,  // csrr a0, instret
      0x14d02573,  // csrr a0, stimecmp
      0x30c02573,  // csrr a0, mstateen0
      0x00004505,  // c.li a0, 1, twice
      0x45054505,  // c.li a0, 1
  };
  alignas(4) static uint32_t code[2];
  for (const uint32_t instruction : instructions)
    for (const Mode mode : {kUserMode, kSupervisorMode, kMachineMode}) {
      checking("instruction", instruction);
      code[0] = instruction;
      code[1] = kRet;
      fence_i();
      const Trap& trap = run_in(mode, [] { call_with((uint64_t)code, 0); });
      CHECK_EQ(trap.taken, 1);
      CHECK_EQ(trap.cause, kIllegalInstruction);
      CHECK_EQ(trap.epc, (uint64_t)code);
    }
  // FENCE and hints of extensions that are built on FENCE or ADDI are no instructions of their own.
  CHECK_NO_TRAP(run_in(kUserMode, [] { asm volatile(".word 0x0100000f\n.word 0x00200033\nfence"); }));  // pause, ntl.p1
  CHECK_EQ(CSR_READ(misa) & 0x3ffffff, 1 << ('I' - 'A') | 1 << ('S' - 'A') | 1 << ('U' - 'A'));
  return 0;
}
