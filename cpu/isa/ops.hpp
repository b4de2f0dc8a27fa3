// The Ops concept: what a semantic body may do. Bodies are written once against it and compiled into
// the interpreter (HostOps) and recorded by the JIT (IrOps).
#pragma once

#include <concepts>
#include <cstdint>

namespace rvx::isa {

// What an AMO stores: a function of the old value and the operand.
enum class AmoOp : uint8_t { kSwap, kAdd, kXor, kAnd, kOr, kMin, kMax, kMinu, kMaxu };

// A body is `template <class O, class I> void name(O& o, const I& i)`: it reads operands from `i`
// (members rd, rs1, rs2 and imm as in isa::Insn) and does everything else through `o`. A value is
// O::Value, XLEN bits; it does not convert to bool, so that host code cannot branch on guest data.
// What `i` holds is no guest data: a body may branch on it.
//
//   registers   x(n), set_x(n, v), pc() the address of this instruction
//   constants   imm(int64)
//   arithmetic  add sub mul mulh mulhu mulhsu div divu rem remu    (wrapping; div and rem as the M extension says)
//               and_ or_ xor_ not_ shl shr sar                     (amounts modulo XLEN)
//   32 bits     sext32 zext32 divw divuw remw remuw shlw shrw sarw  (results sign-extended from bit 31)
//   narrow      sext8 sext16 zext8 zext16
//   bits        clz ctz cpop clzw ctzw cpopw bswap orc_b brev8 clmul clmulh clmulr rotl rotr rolw rorw
//   compare     eq ne lt ltu ge geu                                (0 or 1)
//   choice      select(condition, when_nonzero, when_zero)
//   memory      load<T>(address, [&](Value v) {...})   T decides size and extension; the tail runs
//               only when the access succeeded
//               store<T>(address, value)
//               fence(imm)                  imm as in isa::Insn
//   atomics     all are sequentially consistent; T is int32_t or int64_t, tails as for load
//               load_reserved<T>(address, [&](Value v) {...})
//               store_conditional<T>(address, value, [&](Value failed) {...})     0 or 1
//               amo<T>(AmoOp, address, operand, [&](Value old) {...})
//               amo_cas<T>(address, expected, desired, [&](Value old) {...})
//               amo_cas_pair(address, expected, expected_high, desired, desired_high,
//                            [&](Value old, Value old_high) {...})                128 bits
//   control     branch(condition, offset)   relative to this instruction
//               jump(rd, offset)            direct, with the link register given
//               jump_to(rd, target)         indirect
template <class O>
concept Ops = requires(O& o, typename O::Value v, unsigned n, int64_t k) {
  { o.x(n) } -> std::same_as<typename O::Value>;
  o.set_x(n, v);
  { o.imm(k) } -> std::same_as<typename O::Value>;
  { o.pc() } -> std::same_as<typename O::Value>;
  { o.add(v, v) } -> std::same_as<typename O::Value>;
  { o.lt(v, v) } -> std::same_as<typename O::Value>;
  { o.select(v, v, v) } -> std::same_as<typename O::Value>;
  o.template store<uint8_t>(v, v);
  o.branch(v, k);
};

}  // namespace rvx::isa
