// Disassembly: Spike's text, and where it deliberately differs.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "cpu/isa/decode.hpp"

namespace rvx::isa {
namespace {

std::string text(uint32_t bits, const DisasmStyle& style = {}) {
  return disassemble(bits, IsaConfig::all(), style);
}

TEST(Disasm, AsSpikePrintsIt) {
  struct Case {
    uint32_t bits;
    const char* text;
  };
  const Case cases[] = {
#define DISASM(bits, text) {bits, text},
#include "tests/unit/isa/disasm_spike.inc"
#undef DISASM
  };
  for (const Case& c : cases) EXPECT_EQ(text(c.bits), c.text) << std::hex << c.bits;
}

TEST(Disasm, WhereSpikeSaysLess) {
  EXPECT_EQ(text(0x1605252f), "lr.w.aqrl a0, (a0)") << "Spike leaves out the ordering of LR";
  EXPECT_EQ(text(0x8330000f), "fence.tso") << "Spike prints fence rw,rw";
  EXPECT_EQ(text(0x0030000f), "fence   0,rw") << "Spike prints fence rw";
  EXPECT_EQ(text(0xf2178553), "fli.d   fa0, 0.875") << "Spike names an integer register";
  EXPECT_EQ(text(0x28c5a533), "xperm4  a0, a1, a2") << "Spike does not know the operands";
  EXPECT_EQ(text(0x00200033), "ntl.p1") << "Spike prints the base instruction of NTL hints";
  EXPECT_EQ(text(0x900a), "c.ntl.p1");
}

TEST(Disasm, ReservedEncodingsAreUnknown) {
  EXPECT_EQ(text(0xffffffff), "unknown");
  EXPECT_EQ(text(0x00b55553), "unknown");
  EXPECT_EQ(text(0x2001), "unknown");
  EXPECT_EQ(text(0x0000), "c.unimp");
}

TEST(Disasm, ExtensionsThatAreOff) {
  IsaConfig config = IsaConfig::all();
  config.set(Ext::kZihintpause, false);
  config.set(Ext::kZba, false);
  EXPECT_EQ(disassemble(0x0100000f, config), "fence   w,0");
  EXPECT_EQ(disassemble(0x20b52533, config), "unknown");
}

TEST(Disasm, NumericNamesAndNoPseudoInstructions) {
  const DisasmStyle plain = {.abi_names = false, .pseudo = false};
  EXPECT_EQ(text(0x00000013, plain), "addi    x0, x0, 0");
  EXPECT_EQ(text(0x00008067, plain), "jalr    x0, x1, 0");
  EXPECT_EQ(text(0x30051073, plain), "csrrw   x0, mstatus, x10");
  EXPECT_EQ(text(0x02c5f553, plain), "fadd.d  f10, f11, f12");
  EXPECT_EQ(text(0x8082, plain), "c.jr    x1");
}

TEST(Disasm, NamesOfCsrs) {
  EXPECT_EQ(csr_name(0x300), "mstatus");
  EXPECT_EQ(csr_name(0xc1f), "hpmcounter31");
  EXPECT_EQ(csr_name(0x3ef), "pmpaddr63");
  EXPECT_EQ(csr_name(0x7c0), "unknown_7c0");
  EXPECT_EQ(csr_name(0x00b), "unknown_00b");
}

// csr_names.inc and the table of implemented CSRs name the same numbers.
TEST(Disasm, NamesOfImplementedCsrs) {
#define CSR_STORED(number, name, extension, field, mask) EXPECT_EQ(csr_name(number), #name);
#define CSR_CONST(number, name, extension, value) EXPECT_EQ(csr_name(number), #name);
#define CSR_HOOKED(number, name, extension) EXPECT_EQ(csr_name(number), #name);
#define CSR_ARRAY(first, last, name, extension)                                \
  for (unsigned number = (first); number <= (last); ++number) {                \
    EXPECT_EQ(csr_name(number).substr(0, sizeof(#name) - 1), #name) << number; \
  }
#include "cpu/csrs.inc"
#undef CSR_STORED
#undef CSR_CONST
#undef CSR_HOOKED
#undef CSR_ARRAY
}

}  // namespace
}  // namespace rvx::isa
