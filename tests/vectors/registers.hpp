// Operands of a row: which register files, which registers its encoding can name, which immediates.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "cpu/isa/operands.hpp"
#include "tests/vectors/assembler.hpp"

namespace rvx::vectors {

using isa::Roles;
using isa::roles_of;

enum class Overlap : uint8_t { kNone, kRdRs1, kRdRs2, kRs1Rs2, kAll, kRdZero, kRs1Zero, kRs2Zero };
inline constexpr std::array kOverlaps = {Overlap::kRdRs1,  Overlap::kRdRs2,  Overlap::kRs1Rs2,
                                         Overlap::kAll,    Overlap::kRdZero, Overlap::kRs1Zero,
                                         Overlap::kRs2Zero};

// Makes encodings of one row.
class RowEncoder {
 public:
  RowEncoder(Op row, const isa::IsaConfig& isa, uint64_t seed)
      : row_(row), isa_(isa), random_(seed) {}

  // Random registers, different from each other and not x0 apart from what `overlap` says. No
  // value: the row has no such encoding, or it means another row.
  [[nodiscard]] std::optional<Insn> make(Overlap overlap, int32_t imm);
  // Each bit of the immediate alone, none, all, patterns, random ones; all where there are up
  // to 64. Legal or not. Without an immediate field one 0.
  [[nodiscard]] std::vector<int32_t> immediates();
  // One that is legal, for where it does not matter.
  [[nodiscard]] int32_t some_immediate();

  [[nodiscard]] bool has_immediate() const;
  [[nodiscard]] bool has_field(isa::Operand operand) const;
  [[nodiscard]] std::optional<Insn> decoded(Insn insn) const;

 private:
  [[nodiscard]] bool applies(Overlap overlap) const;
  [[nodiscard]] bool shares_field() const;
  [[nodiscard]] Insn candidate(Overlap overlap, int32_t imm);
  [[nodiscard]] uint8_t any_register(isa::Operand operand, Reg::File file);

  Op row_;
  isa::IsaConfig isa_;
  std::mt19937_64 random_;
};

}  // namespace rvx::vectors
