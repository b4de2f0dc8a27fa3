// The arithmetic of Ops on host integers, as RISC-V defines it; HostOps derives from it.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/isa/ops.hpp"

namespace rvx::isa {

// Carry-less product, low or high 64 bits of the 127. In host_arithmetic.cpp, for PCLMULQDQ where
// the host has it.
// Whether this host has an instruction for them: the x86-64 level that rvx is built for does not include PCLMULQDQ.
[[nodiscard]] bool has_carryless_multiply() noexcept;
[[nodiscard]] uint64_t carryless_low(uint64_t a, uint64_t b) noexcept;
[[nodiscard]] uint64_t carryless_high(uint64_t a, uint64_t b) noexcept;

struct HostArithmetic {
  // No conversion to bool or to an integer: what bodies may do with it, IrOps can record.
  struct Value {
    uint64_t raw;
  };

  [[nodiscard]] static constexpr uint64_t bits(Value v) noexcept { return v.raw; }

  // Wrapping
  static constexpr Value add(Value a, Value b) noexcept { return {a.raw + b.raw}; }
  static constexpr Value sub(Value a, Value b) noexcept { return {a.raw - b.raw}; }
  static constexpr Value mul(Value a, Value b) noexcept { return {a.raw * b.raw}; }
  static constexpr Value mulh(Value a, Value b) noexcept { return high(Int128{s(a)} * s(b)); }
  static constexpr Value mulhsu(Value a, Value b) noexcept {
    return high(Int128{s(a)} * static_cast<Int128>(b.raw));
  }
  static constexpr Value mulhu(Value a, Value b) noexcept {
    return {static_cast<uint64_t>(Uint128{a.raw} * b.raw >> 64)};
  }

  // M, "Division Operations": nothing traps; division by zero gives -1 and the dividend, overflow
  // the dividend and 0.
  static constexpr Value div(Value a, Value b) noexcept { return from(divide(s(a), s(b))); }
  static constexpr Value divu(Value a, Value b) noexcept { return from(divide(a.raw, b.raw)); }
  static constexpr Value rem(Value a, Value b) noexcept { return from(remainder(s(a), s(b))); }
  static constexpr Value remu(Value a, Value b) noexcept { return from(remainder(a.raw, b.raw)); }
  static constexpr Value divw(Value a, Value b) noexcept { return from(divide(s32(a), s32(b))); }
  static constexpr Value divuw(Value a, Value b) noexcept { return from(divide(u32(a), u32(b))); }
  static constexpr Value remw(Value a, Value b) noexcept { return from(remainder(s32(a), s32(b))); }
  static constexpr Value remuw(Value a, Value b) noexcept {
    return from(remainder(u32(a), u32(b)));
  }

  static constexpr Value and_(Value a, Value b) noexcept { return {a.raw & b.raw}; }
  static constexpr Value or_(Value a, Value b) noexcept { return {a.raw | b.raw}; }
  static constexpr Value xor_(Value a, Value b) noexcept { return {a.raw ^ b.raw}; }
  static constexpr Value not_(Value a) noexcept { return {~a.raw}; }

  static constexpr Value shl(Value a, Value n) noexcept { return {a.raw << (n.raw & 63)}; }
  static constexpr Value shr(Value a, Value n) noexcept { return {a.raw >> (n.raw & 63)}; }
  static constexpr Value sar(Value a, Value n) noexcept { return from(s(a) >> (n.raw & 63)); }
  static constexpr Value shlw(Value a, Value n) noexcept { return from(u32(a) << (n.raw & 31)); }
  static constexpr Value shrw(Value a, Value n) noexcept { return from(u32(a) >> (n.raw & 31)); }
  static constexpr Value sarw(Value a, Value n) noexcept { return from(s32(a) >> (n.raw & 31)); }

  static constexpr Value rotl(Value a, Value n) noexcept {
    return {std::rotl(a.raw, static_cast<int>(n.raw & 63))};
  }
  static constexpr Value rotr(Value a, Value n) noexcept {
    return {std::rotr(a.raw, static_cast<int>(n.raw & 63))};
  }
  static constexpr Value rolw(Value a, Value n) noexcept {
    return from(std::rotl(u32(a), static_cast<int>(n.raw & 31)));
  }
  static constexpr Value rorw(Value a, Value n) noexcept {
    return from(std::rotr(u32(a), static_cast<int>(n.raw & 31)));
  }

  static constexpr Value sext8(Value a) noexcept { return from(static_cast<int8_t>(a.raw)); }
  static constexpr Value sext16(Value a) noexcept { return from(static_cast<int16_t>(a.raw)); }
  static constexpr Value sext32(Value a) noexcept { return from(s32(a)); }
  static constexpr Value zext8(Value a) noexcept { return {a.raw & 0xff}; }
  static constexpr Value zext16(Value a) noexcept { return {a.raw & 0xffff}; }
  static constexpr Value zext32(Value a) noexcept { return {u32(a)}; }

