// Semantic bodies of the integer instructions on small Ops: results against values worked out from
// the manual.
#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "cpu/isa/bodies.hpp"
#include "cpu/isa/host_arithmetic.hpp"
#include "cpu/isa/table.hpp"

namespace rvx::isa {
namespace {

// Ops on 32 registers and a few bytes of memory; no faults.
struct SmallOps : HostArithmetic {
  [[nodiscard]] Value x(unsigned n) const { return {registers[n]}; }
  void set_x(unsigned n, Value v) {
    if (n != 0) registers[n] = v.raw;
  }
  [[nodiscard]] Value imm(int64_t k) const { return {static_cast<uint64_t>(k)}; }
  [[nodiscard]] Value pc() const { return {kPc}; }

  template <class T>
  T read(Value address) const {
    T value;
    std::memcpy(&value, memory.data() + address.raw, sizeof value);
    return value;
  }
  template <class T>
  static Value extend(T value) {
    return {static_cast<uint64_t>(static_cast<int64_t>(value))};
  }
  template <class T, class Tail>
  void load(Value address, Tail tail) {
    tail(extend(read<T>(address)));
  }
  template <class T>
  void store(Value address, Value v) {
    std::memcpy(memory.data() + address.raw, &v.raw, sizeof(T));
  }
  void fence(int64_t what) { fenced = what; }

  template <class T, class Tail>
  void load_reserved(Value address, Tail tail) {
    reservation = address.raw;
    load<T>(address, tail);
  }
  template <class T, class Tail>
  void store_conditional(Value address, Value v, Tail tail) {
    const bool failed = reservation != address.raw;
    if (!failed) store<T>(address, v);
    reservation = ~uint64_t{0};
    tail(Value{uint64_t{failed}});
  }
  template <class T, class Tail>
  void amo(AmoOp op, Value address, Value operand, Tail tail) {
    const T old = read<T>(address);
    store<T>(address, extend(amo_result<T>(op, old, static_cast<T>(operand.raw))));
    tail(extend(old));
  }
  template <class T, class Tail>
  void amo_cas(Value address, Value expected, Value desired, Tail tail) {
    const T old = read<T>(address);
    if (old == static_cast<T>(expected.raw)) store<T>(address, desired);
    tail(extend(old));
  }
  template <class Tail>
  void amo_cas_pair(Value address, Value expected, Value expected_high, Value desired,
                    Value desired_high, Tail tail) {
    const Value old = {read<uint64_t>(address)};
    const Value high = {address.raw + 8};
    const Value old_high = {read<uint64_t>(high)};
    if (old.raw == expected.raw && old_high.raw == expected_high.raw) {
      store<uint64_t>(address, desired);
      store<uint64_t>(high, desired_high);
    }
    tail(old, old_high);
  }

  void branch(Value condition, int64_t offset) {
    next = condition.raw != 0 ? kPc + offset : kPc + 4;
  }
  void jump(unsigned rd, int64_t offset) {
    next = kPc + offset;
    set_x(rd, {kPc + 4});
  }
  void jump_to(unsigned rd, Value target) {
    next = target.raw;
    set_x(rd, {kPc + 4});
  }

