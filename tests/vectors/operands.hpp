// Operand vectors: for each kind of instruction a table of values that goes into the guest program.
#pragma once

#include <cstdint>
#include <vector>

namespace rvx::vectors {

// Words of a vector; each kind of pool fills those that its instructions use.
enum Word : uint8_t {
  kWordRs1,  // for memory instructions the address
  kWordRs2,
  kWordRs3,  // also what rs2 + 1 holds for pairs
  kWordRd,   // what rd holds before
  // Memory instructions only.
  kWordBase,   // address of two doublewords that the instruction may change
  kWordInit0,  // what they hold before
  kWordInit1,
  kWordRdHigh,   // what rd + 1 holds before, for pairs
  kWordReserve,  // where LR makes the reservation for SC
};
inline constexpr unsigned kRegisterWords = 4;
inline constexpr unsigned kMemoryWords = 9;

// Vectors of `words` 64-bit words each. Edge values come in random order, so that any first part of
// the table is a sample of all of it.
struct Pool {
  unsigned words = kRegisterWords;
  std::vector<uint64_t> values;
  [[nodiscard]] uint32_t count() const noexcept {
    return static_cast<uint32_t>(values.size() / words);
  }
};

enum class FpFormat : uint8_t { kH, kS, kD };

[[nodiscard]] Pool integer_pool(uint64_t seed);         // rs1, rs2: pairs of edges, random
[[nodiscard]] Pool integer_source_pool(uint64_t seed);  // rs1 alone, to convert
[[nodiscard]] Pool fp_pool(FpFormat format, unsigned sources, uint64_t seed);
[[nodiscard]] Pool boxing_pool(FpFormat format, unsigned sources,
                               uint64_t seed);  // wrongly NaN-boxed
// rs1: offsets of two targets 64 bytes apart, odd ones too; of misaligned ones if `alignment` is 4.
[[nodiscard]] Pool jump_pool(unsigned alignment);

enum class Place : uint8_t {
  kAligned,
  kMisaligned,  // in a page and over its end
  kNowhere,     // no memory there
};
// Memory operands of `bytes` (1 to 16) bytes: all alignments at several places, with values.
[[nodiscard]] Pool memory_pool(unsigned bytes, Place place, uint64_t seed);

}  // namespace rvx::vectors
