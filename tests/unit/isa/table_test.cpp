// The instruction table: rows do not overlap, and decode and encode are inverse over all of them.
#include <bit>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/table.hpp"

namespace rvx::isa {
namespace {

constexpr Op op(size_t index) { return static_cast<Op>(index); }

const std::set<std::pair<Op, Op>> kSpecialCases = {
#define SPECIAL_CASE(row, of) {Op::row, Op::of},
#include "cpu/isa/row_notes.inc"
};

uint32_t all_bits(const OpInfo& row) { return row.length == 2 ? 0xffff : 0xffffffff; }

TEST(Table, RowsOverlapOnlyWhereDeclaredAsSpecialCases) {
  std::set<std::pair<Op, Op>> found;
  for (size_t i = 1; i < kOpCount; ++i) {
    for (size_t j = i + 1; j < kOpCount; ++j) {
      const OpInfo& a = info(op(i));
      const OpInfo& b = info(op(j));
      if (a.length != b.length) continue;
      if (((a.match ^ b.match) & a.mask & b.mask) != 0) continue;
      const bool a_is_special = std::popcount(a.mask) > std::popcount(b.mask);
      const OpInfo& special = a_is_special ? a : b;
      const OpInfo& general = a_is_special ? b : a;
      EXPECT_EQ(special.mask & general.mask, general.mask)
          << special.name << " and " << general.name << " share some encodings only";
      found.emplace(a_is_special ? op(i) : op(j), a_is_special ? op(j) : op(i));
    }
  }
  for (const auto& [special, general] : found) {
    EXPECT_TRUE(kSpecialCases.contains({special, general}))
        << info(special).name << " is a special case of " << info(general).name << ", undeclared";
  }
  for (const auto& [special, general] : kSpecialCases) {
    EXPECT_TRUE(found.contains({special, general}))
        << info(special).name << " is declared a special case of " << info(general).name;
  }
}

TEST(Table, QuadrantAndLengthAgree) {
  for (size_t i = 1; i < kOpCount; ++i) {
    const OpInfo& row = info(op(i));
    EXPECT_EQ(row.mask & 3, 3u) << row.name;
    EXPECT_EQ((row.match & 3) == 3, row.length == 4) << row.name;
    EXPECT_EQ(row.length == 2, row.name.starts_with("c.")) << row.name;
  }
}

TEST(Table, EveryRowNamesASection) {
  for (size_t i = 1; i < kOpCount; ++i)
    EXPECT_FALSE(info(op(i)).section.empty()) << info(op(i)).name;
}

// Random fields of a row either make it match, and then encode() gives the bits back, or have a
// reserved value or a special case, and then another row or none matches.
TEST(Table, EncodeIsTheInverseOfDecode) {
  const IsaConfig config = IsaConfig::all();
  std::mt19937 random(1);
  for (size_t i = 1; i < kOpCount; ++i) {
    const OpInfo& row = info(op(i));
    int matched = 0;
    for (int n = 0; n < 200; ++n) {
      const uint32_t bits =
          row.match | (static_cast<uint32_t>(random()) & ~row.mask & all_bits(row));
      const Insn insn = decode(bits, config);
      EXPECT_EQ(insn.bits, bits);
      EXPECT_EQ(insn.length, row.length);
      EXPECT_EQ(encode(insn), bits) << row.name;
      if (insn.row != op(i)) {
        EXPECT_TRUE(insn.row == Op::kIllegal || kSpecialCases.contains({insn.row, op(i)}))
            << row.name << " decodes as " << info(insn.row).name;
        continue;
      }
      ++matched;
      EXPECT_EQ(insn.op, row.expansion);
      EXPECT_LT(insn.rd, 32);
      EXPECT_LT(insn.rs1, 32);
      EXPECT_LT(insn.rs2, 32);
    }
    EXPECT_GT(matched, 20) << row.name;
  }
}

TEST(Table, RowsAreIllegalWithoutTheirExtension) {
  for (size_t i = 1; i < kOpCount; ++i) {
    IsaConfig config = IsaConfig::all();
    const Enabling& on = kEnabling[i];
    for (const Ext ext : on.any) config.set(ext, false);
    for (const Ext ext : on.all) {
      if (ext != Ext::kI) config.set(ext, false);
    }
    EXPECT_FALSE(is_enabled(op(i), config)) << info(op(i)).name;
  }
}

Insn decode_all(uint32_t bits) { return decode(bits, IsaConfig::all()); }

IsaConfig without(Ext ext) {
  IsaConfig config = IsaConfig::all();
  config.set(ext, false);
  return config;
}

TEST(Decode, ImmediatesOfEachBaseFormat) {
  EXPECT_EQ(decode_all(0xff010113).imm, -16);          // addi sp, sp, -16
  EXPECT_EQ(decode_all(0xfe813c23).imm, -8);           // sd s0, -8(sp)
  EXPECT_EQ(decode_all(0xfe000ee3).imm, -4);           // beq x0, x0, -4
  EXPECT_EQ(decode_all(0x800000b7).imm, INT32_MIN);    // lui ra, 0x80000
  EXPECT_EQ(decode_all(0xffdff06f).imm, -4);           // j -4
  EXPECT_EQ(decode_all(0x03f11093).imm, 63);           // slli ra, sp, 63
  EXPECT_EQ(decode_all(0x0ff0000f).imm, 0xff);         // fence
  EXPECT_EQ(decode_all(0x8330000f).imm, 0x833);        // fence.tso
  EXPECT_EQ(decode_all(0xc0102573).imm, 0xc01);        // csrr a0, time
  EXPECT_EQ(decode_all(0x1005252f).imm, 0);            // lr.w a0, (a0)
  EXPECT_EQ(decode_all(0x1605252f).imm, 3);            // lr.w.aqrl a0, (a0)
  EXPECT_EQ(decode_all(0x02b57553).imm, 7);            // fadd.d fa0, fa0, fa1
  EXPECT_EQ(decode_all(0x6ac5f543).imm, 7 | 13 << 3);  // fmadd.d fa0, fa1, fa2, fa3
}

TEST(Decode, CompressedInstructionsAreExpanded) {
  const Insn addi16sp = decode_all(0x7139);  // c.addi16sp -64
  EXPECT_EQ(addi16sp.op, Op::addi);
  EXPECT_EQ(addi16sp.row, Op::c_addi16sp);
  EXPECT_EQ(addi16sp.rd, 2);
  EXPECT_EQ(addi16sp.rs1, 2);
  EXPECT_EQ(addi16sp.imm, -64);
  const Insn jalr = decode_all(0x9502);  // c.jalr a0
  EXPECT_EQ(jalr.op, Op::jalr);
  EXPECT_EQ(jalr.rd, 1);
  EXPECT_EQ(jalr.rs1, 10);
  EXPECT_EQ(jalr.imm, 0);
  const Insn lui = decode_all(0x757d);  // c.lui a0, 0xfffff
  EXPECT_EQ(lui.op, Op::lui);
  EXPECT_EQ(lui.imm, -4096);
  const Insn not_ = decode_all(0x9d75);  // c.not a0
  EXPECT_EQ(not_.op, Op::xori);
  EXPECT_EQ(not_.imm, -1);
  EXPECT_EQ(decode_all(0x9d61).imm, 255);  // c.zext.b a0
  EXPECT_EQ(decode_all(0x9002).op, Op::ebreak);
  EXPECT_EQ(decode_all(0xffff0001).bits, 1u);  // the upper half does not matter
}

TEST(Decode, ReservedEncodingsAreIllegal) {
  EXPECT_EQ(decode_all(0x0000).op, Op::kIllegal);      // the defined illegal instruction
  EXPECT_EQ(decode_all(0x0004).op, Op::kIllegal);      // c.addi4spn s1, sp, 0
  EXPECT_EQ(decode_all(0x2001).op, Op::kIllegal);      // c.addiw zero, 0
  EXPECT_EQ(decode_all(0x6101).op, Op::kIllegal);      // c.addi16sp sp, 0
  EXPECT_EQ(decode_all(0x6501).op, Op::kIllegal);      // c.lui a0, 0
  EXPECT_EQ(decode_all(0x6001).op, Op::kIllegal);      // c.lui zero, 0
  EXPECT_EQ(decode_all(0x4002).op, Op::kIllegal);      // c.lwsp zero, 0(sp)
  EXPECT_EQ(decode_all(0x6002).op, Op::kIllegal);      // c.ldsp zero, 0(sp)
  EXPECT_EQ(decode_all(0x8002).op, Op::kIllegal);      // c.jr zero
  EXPECT_EQ(decode_all(0x00b55553).op, Op::kIllegal);  // fadd.s with rm 5
  EXPECT_EQ(decode_all(0x00b56553).op, Op::kIllegal);  // fadd.s with rm 6
  EXPECT_EQ(decode_all(0x0205151b).op, Op::kIllegal);  // slliw with shamt[5]
  EXPECT_EQ(decode_all(0x28c545af).op, Op::kIllegal);  // amocas.q with odd rd
  EXPECT_EQ(decode_all(0x28b5452f).op, Op::kIllegal);  // amocas.q with odd rs2
  EXPECT_EQ(decode_all(0x28c5452f).op, Op::amocas_q);
  EXPECT_EQ(decode_all(0x1015252f).op, Op::kIllegal);  // lr.w with rs2
  EXPECT_EQ(decode_all(0x0000001f).op, Op::kIllegal);  // 48 bits and more
  EXPECT_EQ(decode_all(0x0000007f).length, 4);
  EXPECT_EQ(decode_all(0xffffffff).op, Op::kIllegal);
  EXPECT_EQ(decode_all(0xffffffff).rd, 0);
}

TEST(Decode, HintsAreLegalAndWriteNothing) {
  for (const uint32_t bits :
       {0x0005u, 0x0006u, 0x0002u, 0x4005u, 0x6005u, 0x800au, 0x902au, 0x9006u}) {
    const Insn insn = decode_all(bits);
    EXPECT_NE(insn.op, Op::kIllegal) << std::hex << bits;
    EXPECT_EQ(insn.rd, 0) << std::hex << bits;
  }
  EXPECT_EQ(decode_all(0x8101).op, Op::srli);         // c.srli a0, 0
  EXPECT_EQ(decode_all(0x0500 | 0x01).op, Op::addi);  // c.addi a0, 0
}

TEST(Decode, HintsAreTheBaseInstructionWhileTheirExtensionIsOff) {
  EXPECT_EQ(decode_all(0x0100000f).op, Op::pause);
  EXPECT_EQ(decode(0x0100000f, without(Ext::kZihintpause)).op, Op::fence);
  EXPECT_EQ(decode_all(0x00200033).op, Op::ntl_p1);
  EXPECT_EQ(decode(0x00200033, without(Ext::kZihintntl)).op, Op::add);
  EXPECT_EQ(decode_all(0x900a).op, Op::ntl_p1);
  EXPECT_EQ(decode_all(0x900a).row, Op::c_ntl_p1);
  EXPECT_EQ(decode(0x900a, without(Ext::kZihintntl)).op, Op::add);
  const Insn prefetch = decode_all(0x02356013);  // prefetch.w 32(a0)
  EXPECT_EQ(prefetch.op, Op::prefetch_w);
  EXPECT_EQ(prefetch.imm, 32);
  EXPECT_EQ(prefetch.rs1, 10);
  const Insn ori = decode(0x02356013, without(Ext::kZicbop));
  EXPECT_EQ(ori.op, Op::ori);
  EXPECT_EQ(ori.rd, 0);
}

TEST(Decode, RowsOfTwoExtensionsNeedOneOfThem) {
  EXPECT_EQ(decode(0x40c5f533, without(Ext::kZbb)).op, Op::andn);
  EXPECT_EQ(decode(0x40c5f533, without(Ext::kZbkb)).op, Op::andn);
  IsaConfig neither = without(Ext::kZbb);
  neither.set(Ext::kZbkb, false);
  EXPECT_EQ(decode(0x40c5f533, neither).op, Op::kIllegal);
  EXPECT_EQ(decode(0x0805c53b, without(Ext::kZbkb)).op, Op::zext_h);
  EXPECT_EQ(decode(0x0805c53b, without(Ext::kZbb)).op, Op::packw);
}

TEST(Decode, RowsThatNeedTwoExtensions) {
  EXPECT_EQ(decode_all(0xf2150553).op, Op::fli_d);
  EXPECT_EQ(decode(0xf2150553, without(Ext::kD)).op, Op::kIllegal);
  EXPECT_EQ(decode(0xf2150553, without(Ext::kZfa)).op, Op::kIllegal);
  EXPECT_EQ(decode(0x9d45, without(Ext::kM)).op, Op::mul);  // c.mul needs Zmmul only
  EXPECT_EQ(decode(0x9d45, without(Ext::kZmmul)).op, Op::kIllegal);
}

}  // namespace
}  // namespace rvx::isa
