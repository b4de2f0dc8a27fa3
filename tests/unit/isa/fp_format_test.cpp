// What formats, NaN boxing, classification, sign injection and load-immediate are, by the manual's
// words.
#include "cpu/isa/fp_format.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace rvx::isa::fp {
namespace {

TEST(FpFormat, ConstantsAreThoseOfIeee754) {
  EXPECT_EQ(F16::kCanonicalNan, 0x7e00u);
  EXPECT_EQ(F32::kCanonicalNan, 0x7fc00000u);
  EXPECT_EQ(F64::kCanonicalNan, 0x7ff8000000000000u);
  EXPECT_EQ(F16::kMaxFinite, 0x7bffu);
  EXPECT_EQ(F32::kMaxFinite, std::bit_cast<uint32_t>(std::numeric_limits<float>::max()));
  EXPECT_EQ(F64::kMinNormal, std::bit_cast<uint64_t>(std::numeric_limits<double>::min()));
  EXPECT_EQ(F32::power_of_two(-3), std::bit_cast<uint32_t>(0.125f));
}

// "NaN Boxing of Narrower Values"
TEST(FpFormat, ImproperlyBoxedInputIsTheCanonicalNan) {
  EXPECT_EQ(unbox<F32>(0xffffffff3f800000), 0x3f800000u);
  EXPECT_EQ(unbox<F32>(0xfffffffe3f800000), 0x7fc00000u);
  EXPECT_EQ(unbox<F32>(0x000000003f800000), 0x7fc00000u);
  EXPECT_EQ(unbox<F32>(0xffffffff00000000), 0u);
  EXPECT_EQ(unbox<F32>(0xfffffffeffffffff), 0x7fc00000u);
  EXPECT_EQ(unbox<F16>(0xffffffffffff3c00), 0x3c00u);
  EXPECT_EQ(unbox<F16>(0xffffffff00003c00), 0x7e00u);
  EXPECT_EQ(unbox<F16>(0xffffffffffff0000), 0u);
  EXPECT_EQ(unbox<F64>(0x0123456789abcdef), 0x0123456789abcdefu);
}
TEST(FpFormat, BoxingSetsAllUpperBits) {
  EXPECT_EQ(box<F16>(0x3c00), 0xffffffffffff3c00u);
  EXPECT_EQ(box<F32>(0x3f800000), 0xffffffff3f800000u);
  EXPECT_EQ(box<F64>(0x3f800000), 0x3f800000u);
}

// "Single-Precision Floating-Point Classify Instruction"
template <class F>
void expect_classes() {
  EXPECT_EQ(classify<F>(F::kSign | F::kInfinity), 1u << 0);
  EXPECT_EQ(classify<F>(F::kSign | F::kMaxFinite), 1u << 1);
  EXPECT_EQ(classify<F>(F::kSign | F::kMinNormal), 1u << 1);
  EXPECT_EQ(classify<F>(F::kSign | F::kFraction), 1u << 2);
  EXPECT_EQ(classify<F>(F::kSign | 1), 1u << 2);
  EXPECT_EQ(classify<F>(F::kSign), 1u << 3);
  EXPECT_EQ(classify<F>(0), 1u << 4);
  EXPECT_EQ(classify<F>(1), 1u << 5);
  EXPECT_EQ(classify<F>(F::kFraction), 1u << 5);
  EXPECT_EQ(classify<F>(F::kMinNormal), 1u << 6);
  EXPECT_EQ(classify<F>(F::kMaxFinite), 1u << 6);
  EXPECT_EQ(classify<F>(F::kInfinity), 1u << 7);
  EXPECT_EQ(classify<F>(F::kInfinity | 1), 1u << 8);
  EXPECT_EQ(classify<F>(F::kSign | F::kInfinity | (F::kQuiet - 1)), 1u << 8);
  EXPECT_EQ(classify<F>(F::kCanonicalNan), 1u << 9);
  EXPECT_EQ(classify<F>(F::kMask), 1u << 9);
}
TEST(FpFormat, ClassesAreThoseOfTheTable) {
  expect_classes<F16>();
  expect_classes<F32>();
  expect_classes<F64>();
}

TEST(FpFormat, SignInjectionKeepsSignallingNans) {
  EXPECT_EQ(sgnj<F32>(0x7f800001, 0x80000000), 0xff800001u);
  EXPECT_EQ(sgnjn<F32>(0x7f800001, 0x80000000), 0x7f800001u);
  EXPECT_EQ(sgnjx<F32>(0xff800001, 0x80000000), 0x7f800001u);
  EXPECT_EQ(sgnj<F16>(0x3c00, 0x8000), 0xbc00u);
  EXPECT_EQ(sgnjn<F64>(0, 0), F64::kSign);
  EXPECT_EQ(sgnjx<F64>(F64::kSign, 0), F64::kSign);
}

// "Load-Immediate Instructions": the values of the table from 2 to 29.
constexpr double kLoadImmediate[] = {
    0x1p-16, 0x1p-15, 0x1p-8, 0x1p-7, 0.0625, 0.125, 0.25,   0.3125, 0.375, 0.4375,
    0.5,     0.625,   0.75,   0.875,  1.0,    1.25,  1.5,    1.75,   2.0,   2.5,
    3,       4,       8,      16,     128,    256,   0x1p15, 0x1p16,
};
TEST(FpFormat, LoadImmediateHasTheTablesValues) {
  EXPECT_EQ(load_immediate<F64>(0), std::bit_cast<uint64_t>(-1.0));
  EXPECT_EQ(load_immediate<F32>(0), std::bit_cast<uint32_t>(-1.0f));
  EXPECT_EQ(load_immediate<F16>(0), 0xbc00u);
  for (unsigned k = 0; k < std::size(kLoadImmediate); ++k) {
    EXPECT_EQ(load_immediate<F64>(k + 2), std::bit_cast<uint64_t>(kLoadImmediate[k])) << k + 2;
    EXPECT_EQ(load_immediate<F32>(k + 2),
              std::bit_cast<uint32_t>(static_cast<float>(kLoadImmediate[k])))
        << k + 2;
  }
  EXPECT_EQ(load_immediate<F32>(1), 0x00800000u);
  EXPECT_EQ(load_immediate<F64>(30), F64::kInfinity);
  EXPECT_EQ(load_immediate<F64>(31), F64::kCanonicalNan);
}
TEST(FpFormat, LoadImmediateOfHalvesHasSubnormalsAndInfinityFor2To16) {
  constexpr uint16_t kExpected[32] = {
      0xbc00, 0x0400, 0x0100, 0x0200, 0x1c00, 0x2000, 0x2c00, 0x3000, 0x3400, 0x3500, 0x3600,
      0x3700, 0x3800, 0x3900, 0x3a00, 0x3b00, 0x3c00, 0x3d00, 0x3e00, 0x3f00, 0x4000, 0x4100,
      0x4200, 0x4400, 0x4800, 0x4c00, 0x5800, 0x5c00, 0x7800, 0x7c00, 0x7c00, 0x7e00};
  for (unsigned k = 0; k < 32; ++k) EXPECT_EQ(load_immediate<F16>(k), kExpected[k]) << k;
}

}  // namespace
}  // namespace rvx::isa::fp
