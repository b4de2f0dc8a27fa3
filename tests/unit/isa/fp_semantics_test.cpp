// Floating-point bodies on the host: operands, rounding modes static and dynamic, flags, boxing.
#include "cpu/isa/semantics_fp.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cpu/isa/fp_soft.hpp"
#include "cpu/isa/host_fp.hpp"
#include "cpu/isa/insn.hpp"

namespace rvx::isa {
namespace {

using fp::F16;
using fp::F32;
using fp::F64;

// A register file, 64 bytes of memory and the rounding mode: all that floating-point bodies see.
struct Machine : HostArithmetic, HostFp<Machine> {
  using Value = HostArithmetic::Value;

  unsigned frm() const { return frm_; }
  uint32_t direct_rounding() const { return fp::direct_rounding(frm_); }
  Value x(unsigned n) { return {x_[n]}; }
  void set_x(unsigned n, Value v) { x_[n] = v.raw; }
  Value imm(int64_t k) { return {static_cast<uint64_t>(k)}; }
  template <class F>
  uint64_t f(unsigned n) {
    return fp::unbox<F>(f_[n]);
  }
  Value f_raw(unsigned n) { return {f_[n]}; }
  template <class F>
  void set_f(unsigned n, uint64_t v) {
    f_[n] = fp::box<F>(v), set_fs_dirty();
  }
  void set_fs_dirty() { fs_dirty = true; }
  template <class T, class Tail>
  void load(Value address, Tail tail) {
    T v;
    std::memcpy(&v, memory + address.raw, sizeof v);
    tail(Value{static_cast<uint64_t>(v)});
  }
  template <class T>
  void store(Value address, Value v) {
    std::memcpy(memory + address.raw, &v.raw, sizeof(T));
  }

  // Runs `body` as guest code with `fflags` accrued before; `fflags` holds those afterwards.
  template <class Body>
  void run(Body body, const Insn& i) {
    const uint32_t host = fp::enter_guest_fp(frm_, fflags);
    body(*this, i);
    mode_left = fp::mode_from_mxcsr(fp::read_mxcsr());
    fflags = fp::leave_guest_fp(host);
  }