  static constexpr uint64_t kPc = 0x80001000;
  std::array<uint64_t, 32> registers{};
  std::array<uint8_t, 64> memory{};
  uint64_t reservation = ~uint64_t{0};
  uint64_t next = 0;
  int64_t fenced = -1;
};
static_assert(Ops<SmallOps>);

// Floating-point bodies have tests of their own.
constexpr bool is_integer(Class cls) {
  return has_body(cls) && cls != Class::kFp && cls != Class::kFpLoad && cls != Class::kFpStore;
}

template <Op kOp>
void execute_row(SmallOps& o, const Insn& i) {
  if constexpr (is_integer(kTable[static_cast<size_t>(kOp)].cls)) {
    Body<kOp>::exec(o, i);
  } else {
    FAIL() << info(kOp).name << " has no integer body";
  }
}

// The body of each row; a row without one does not compile.
void execute(SmallOps& o, const Insn& i) {
  switch (i.op) {
#define INSN(name, pattern, format, ext, cls, lowering, section) \
  case Op::name:                                                 \
    return execute_row<Op::name>(o, i);
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
    default: FAIL() << info(i.op).name << " is compressed";
  }
}

Insn insn(Op op, uint8_t rd, uint8_t rs1, uint8_t rs2, int32_t imm = 0) {
  Insn i;
  i.op = i.row = op;
  i.rd = rd;
  i.rs1 = rs1;
  i.rs2 = rs2;
  i.imm = imm;
  return i;
}

uint64_t binary(Op op, uint64_t a, uint64_t b) {
  SmallOps o;
  o.registers[1] = a;
  o.registers[2] = b;
  execute(o, insn(op, 3, 1, 2));
  return o.registers[3];
}

uint64_t immediate(Op op, uint64_t a, int32_t imm) {
  SmallOps o;
  o.registers[1] = a;
  execute(o, insn(op, 3, 1, 0, imm));
  return o.registers[3];
}

constexpr uint64_t kMin = uint64_t{1} << 63;
constexpr uint64_t kOnes = ~uint64_t{0};

TEST(Bodies, IntegerComputation) {
  EXPECT_EQ(immediate(Op::addi, 5, -6), kOnes);
  EXPECT_EQ(immediate(Op::slti, kOnes, 0), 1u);
  EXPECT_EQ(immediate(Op::sltiu, 0, -1), 1u) << "the immediate is sign-extended, then unsigned";
  EXPECT_EQ(immediate(Op::xori, 0xf0, -1), ~uint64_t{0xf0});
  EXPECT_EQ(immediate(Op::ori, 0xf0, 0x0f), 0xffu);
  EXPECT_EQ(immediate(Op::andi, 0xff, 0x3c), 0x3cu);
  EXPECT_EQ(immediate(Op::slli, 3, 63), kMin);
  EXPECT_EQ(immediate(Op::srli, kMin, 63), 1u);
  EXPECT_EQ(immediate(Op::srai, kMin, 63), kOnes);
  EXPECT_EQ(immediate(Op::lui, 0, INT32_MIN), 0xffffffff80000000u);
  EXPECT_EQ(immediate(Op::auipc, 0, 0x1000), SmallOps::kPc + 0x1000);
  EXPECT_EQ(binary(Op::add, kOnes, 2), 1u);
  EXPECT_EQ(binary(Op::sub, 1, 2), kOnes);
  EXPECT_EQ(binary(Op::sll, 1, 64 + 3), 8u);
  EXPECT_EQ(binary(Op::srl, kMin, 64 + 63), 1u);
  EXPECT_EQ(binary(Op::sra, kMin, 1), 0xc000000000000000u);
  EXPECT_EQ(binary(Op::slt, kMin, 0), 1u);
  EXPECT_EQ(binary(Op::sltu, kMin, 0), 0u);
  EXPECT_EQ(binary(Op::xor_, 6, 3), 5u);
  EXPECT_EQ(binary(Op::or_, 6, 3), 7u);
  EXPECT_EQ(binary(Op::and_, 6, 3), 2u);
}

TEST(Bodies, WordComputationIsSignExtended) {
  EXPECT_EQ(immediate(Op::addiw, 0x7fffffff, 1), 0xffffffff80000000u);
  EXPECT_EQ(immediate(Op::slliw, 1, 31), 0xffffffff80000000u);
  EXPECT_EQ(immediate(Op::srliw, 0xffffffff80000000u, 31), 1u);
  EXPECT_EQ(immediate(Op::sraiw, 0x80000000u, 31), kOnes);
  EXPECT_EQ(binary(Op::addw, 0xffffffff, 1), 0u);
  EXPECT_EQ(binary(Op::subw, 0, 0x80000000), 0xffffffff80000000u);
  EXPECT_EQ(binary(Op::sllw, 3, 31), 0xffffffff80000000u);
  EXPECT_EQ(binary(Op::srlw, 0xf80000000u, 32 + 1), 0x40000000u);
  EXPECT_EQ(binary(Op::sraw, 0x80000000u, 1), 0xffffffffc0000000u);
  EXPECT_EQ(binary(Op::mulw, 0x10000, 0x8000), 0xffffffff80000000u);
}

TEST(Bodies, LoadsExtendAndStoresTruncate) {
  SmallOps o;
  o.registers[1] = 16;
  o.registers[2] = 0x8182838485868788;
  execute(o, insn(Op::sd, 0, 1, 2, -8));
  const auto loaded = [&o](Op op) {
    execute(o, insn(op, 3, 1, 0, -8));
    return o.registers[3];
  };
  EXPECT_EQ(loaded(Op::ld), 0x8182838485868788u);
  EXPECT_EQ(loaded(Op::lb), 0xffffffffffffff88u);
  EXPECT_EQ(loaded(Op::lh), 0xffffffffffff8788u);
  EXPECT_EQ(loaded(Op::lw), 0xffffffff85868788u);
  EXPECT_EQ(loaded(Op::lbu), 0x88u);
  EXPECT_EQ(loaded(Op::lhu), 0x8788u);
  EXPECT_EQ(loaded(Op::lwu), 0x85868788u);
  o.registers[2] = 0;
  execute(o, insn(Op::sb, 0, 1, 2, -8));
  EXPECT_EQ(loaded(Op::ld), 0x8182838485868700u);
  execute(o, insn(Op::sh, 0, 1, 2, -8));
  EXPECT_EQ(loaded(Op::ld), 0x8182838485860000u);
  execute(o, insn(Op::sw, 0, 1, 2, -8));
  EXPECT_EQ(loaded(Op::ld), 0x8182838400000000u);
}

uint64_t branch_target(Op op, uint64_t a, uint64_t b) {
  SmallOps o;
  o.registers[1] = a;
  o.registers[2] = b;
  execute(o, insn(op, 0, 1, 2, -16));
  return o.next - SmallOps::kPc;
}

TEST(Bodies, Branches) {
  constexpr uint64_t kTaken = static_cast<uint64_t>(-16), kNot = 4;
  EXPECT_EQ(branch_target(Op::beq, 1, 1), kTaken);
  EXPECT_EQ(branch_target(Op::beq, 1, 2), kNot);
  EXPECT_EQ(branch_target(Op::bne, 1, 2), kTaken);
  EXPECT_EQ(branch_target(Op::bne, 1, 1), kNot);
  EXPECT_EQ(branch_target(Op::blt, kOnes, 0), kTaken);
  EXPECT_EQ(branch_target(Op::bltu, kOnes, 0), kNot);
  EXPECT_EQ(branch_target(Op::bge, kOnes, 0), kNot);
  EXPECT_EQ(branch_target(Op::bge, 0, 0), kTaken);
  EXPECT_EQ(branch_target(Op::bgeu, kOnes, 0), kTaken);
}

TEST(Bodies, JumpsLink) {
  SmallOps o;
  execute(o, insn(Op::jal, 1, 0, 0, 32));
  EXPECT_EQ(o.next, SmallOps::kPc + 32);
  EXPECT_EQ(o.registers[1], SmallOps::kPc + 4);
  o.registers[1] = 0x1001;
  execute(o, insn(Op::jalr, 1, 1, 0, 4));
  EXPECT_EQ(o.next, 0x1004u) << "the lowest bit is cleared, and rs1 read before rd is written";
  EXPECT_EQ(o.registers[1], SmallOps::kPc + 4);
}

TEST(Bodies, AtomicMemoryOperations) {
  const auto result = [](Op op, uint64_t memory, uint64_t operand, uint64_t& old) {
    SmallOps o;
    o.registers[1] = 8;
    o.registers[2] = operand;
    o.store<uint64_t>({8}, {memory});
    execute(o, insn(op, 3, 1, 2));
    old = o.registers[3];
    return o.read<uint64_t>({8});
  };
  uint64_t old = 0;
  EXPECT_EQ(result(Op::amoadd_w, 0x1'ffffffff, 2, old), 0x1'00000001u);
  EXPECT_EQ(old, kOnes);
  EXPECT_EQ(result(Op::amoswap_d, 1, 2, old), 2u);
  EXPECT_EQ(result(Op::amoxor_d, 6, 3, old), 5u);
  EXPECT_EQ(result(Op::amoand_d, 6, 3, old), 2u);
  EXPECT_EQ(result(Op::amoor_d, 6, 3, old), 7u);
  EXPECT_EQ(result(Op::amomin_w, 1, 0xffffffff, old), 0xffffffffu);
  EXPECT_EQ(result(Op::amominu_w, 1, 0xffffffff, old), 1u);
  EXPECT_EQ(result(Op::amomax_w, 1, 0xffffffff, old), 1u);
  EXPECT_EQ(result(Op::amomaxu_w, 1, 0xffffffff, old), 0xffffffffu);
  EXPECT_EQ(result(Op::amomin_d, 1, kMin, old), kMin);
  EXPECT_EQ(result(Op::amomaxu_d, 1, kMin, old), kMin);
}

TEST(Bodies, StoreConditionalNeedsItsReservation) {
  SmallOps o;
  o.registers[1] = 8;
  o.registers[2] = 5;
  execute(o, insn(Op::sc_w, 3, 1, 2));
  EXPECT_EQ(o.registers[3], 1u);
  execute(o, insn(Op::lr_w, 3, 1, 0));
  EXPECT_EQ(o.fenced, -1);
  execute(o, insn(Op::sc_w, 3, 1, 2));
  EXPECT_EQ(o.registers[3], 0u);
  EXPECT_EQ(o.read<uint32_t>({8}), 5u);
  execute(o, insn(Op::lr_d, 3, 1, 0, 1));
  EXPECT_EQ(o.fenced, 0x33) << "LR with rl follows a fence";
}

TEST(Bodies, CompareAndSwap) {
  SmallOps o;
  o.registers[1] = 16;
  o.registers[4] = 7;  // expected
  o.registers[5] = 1;
  o.registers[6] = 9;  // desired
  o.registers[7] = 2;
  execute(o, insn(Op::amocas_w, 4, 1, 6));
  EXPECT_EQ(o.registers[4], 0u) << "not equal: only the old value";
  EXPECT_EQ(o.read<uint64_t>({16}), 0u);
  execute(o, insn(Op::amocas_w, 4, 1, 6));
  EXPECT_EQ(o.read<uint64_t>({16}), 9u);

  o.store<uint64_t>({24}, {1});
  o.registers[4] = 9;
  execute(o, insn(Op::amocas_q, 4, 1, 6));
  EXPECT_EQ(o.read<uint64_t>({24}), 2u);
  EXPECT_EQ(o.registers[4], 9u);
  EXPECT_EQ(o.registers[5], 1u);

  // x0 as a pair is zero, and x1 is not touched.
  o.store<uint64_t>({16}, {0});
  o.store<uint64_t>({24}, {0});
  execute(o, insn(Op::amocas_q, 0, 1, 6));
  EXPECT_EQ(o.read<uint64_t>({16}), 9u);
  EXPECT_EQ(o.registers[1], 16u);
  o.registers[4] = 9;
  o.registers[5] = 2;
  execute(o, insn(Op::amocas_q, 4, 1, 0));
  EXPECT_EQ(o.read<uint64_t>({16}), 0u);
  EXPECT_EQ(o.read<uint64_t>({24}), 0u);
}

TEST(Bodies, AddressGeneration) {
  EXPECT_EQ(binary(Op::add_uw, kOnes, 1), 0x100000000u);
  EXPECT_EQ(binary(Op::sh1add, 5, 1), 11u);
  EXPECT_EQ(binary(Op::sh2add, 5, 1), 21u);
  EXPECT_EQ(binary(Op::sh3add, 5, 1), 41u);
  EXPECT_EQ(binary(Op::sh1add_uw, kOnes, 1), 0x1ffffffffu);
  EXPECT_EQ(binary(Op::sh2add_uw, kOnes, 1), 0x3fffffffdu);
  EXPECT_EQ(binary(Op::sh3add_uw, kOnes, 1), 0x7fffffff9u);
  EXPECT_EQ(immediate(Op::slli_uw, kOnes, 32), 0xffffffff00000000u);
}

TEST(Bodies, BasicBitManipulation) {
  EXPECT_EQ(binary(Op::andn, 7, 2), 5u);
  EXPECT_EQ(binary(Op::orn, 0, 1), ~uint64_t{1});
  EXPECT_EQ(binary(Op::xnor, 5, 3), ~uint64_t{6});
  EXPECT_EQ(immediate(Op::clz, 0, 0), 64u);
  EXPECT_EQ(immediate(Op::ctz, 0, 0), 64u);
  EXPECT_EQ(immediate(Op::clzw, kMin, 0), 32u);
  EXPECT_EQ(immediate(Op::ctzw, kMin, 0), 32u);
  EXPECT_EQ(immediate(Op::cpop, kOnes, 0), 64u);
  EXPECT_EQ(immediate(Op::cpopw, kOnes, 0), 32u);
  EXPECT_EQ(binary(Op::min, kMin, 1), kMin);
  EXPECT_EQ(binary(Op::minu, kMin, 1), 1u);
  EXPECT_EQ(binary(Op::max, kMin, 1), 1u);
  EXPECT_EQ(binary(Op::maxu, kMin, 1), kMin);
  EXPECT_EQ(immediate(Op::sext_b, 0x80, 0), 0xffffffffffffff80u);
  EXPECT_EQ(immediate(Op::sext_h, 0x8000, 0), 0xffffffffffff8000u);
  EXPECT_EQ(immediate(Op::zext_h, kOnes, 0), 0xffffu);
  EXPECT_EQ(binary(Op::rol, kMin, 65), 1u);
  EXPECT_EQ(binary(Op::ror, 1, 65), kMin);
  EXPECT_EQ(immediate(Op::rori, 1, 1), kMin);
  EXPECT_EQ(binary(Op::rolw, 0x40000000, 33), 0xffffffff80000000u);
  EXPECT_EQ(binary(Op::rorw, 1, 33), 0xffffffff80000000u);
  EXPECT_EQ(immediate(Op::roriw, 1, 1), 0xffffffff80000000u);
  EXPECT_EQ(immediate(Op::orc_b, 0x8000010000100001, 0), 0xff00ff0000ff00ffu);
  EXPECT_EQ(immediate(Op::rev8, 0x0102030405060708, 0), 0x0807060504030201u);
  EXPECT_EQ(immediate(Op::brev8, 0x0102030405060780, 0), 0x8040c020a060e001u);
}

TEST(Bodies, PackAndPermute) {
  EXPECT_EQ(binary(Op::pack, 0x1111111122222222, 0x3333333344444444), 0x4444444422222222u);
  EXPECT_EQ(binary(Op::packh, 0x1234, 0x5678), 0x7834u);
  EXPECT_EQ(binary(Op::packw, 0x12345678, 0x00009abc), 0xffffffff9abc5678u);
  EXPECT_EQ(binary(Op::xperm8, 0x0807060504030201, 0x00010203070809ff), 0x0102030408000000u);
  EXPECT_EQ(binary(Op::xperm4, 0xfedcba9876543210, 0x0123456789abcdef), 0x0123456789abcdefu);
  EXPECT_EQ(binary(Op::xperm4, 0x1111111111111112, 0xf), 0x2222222222222221u);
}

TEST(Bodies, SingleBits) {
  EXPECT_EQ(binary(Op::bclr, kOnes, 64 + 3), ~uint64_t{8});
  EXPECT_EQ(binary(Op::bext, 8, 64 + 3), 1u);
  EXPECT_EQ(binary(Op::binv, 8, 64 + 3), 0u);
  EXPECT_EQ(binary(Op::bset, 0, 64 + 63), kMin);
  EXPECT_EQ(immediate(Op::bclri, kOnes, 63), ~kMin);
  EXPECT_EQ(immediate(Op::bexti, kMin, 63), 1u);
  EXPECT_EQ(immediate(Op::binvi, 0, 63), kMin);
  EXPECT_EQ(immediate(Op::bseti, 0, 63), kMin);
}

TEST(Bodies, ConditionalZero) {
  EXPECT_EQ(binary(Op::czero_eqz, 5, 0), 0u);
  EXPECT_EQ(binary(Op::czero_eqz, 5, kMin), 5u);
  EXPECT_EQ(binary(Op::czero_nez, 5, 0), 5u);
  EXPECT_EQ(binary(Op::czero_nez, 5, kMin), 0u);
}

TEST(Bodies, HintsChangeNothing) {
  for (const Op op : {Op::pause, Op::ntl_p1, Op::ntl_pall, Op::ntl_s1, Op::ntl_all, Op::prefetch_i,
                      Op::prefetch_r, Op::prefetch_w}) {
    SmallOps o;
    o.registers[1] = ~uint64_t{0};
    const SmallOps before = o;
    execute(o, insn(op, 0, 1, 0, 32));
    EXPECT_EQ(o.registers, before.registers);
    EXPECT_EQ(o.memory, before.memory);
    EXPECT_EQ(o.next, before.next);
  }
}

}  // namespace
}  // namespace rvx::isa
