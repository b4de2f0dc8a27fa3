// Decoder and encoder: buckets of rows, made from the instruction table at compile time.
#include "cpu/isa/decode.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "cpu/isa/operands.hpp"
#include "cpu/isa/table.hpp"

namespace rvx::isa {
namespace {

// A bucket is a set of encodings that few rows share: quadrant and funct3 of compressed ones,
// opcode and funct3 of the others, but funct7 in OP-FP, where funct3 is mostly a rounding mode.
constexpr uint32_t kOpFp = 0b10100;
constexpr size_t kFirstWide = 3 * 8;
constexpr size_t kFirstFp = kFirstWide + 32 * 8;
constexpr size_t kBucketCount = kFirstFp + 128;

constexpr bool is_compressed(uint32_t bits) noexcept { return (bits & 3) != 3; }

constexpr size_t bucket_of(uint32_t bits) noexcept {
  if (is_compressed(bits)) return (bits & 3) * 8 + (bits >> 13 & 7);
  const uint32_t opcode = bits >> 2 & 31;
  if (opcode == kOpFp) return kFirstFp + (bits >> 25);
  return kFirstWide + opcode * 8 + (bits >> 12 & 7);
}

struct Candidate {
  uint32_t mask;
  uint32_t match;
  Op row;
  Op expansion;
  Format format;
};

// Rows with more fixed bits come first: they are the special cases.
constexpr auto kBySpecificity = [] {
  std::array<Op, kOpCount - 1> rows{};
  std::array<int, kOpCount> fixed{};
  for (size_t i = 1; i < kOpCount; ++i) {
    rows[i - 1] = static_cast<Op>(i);
    fixed[i] = std::popcount(kTable[i].mask);
  }
  std::sort(rows.begin(), rows.end(), [&fixed](Op a, Op b) {
    const int more = fixed[static_cast<size_t>(a)] - fixed[static_cast<size_t>(b)];
    return more != 0 ? more > 0 : a < b;
  });
  return rows;
}();

// Calls visit(bucket) for each bucket that has encodings of a row.
template <class Visit>
constexpr void for_buckets_of(const OpInfo& row, Visit visit) {
  const uint32_t funct3 = row.length == 2 ? 7u << 13 : 7u << 12;
  if (bucket_of(row.match) >= kFirstFp) {
    if ((row.mask >> 25) != 127) throw "rows of OP-FP have a fixed funct7";
    visit(bucket_of(row.match));
    return;
  }
  for (uint32_t value = 0; value < 8; ++value) {
    const uint32_t bits = value << std::countr_zero(funct3);
    if (((row.match ^ bits) & row.mask & funct3) == 0)
      visit(bucket_of((row.match & ~funct3) | bits));
  }
}

constexpr size_t kCandidateCount = [] {
  size_t count = 0;
  for (const Op row : kBySpecificity) {
    for_buckets_of(kTable[static_cast<size_t>(row)], [&count](size_t) { ++count; });
  }
  return count;
}();

struct Buckets {
  std::array<uint16_t, kBucketCount + 1> begin{};
  std::array<Candidate, kCandidateCount> candidates{};
};

constexpr Buckets kBuckets = [] {
  Buckets buckets;
  for (const Op row : kBySpecificity) {
    for_buckets_of(kTable[static_cast<size_t>(row)], [&](size_t b) { ++buckets.begin[b + 1]; });
  }
  for (size_t b = 0; b < kBucketCount; ++b) buckets.begin[b + 1] += buckets.begin[b];
  std::array<uint16_t, kBucketCount + 1> end = buckets.begin;
  for (const Op row : kBySpecificity) {
    const OpInfo& info = kTable[static_cast<size_t>(row)];
    for_buckets_of(info, [&](size_t b) {
      buckets.candidates[end[b]++] = {info.mask, info.match, row, info.expansion, info.format};
    });
  }
  return buckets;
}();

}  // namespace

const OpInfo& info(Op op) noexcept { return kTable[static_cast<size_t>(op)]; }

bool is_enabled(Op row, const IsaConfig& config) noexcept {
  const Enabling& on = kEnabling[static_cast<size_t>(row)];
  return (config.has(on.any[0]) || config.has(on.any[1])) && config.has(on.all[0]) &&
         config.has(on.all[1]);
}

Insn decode(uint32_t bits, const IsaConfig& config) noexcept {
  Insn insn;
  insn.length = is_compressed(bits) ? 2 : 4;
  insn.bits = is_compressed(bits) ? bits & 0xffff : bits;
  const size_t bucket = bucket_of(insn.bits);
  for (size_t i = kBuckets.begin[bucket]; i < kBuckets.begin[bucket + 1]; ++i) {
    const Candidate& candidate = kBuckets.candidates[i];
    if ((insn.bits & candidate.mask) != candidate.match) continue;
    if (!is_enabled(candidate.row, config)) continue;
    if (!extract_operands(candidate.format, insn.bits, insn)) continue;
    insn.op = candidate.expansion;
    insn.row = candidate.row;
    return insn;
  }
  insn.rd = insn.rs1 = insn.rs2 = 0;
  insn.imm = 0;
  return insn;
}

uint32_t encode(const Insn& insn) noexcept {
  if (insn.row == Op::kIllegal) return insn.bits;
  const OpInfo& row = info(insn.row);
  return row.match | insert_operands(row.format, insn);
}

}  // namespace rvx::isa