  uint64_t x_[32] = {};
  uint64_t f_[32] = {};
  uint8_t memory[64] = {};
  unsigned frm_ = fp::kRne, fflags = 0, mode_left = 0;
  bool fs_dirty = false;
};

Insn insn(int32_t imm = 0) {
  Insn i;
  i.rd = 1, i.rs1 = 2, i.rs2 = 3, i.imm = imm;
  return i;
}

// Calls check(rm, frm, mode): what rm and frm mean together.
template <class Check>
void for_all_roundings(Check check) {
  for (unsigned frm = fp::kRne; frm <= fp::kRmm; ++frm) {
    for (unsigned rm = fp::kRne; rm <= fp::kRmm; ++rm) check(rm, frm, rm);
    check(fp::kDynamic, frm, frm);
  }
}

constexpr unsigned kBefore = fp::kDz;  // accrued before: must survive

// Operands that each rounding mode tells apart: 1 and 3 thirds of a unit, and ties, of both signs.
template <class F>
struct Operands {
  uint64_t a, b, c;
};
template <class F>
std::vector<Operands<F>> operands() {
  const uint64_t one = F::power_of_two(0), tie = F::power_of_two(-1 - int{F::kFractionBits});
  const uint64_t three = F::power_of_two(1) | F::kQuiet;
  return {{one, tie, tie},
          {one | F::kSign, tie | F::kSign, one},
          {one + 1, three, tie},
          {one + 1, three | F::kSign, tie + 1},
          {F::kMaxFinite, F::kMaxFinite, one},
          {F::kInfinity, 0, F::kCanonicalNan}};
}

#define EXPECT_BODY(body, F, soft_call)                                                  \
  for_all_roundings([](unsigned rm, unsigned frm, unsigned mode) {                       \
    for (const auto& [a, b, c] : operands<F>()) {                                        \
      Machine m;                                                                         \
      m.frm_ = frm, m.fflags = kBefore;                                                  \
      m.f_[2] = fp::box<F>(a), m.f_[3] = fp::box<F>(b), m.f_[4] = fp::box<F>(c);         \
      const fp::soft::Result want = soft_call;                                           \
      m.run(semantics::body<Machine, Insn>, insn(static_cast<int32_t>(rm | 4 << 3)));    \
      EXPECT_EQ(m.f_[1], fp::box<F>(want.bits)) << #body " rm " << rm << " frm " << frm; \
      EXPECT_EQ(m.fflags, kBefore | want.flags) << #body " rm " << rm << " frm " << frm; \
      EXPECT_EQ(m.mode_left, frm == fp::kRmm ? fp::kRne : frm);                          \
      EXPECT_TRUE(m.fs_dirty);                                                           \
    }                                                                                    \
  })
#define EXPECT_BODIES(suffix, F)                                                     \
  EXPECT_BODY(fadd_##suffix, F, fp::soft::add<F>(a, b, mode));                       \
  EXPECT_BODY(fsub_##suffix, F, fp::soft::sub<F>(a, b, mode));                       \
  EXPECT_BODY(fmul_##suffix, F, fp::soft::mul<F>(a, b, mode));                       \
  EXPECT_BODY(fdiv_##suffix, F, fp::soft::div<F>(a, b, mode));                       \
  EXPECT_BODY(fsqrt_##suffix, F, fp::soft::sqrt<F>(a, mode));                        \
  EXPECT_BODY(fmadd_##suffix, F, fp::soft::fmadd<F>(a, b, c, mode));                 \
  EXPECT_BODY(fmsub_##suffix, F, fp::soft::fmsub<F>(a, b, c, mode));                 \
  EXPECT_BODY(fnmsub_##suffix, F, fp::soft::fnmsub<F>(a, b, c, mode));               \
  EXPECT_BODY(fnmadd_##suffix, F, fp::soft::fnmadd<F>(a, b, c, mode));               \
  EXPECT_BODY(fround_##suffix, F, (fp::soft::round_to_integral<F, false>(a, mode))); \
  EXPECT_BODY(froundnx_##suffix, F, (fp::soft::round_to_integral<F, true>(a, mode)))

TEST(FpSemantics, RoundedOperationsObeyRmAndFrmAndKeepWhatHasAccrued) {
  EXPECT_BODIES(h, F16);
  EXPECT_BODIES(s, F32);
  EXPECT_BODIES(d, F64);
}

template <class T, class F, class Body>
void expect_to_int(Body body) {
  for_all_roundings([&](unsigned rm, unsigned frm, unsigned mode) {
    for (const uint64_t magnitude : {F::power_of_two(-1), F::power_of_two(0) | F::kQuiet,
                                     F::power_of_two(1) | F::kQuiet >> 1, F::kMaxFinite}) {
      for (const uint64_t a : {magnitude, magnitude | F::kSign}) {
        Machine m;
        m.frm_ = frm, m.fflags = kBefore, m.f_[2] = fp::box<F>(a);
        const fp::soft::Result want = fp::soft::to_int<T, F>(a, mode);
        m.run(body, insn(static_cast<int32_t>(rm)));
        EXPECT_EQ(m.x_[1], want.bits) << std::hex << a << " rm " << rm << " frm " << frm;
        EXPECT_EQ(m.fflags, kBefore | want.flags)
            << std::hex << a << " rm " << rm << " frm " << frm;
        EXPECT_TRUE(m.fs_dirty) << "flags may have accrued";
      }
    }
  });
}
template <class T, class F, class Body>
void expect_from_int(Body body) {
  for_all_roundings([&](unsigned rm, unsigned frm, unsigned mode) {
    for (const uint64_t v :
         {uint64_t{0x0800'0000'0100'0401}, ~uint64_t{0}, uint64_t{0x8000'0001}, uint64_t{4097}}) {
      Machine m;
      m.frm_ = frm, m.fflags = kBefore, m.x_[2] = v;
      const fp::soft::Result want = fp::soft::from_int<F, T>(v, mode);
      m.run(body, insn(static_cast<int32_t>(rm)));
      EXPECT_EQ(m.f_[1], fp::box<F>(want.bits)) << std::hex << v << " rm " << rm << " frm " << frm;
      EXPECT_EQ(m.fflags, kBefore | want.flags) << std::hex << v << " rm " << rm << " frm " << frm;
      EXPECT_TRUE(m.fs_dirty);
    }
  });
}
#define EXPECT_INTEGERS(suffix, F)                                            \
  expect_to_int<int32_t, F>(semantics::fcvt_w_##suffix<Machine, Insn>);       \
  expect_to_int<uint32_t, F>(semantics::fcvt_wu_##suffix<Machine, Insn>);     \
  expect_to_int<int64_t, F>(semantics::fcvt_l_##suffix<Machine, Insn>);       \
  expect_to_int<uint64_t, F>(semantics::fcvt_lu_##suffix<Machine, Insn>);     \
  expect_from_int<int32_t, F>(semantics::fcvt_##suffix##_w<Machine, Insn>);   \
  expect_from_int<uint32_t, F>(semantics::fcvt_##suffix##_wu<Machine, Insn>); \
  expect_from_int<int64_t, F>(semantics::fcvt_##suffix##_l<Machine, Insn>);   \
  expect_from_int<uint64_t, F>(semantics::fcvt_##suffix##_lu<Machine, Insn>)

TEST(FpSemantics, IntegerConversionsObeyRmAndFrm) {
  EXPECT_INTEGERS(h, F16);
  EXPECT_INTEGERS(s, F32);
  EXPECT_INTEGERS(d, F64);
}

template <class To, class From, class Body>
void expect_convert(Body body) {
  for_all_roundings([&](unsigned rm, unsigned frm, unsigned mode) {
    for (const uint64_t a : {From::power_of_two(0) + 1, From::kSign | (From::kMaxFinite - 2),
                             uint64_t{3}, From::kInfinity | 1}) {
      Machine m;
      m.frm_ = frm, m.fflags = kBefore, m.f_[2] = fp::box<From>(a);
      const fp::soft::Result want = fp::soft::convert<To, From>(a, mode);
      m.run(body, insn(static_cast<int32_t>(rm)));
      EXPECT_EQ(m.f_[1], fp::box<To>(want.bits)) << std::hex << a << " rm " << rm << " frm " << frm;
      EXPECT_EQ(m.fflags, kBefore | want.flags) << std::hex << a << " rm " << rm << " frm " << frm;
    }
  });
}
TEST(FpSemantics, FormatConversionsObeyRmAndFrm) {
  expect_convert<F32, F64>(semantics::fcvt_s_d<Machine, Insn>);
  expect_convert<F64, F32>(semantics::fcvt_d_s<Machine, Insn>);
  expect_convert<F32, F16>(semantics::fcvt_s_h<Machine, Insn>);
  expect_convert<F16, F32>(semantics::fcvt_h_s<Machine, Insn>);
  expect_convert<F64, F16>(semantics::fcvt_d_h<Machine, Insn>);
  expect_convert<F16, F64>(semantics::fcvt_h_d<Machine, Insn>);
}

// f2 = 1.0 (or -1.0), f3 = 2.0, in F32.
struct FpSemanticsSingle : ::testing::Test {
  void run(void (*body)(Machine&, const Insn&), uint64_t a = 0x3f800000, uint64_t b = 0x40000000) {
    m.f_[2] = fp::box<F32>(a), m.f_[3] = fp::box<F32>(b);
    m.run(body, insn());
  }
  Machine m;
};
TEST_F(FpSemanticsSingle, ComparisonsTakeOperandsInOrderAndDirtyFs) {
  run(semantics::flt_s);
  EXPECT_EQ(m.x_[1], 1u);
  EXPECT_TRUE(m.fs_dirty) << "flags may have accrued";
  run(semantics::fle_s, 0x40000000, 0x3f800000);
  EXPECT_EQ(m.x_[1], 0u);
  run(semantics::fltq_s, F32::kCanonicalNan);
  EXPECT_EQ(m.x_[1], 0u);
  EXPECT_EQ(m.fflags, 0u);
  run(semantics::flt_s, F32::kCanonicalNan);
  EXPECT_EQ(m.fflags, fp::kNv);
  run(semantics::feq_s, 0x40000000);
  EXPECT_EQ(m.x_[1], 1u);
  run(semantics::fleq_s, 0x40000000);
  EXPECT_EQ(m.x_[1], 1u);
}
TEST_F(FpSemanticsSingle, ChoicesGiveBoxedResults) {
  run(semantics::fmin_s);
  EXPECT_EQ(m.f_[1], 0xffffffff3f800000);
  run(semantics::fmax_s, F32::kCanonicalNan);
  EXPECT_EQ(m.f_[1], 0xffffffff40000000);
  run(semantics::fminm_s, F32::kCanonicalNan);
  EXPECT_EQ(m.f_[1], 0xffffffff7fc00000);
  run(semantics::fmaxm_s);
  EXPECT_EQ(m.f_[1], 0xffffffff40000000);
  run(semantics::fsgnj_s, 0xbf800000);
  EXPECT_EQ(m.f_[1], 0xffffffff3f800000);
  run(semantics::fsgnjn_s);
  EXPECT_EQ(m.f_[1], 0xffffffffbf800000);
  run(semantics::fsgnjx_s, 0xbf800000);
  EXPECT_EQ(m.f_[1], 0xffffffffbf800000);
}
TEST_F(FpSemanticsSingle, WronglyBoxedOperandsAreCanonicalNans) {
  m.f_[2] = 0x3f800000;
  m.run(semantics::fclass_s<Machine, Insn>, insn());
  EXPECT_EQ(m.x_[1], 1u << 9);
  EXPECT_FALSE(m.fs_dirty);
  m.run(semantics::fsgnj_s<Machine, Insn>, insn());
  EXPECT_EQ(m.f_[1], 0xffffffff7fc00000);
}
TEST_F(FpSemanticsSingle, ModularConversionAndLoadImmediate) {
  m.f_[2] = std::bit_cast<uint64_t>(-4294967297.5);
  m.run(semantics::fcvtmod_w_d<Machine, Insn>, insn(fp::kRtz));
  EXPECT_EQ(m.x_[1], ~uint64_t{0});
  EXPECT_EQ(m.fflags, fp::kNv);
  Insn i = insn();
  i.rs1 = 16;
  m.run(semantics::fli_s<Machine, Insn>, i);
  EXPECT_EQ(m.f_[1], 0xffffffff3f800000);
}

// "NaN Boxing of Narrower Values": transfers ignore how a register is boxed.
TEST(FpSemantics, MovesToIntegerRegistersSignExtendTheLowBits) {
  Machine m;
  m.f_[2] = 0x0123456789abcdef;
  m.run(semantics::fmv_x_w<Machine, Insn>, insn());
  EXPECT_EQ(m.x_[1], 0xffffffff89abcdefu);
  m.run(semantics::fmv_x_h<Machine, Insn>, insn());
  EXPECT_EQ(m.x_[1], 0xffffffffffffcdefu);
  m.run(semantics::fmv_x_d<Machine, Insn>, insn());
  EXPECT_EQ(m.x_[1], 0x0123456789abcdefu);
  EXPECT_FALSE(m.fs_dirty);
}
TEST(FpSemantics, MovesFromIntegerRegistersBox) {
  Machine m;
  m.x_[2] = 0x0123456789abcdef;
  m.run(semantics::fmv_w_x<Machine, Insn>, insn());
  EXPECT_EQ(m.f_[1], 0xffffffff89abcdefu);
  m.run(semantics::fmv_h_x<Machine, Insn>, insn());
  EXPECT_EQ(m.f_[1], 0xffffffffffffcdefu);
  m.run(semantics::fmv_d_x<Machine, Insn>, insn());
  EXPECT_EQ(m.f_[1], 0x0123456789abcdefu);
  EXPECT_TRUE(m.fs_dirty);
}
TEST(FpSemantics, LoadsBoxAndStoresTakeTheLowBits) {
  Machine m;
  const uint64_t pattern = 0x8877665544332211;
  std::memcpy(m.memory + 8, &pattern, 8);
  m.x_[2] = 16;
  m.run(semantics::flh<Machine, Insn>, insn(-8));
  EXPECT_EQ(m.f_[1], 0xffffffffffff2211u);
  m.run(semantics::flw<Machine, Insn>, insn(-8));
  EXPECT_EQ(m.f_[1], 0xffffffff44332211u);
  m.run(semantics::fld<Machine, Insn>, insn(-8));
  EXPECT_EQ(m.f_[1], pattern);
  EXPECT_TRUE(m.fs_dirty);

  m.fs_dirty = false;
  m.f_[3] = 0x0102030405060708;
  const auto stored = [&](void (*body)(Machine&, const Insn&)) {
    std::memset(m.memory + 24, 0, 8);
    m.run(body, insn(8));
    uint64_t v;
    std::memcpy(&v, m.memory + 24, 8);
    return v;
  };
  EXPECT_EQ(stored(semantics::fsh), 0x0708u);
  EXPECT_EQ(stored(semantics::fsw), 0x05060708u);
  EXPECT_EQ(stored(semantics::fsd), 0x0102030405060708u);
  EXPECT_FALSE(m.fs_dirty);
}

}  // namespace
}  // namespace rvx::isa
