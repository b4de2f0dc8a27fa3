// HostArithmetic against wide integers and loops over bits, for all pairs of edge values.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "cpu/isa/host_arithmetic.hpp"

namespace rvx::isa {
namespace {

using A = HostArithmetic;
__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

std::vector<uint64_t> edge_values() {
  std::vector<uint64_t> values = {0,
                                  1,
                                  2,
                                  3,
                                  5,
                                  7,
                                  0x0123456789abcdef,
                                  0x8040201008040201,
                                  0x5555555555555555,
                                  0x00ff00ff00ff00ff,
                                  0xdeadbeefcafef00d,
                                  0x0100000000000080,
                                  0x0001000100010001};
  for (const unsigned bit : {7, 8, 15, 16, 31, 32, 33, 62, 63}) {
    const uint64_t power = uint64_t{1} << bit;
    values.insert(values.end(), {power, power - 1, power + 1, ~power, 0 - power});
  }
  values.insert(values.end(), {~uint64_t{0}, ~uint64_t{1}, 0xffffffff80000000, 0xffffffff7fffffff});
  return values;
}

// The value of `bits` low bits, with its sign or without.
Wide low(uint64_t value, unsigned bits, bool is_signed) {
  UnsignedWide v = bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
  if (is_signed && (v >> (bits - 1) & 1)) return static_cast<Wide>(v) - (Wide{1} << bits);
  return static_cast<Wide>(v);
}
uint64_t truncated(Wide v) { return static_cast<uint64_t>(v); }
uint64_t word(Wide v) { return truncated(low(truncated(v), 32, true)); }

template <class Check>
void for_edge_pairs(Check check) {
  for (const uint64_t a : edge_values()) {
    for (const uint64_t b : edge_values()) {
      SCOPED_TRACE(testing::Message() << std::hex << a << ", " << b);
      check(a, b);
    }
  }
}

#define EXPECT_BITS(call, expected) EXPECT_EQ((call).raw, (expected)) << #call

TEST(HostArithmetic, Products) {
  for_edge_pairs([](uint64_t a, uint64_t b) {
    const Wide sa = low(a, 64, true), sb = low(b, 64, true);
    const auto ua = static_cast<UnsignedWide>(a), ub = static_cast<UnsignedWide>(b);
    EXPECT_BITS(A::add({a}, {b}), truncated(sa + sb));
    EXPECT_BITS(A::sub({a}, {b}), truncated(sa - sb));
    EXPECT_BITS(A::mul({a}, {b}), static_cast<uint64_t>(ua * ub));
    EXPECT_BITS(A::mulhu({a}, {b}), static_cast<uint64_t>((ua * ub) >> 64));
    EXPECT_BITS(A::mulh({a}, {b}), truncated((sa * sb) >> 64));
    // The signed-by-unsigned product as magnitude and sign: it fits in 128 bits.
    const UnsignedWide magnitude = static_cast<UnsignedWide>(sa < 0 ? -sa : sa) * ub;
    const UnsignedWide product = sa < 0 ? ~magnitude + 1 : magnitude;
    EXPECT_BITS(A::mulhsu({a}, {b}), static_cast<uint64_t>(product >> 64));
  });
}

// M, "Division Operations", its table of results on division by zero and overflow
TEST(HostArithmetic, Quotients) {
  const auto quotient = [](Wide a, Wide b) { return b == 0 ? Wide{-1} : a / b; };
  const auto remainder = [](Wide a, Wide b) { return b == 0 ? a : a % b; };
  for_edge_pairs([&](uint64_t a, uint64_t b) {
    const Wide sa = low(a, 64, true), sb = low(b, 64, true), ua = low(a, 64, false),
               ub = low(b, 64, false);
    EXPECT_BITS(A::div({a}, {b}), truncated(quotient(sa, sb)));
    EXPECT_BITS(A::rem({a}, {b}), truncated(remainder(sa, sb)));
    EXPECT_BITS(A::divu({a}, {b}), truncated(quotient(ua, ub)));
    EXPECT_BITS(A::remu({a}, {b}), truncated(remainder(ua, ub)));
    const Wide sa32 = low(a, 32, true), sb32 = low(b, 32, true), ua32 = low(a, 32, false),
               ub32 = low(b, 32, false);
    EXPECT_BITS(A::divw({a}, {b}), word(quotient(sa32, sb32)));
    EXPECT_BITS(A::remw({a}, {b}), word(remainder(sa32, sb32)));
    EXPECT_BITS(A::divuw({a}, {b}), word(quotient(ua32, ub32)));
    EXPECT_BITS(A::remuw({a}, {b}), word(remainder(ua32, ub32)));
  });
}

TEST(HostArithmetic, SpecialQuotientsByTheManual) {
  constexpr uint64_t kMin = uint64_t{1} << 63, kMinusOne = ~uint64_t{0}, kMinW = 0xffffffff80000000;
  EXPECT_BITS(A::div({7}, {0}), kMinusOne);
  EXPECT_BITS(A::divu({7}, {0}), kMinusOne);
  EXPECT_BITS(A::rem({7}, {0}), 7u);
  EXPECT_BITS(A::remu({7}, {0}), 7u);
  EXPECT_BITS(A::div({kMin}, {kMinusOne}), kMin);
  EXPECT_BITS(A::rem({kMin}, {kMinusOne}), 0u);
  EXPECT_BITS(A::divw({kMinW}, {kMinusOne}), kMinW);
  EXPECT_BITS(A::remw({kMinW}, {kMinusOne}), 0u);
  EXPECT_BITS(A::divuw({7}, {0}), kMinusOne) << "2**32 - 1, sign-extended";
  EXPECT_BITS(A::remuw({0x80000000}, {0}), kMinW) << "the dividend, sign-extended";
}

TEST(HostArithmetic, ShiftsAndRotations) {
  for (const uint64_t a : edge_values()) {
    for (uint64_t n = 0; n < 130; ++n) {
      SCOPED_TRACE(testing::Message() << std::hex << a << " by " << n);
      uint64_t shl = a, shr = a, rotl = a, rotr = a;
      Wide sar = low(a, 64, true);
      for (uint64_t i = 0; i < n % 64; ++i) {
        shl <<= 1;
        shr >>= 1;
        sar >>= 1;
        rotl = rotl << 1 | rotl >> 63;
        rotr = rotr >> 1 | rotr << 63;
      }
      EXPECT_BITS(A::shl({a}, {n}), shl);
      EXPECT_BITS(A::shr({a}, {n}), shr);
      EXPECT_BITS(A::sar({a}, {n}), truncated(sar));
      EXPECT_BITS(A::rotl({a}, {n}), rotl);
      EXPECT_BITS(A::rotr({a}, {n}), rotr);
      uint32_t shlw = static_cast<uint32_t>(a), shrw = shlw, rolw = shlw, rorw = shlw;
      Wide sarw = low(a, 32, true);
      for (uint64_t i = 0; i < n % 32; ++i) {
        shlw <<= 1;
        shrw >>= 1;
        sarw >>= 1;
        rolw = rolw << 1 | rolw >> 31;
        rorw = rorw >> 1 | rorw << 31;
      }
      EXPECT_BITS(A::shlw({a}, {n}), word(shlw));
      EXPECT_BITS(A::shrw({a}, {n}), word(shrw));
      EXPECT_BITS(A::sarw({a}, {n}), word(sarw));
      EXPECT_BITS(A::rolw({a}, {n}), word(rolw));
      EXPECT_BITS(A::rorw({a}, {n}), word(rorw));
    }
  }
}

TEST(HostArithmetic, Comparisons) {
  for_edge_pairs([](uint64_t a, uint64_t b) {
    const Wide sa = low(a, 64, true), sb = low(b, 64, true);
    EXPECT_BITS(A::eq({a}, {b}), uint64_t{a == b});
    EXPECT_BITS(A::ne({a}, {b}), uint64_t{a != b});
    EXPECT_BITS(A::lt({a}, {b}), uint64_t{sa < sb});
    EXPECT_BITS(A::ge({a}, {b}), uint64_t{sa >= sb});
    EXPECT_BITS(A::ltu({a}, {b}), uint64_t{a < b});
    EXPECT_BITS(A::geu({a}, {b}), uint64_t{a >= b});
    EXPECT_BITS(A::select({a}, {1}, {2}), a != 0 ? 1u : 2u);
  });
}

TEST(HostArithmetic, Extensions) {
  for (const uint64_t a : edge_values()) {
    EXPECT_BITS(A::sext8({a}), truncated(low(a, 8, true)));
    EXPECT_BITS(A::sext16({a}), truncated(low(a, 16, true)));
    EXPECT_BITS(A::sext32({a}), truncated(low(a, 32, true)));
    EXPECT_BITS(A::zext8({a}), truncated(low(a, 8, false)));
    EXPECT_BITS(A::zext16({a}), truncated(low(a, 16, false)));
    EXPECT_BITS(A::zext32({a}), truncated(low(a, 32, false)));
  }
}

bool bit(uint64_t value, unsigned index) { return (value >> index & 1) != 0; }

TEST(HostArithmetic, BitsAndBytes) {
  for (const uint64_t a : edge_values()) {
    SCOPED_TRACE(testing::Message() << std::hex << a);
    for (const unsigned width : {64u, 32u}) {
      uint64_t leading = 0, trailing = 0, ones = 0;
      while (leading < width && !bit(a, width - 1 - static_cast<unsigned>(leading))) ++leading;
      while (trailing < width && !bit(a, static_cast<unsigned>(trailing))) ++trailing;
      for (unsigned i = 0; i < width; ++i) ones += bit(a, i);
      EXPECT_BITS(width == 64 ? A::clz({a}) : A::clzw({a}), leading);
      EXPECT_BITS(width == 64 ? A::ctz({a}) : A::ctzw({a}), trailing);
      EXPECT_BITS(width == 64 ? A::cpop({a}) : A::cpopw({a}), ones);
    }
    uint64_t swapped = 0, combined = 0, reversed = 0;
    for (unsigned byte = 0; byte < 8; ++byte) {
      const uint64_t value = a >> (8 * byte) & 0xff;
      swapped |= value << (56 - 8 * byte);
      combined |= (value != 0 ? uint64_t{0xff} : 0) << (8 * byte);
      for (unsigned i = 0; i < 8; ++i) reversed |= uint64_t{bit(value, i)} << (8 * byte + 7 - i);
    }
    EXPECT_BITS(A::bswap({a}), swapped);
    EXPECT_BITS(A::orc_b({a}), combined);
    EXPECT_BITS(A::brev8({a}), reversed);
  }
}

TEST(HostArithmetic, CarrylessProducts) {
  for_edge_pairs([](uint64_t a, uint64_t b) {
    UnsignedWide product = 0;
    for (unsigned i = 0; i < 64; ++i) {
      if (bit(b, i)) product ^= UnsignedWide{a} << i;
    }
    EXPECT_BITS(A::clmul({a}, {b}), static_cast<uint64_t>(product));
    EXPECT_BITS(A::clmulh({a}, {b}), static_cast<uint64_t>(product >> 64));
    EXPECT_BITS(A::clmulr({a}, {b}), static_cast<uint64_t>(product >> 63));
  });
}

template <class T>
void check_amos(uint64_t a, uint64_t b) {
  constexpr unsigned kBits = 8 * sizeof(T);
  const auto result = [&](AmoOp op) {
    return truncated(low(
        static_cast<uint64_t>(amo_result(op, static_cast<T>(a), static_cast<T>(b))), kBits, false));
  };
  const auto bits = [](Wide v) { return truncated(low(truncated(v), kBits, false)); };
  const Wide sa = low(a, kBits, true), sb = low(b, kBits, true), ua = low(a, kBits, false),
             ub = low(b, kBits, false);
  EXPECT_EQ(result(AmoOp::kSwap), bits(sb));
  EXPECT_EQ(result(AmoOp::kAdd), bits(sa + sb));
  EXPECT_EQ(result(AmoOp::kXor), bits(sa ^ sb));
  EXPECT_EQ(result(AmoOp::kAnd), bits(sa & sb));
  EXPECT_EQ(result(AmoOp::kOr), bits(sa | sb));
  EXPECT_EQ(result(AmoOp::kMin), bits(std::min(sa, sb)));
  EXPECT_EQ(result(AmoOp::kMax), bits(std::max(sa, sb)));
  EXPECT_EQ(result(AmoOp::kMinu), bits(std::min(ua, ub)));
  EXPECT_EQ(result(AmoOp::kMaxu), bits(std::max(ua, ub)));
}

TEST(HostArithmetic, ResultsOfAmos) {
  for_edge_pairs([](uint64_t a, uint64_t b) {
    check_amos<int32_t>(a, b);
    check_amos<int64_t>(a, b);
  });
}

}  // namespace
}  // namespace rvx::isa