  // Of zero the counts are 64 and 32.
  static constexpr Value clz(Value a) noexcept { return count(std::countl_zero(a.raw)); }
  static constexpr Value ctz(Value a) noexcept { return count(std::countr_zero(a.raw)); }
  static constexpr Value cpop(Value a) noexcept { return count(std::popcount(a.raw)); }
  static constexpr Value clzw(Value a) noexcept { return count(std::countl_zero(u32(a))); }
  static constexpr Value ctzw(Value a) noexcept { return count(std::countr_zero(u32(a))); }
  static constexpr Value cpopw(Value a) noexcept { return count(std::popcount(u32(a))); }

  static constexpr Value bswap(Value a) noexcept { return {__builtin_bswap64(a.raw)}; }
  // 0xff in each byte that has a bit set
  static constexpr Value orc_b(Value a) noexcept {
    constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
    const uint64_t top = (((a.raw & kLow7) + kLow7) | a.raw) & ~kLow7;
    return {(top << 1) - (top >> 7)};
  }
  // The bits of each byte reversed
  static constexpr Value brev8(Value a) noexcept {
    uint64_t v = a.raw;
    v = (v >> 1 & 0x5555555555555555) | (v & 0x5555555555555555) << 1;
    v = (v >> 2 & 0x3333333333333333) | (v & 0x3333333333333333) << 2;
    v = (v >> 4 & 0x0f0f0f0f0f0f0f0f) | (v & 0x0f0f0f0f0f0f0f0f) << 4;
    return {v};
  }

  // Bits 63:0, 127:64 and 126:63 of the carry-less product
  static Value clmul(Value a, Value b) noexcept { return {carryless_low(a.raw, b.raw)}; }
  static Value clmulh(Value a, Value b) noexcept { return {carryless_high(a.raw, b.raw)}; }
  static Value clmulr(Value a, Value b) noexcept {
    return {carryless_high(a.raw, b.raw) << 1 | carryless_low(a.raw, b.raw) >> 63};
  }

  static constexpr Value eq(Value a, Value b) noexcept { return {uint64_t{a.raw == b.raw}}; }
  static constexpr Value ne(Value a, Value b) noexcept { return {uint64_t{a.raw != b.raw}}; }
  static constexpr Value lt(Value a, Value b) noexcept { return {uint64_t{s(a) < s(b)}}; }
  static constexpr Value ge(Value a, Value b) noexcept { return {uint64_t{s(a) >= s(b)}}; }
  static constexpr Value ltu(Value a, Value b) noexcept { return {uint64_t{a.raw < b.raw}}; }
  static constexpr Value geu(Value a, Value b) noexcept { return {uint64_t{a.raw >= b.raw}}; }

  static constexpr Value select(Value condition, Value when_nonzero, Value when_zero) noexcept {
    return condition.raw != 0 ? when_nonzero : when_zero;
  }

 private:
  __extension__ using Int128 = __int128;
  __extension__ using Uint128 = unsigned __int128;

  static constexpr int64_t s(Value v) noexcept { return static_cast<int64_t>(v.raw); }
  static constexpr uint32_t u32(Value v) noexcept { return static_cast<uint32_t>(v.raw); }
  static constexpr int32_t s32(Value v) noexcept { return static_cast<int32_t>(v.raw); }
  static constexpr Value high(Int128 v) noexcept { return {static_cast<uint64_t>(v >> 64)}; }
  static constexpr Value count(int n) noexcept { return {static_cast<uint64_t>(n)}; }

  // Sign-extends what is narrower than 64 bits, whatever its type.
  template <class T>
  static constexpr Value from(T v) noexcept {
    return {static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<T>>(v)))};
  }

  // The host’s division traps on both exceptions.
  template <class T>
  static constexpr bool overflows(T a, T b) noexcept {
    return std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1);
  }
  template <class T>
  static constexpr T divide(T a, T b) noexcept {
    if (b == 0) return static_cast<T>(-1);
    return overflows(a, b) ? a : a / b;
  }
  template <class T>
  static constexpr T remainder(T a, T b) noexcept {
    if (b == 0) return a;
    return overflows(a, b) ? 0 : a % b;
  }
};

// What an AMO on a T, int32_t or int64_t, stores.
template <class T>
[[nodiscard]] constexpr T amo_result(AmoOp op, T old, T operand) noexcept {
  using U = std::make_unsigned_t<T>;
  const auto a = static_cast<U>(old);
  const auto b = static_cast<U>(operand);
  switch (op) {
    case AmoOp::kSwap: return operand;
    case AmoOp::kAdd: return static_cast<T>(a + b);
    case AmoOp::kXor: return static_cast<T>(a ^ b);
    case AmoOp::kAnd: return static_cast<T>(a & b);
    case AmoOp::kOr: return static_cast<T>(a | b);
    case AmoOp::kMin: return old < operand ? old : operand;
    case AmoOp::kMax: return old < operand ? operand : old;
    case AmoOp::kMinu: return a < b ? old : operand;
    case AmoOp::kMaxu: return a < b ? operand : old;
  }
  return operand;
}

}  // namespace rvx::isa
