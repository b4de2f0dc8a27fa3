// Random instructions of the instruction table, with operands that suit a program.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cli/fuzz/random.hpp"
#include "cpu/isa/isa_config.hpp"

namespace rvx::fuzz {

// The registers of a program that only some of its code may write.
struct Registers {
  struct Pointer {
    uint8_t reg;
    uint64_t address;
  };
  uint8_t recovery = 0;
  std::vector<uint8_t> counters;
  std::vector<Pointer> pointers;
  uint32_t reserved = 1;  // by bit; x0 counts, though anything may write it

  [[nodiscard]] bool is_reserved(unsigned reg) const noexcept {
    return reg != 0 && (reserved >> reg & 1);
  }
};

// Instructions by what they need of their surroundings.
enum class RowKind : uint8_t {
  kCommon,  // what compilers use most, and engines treat in pairs
  kAlu,
  kBranch,
  kJal,
  kJalr,
  kLoad,
  kStore,
  kAmo,  // without LR and SC
  kFp,
  kCacheBlock,
  kCount
};

class RowChooser {
 public:
  RowChooser(const isa::IsaConfig& isa, Random& random);

  [[nodiscard]] bool has(RowKind kind) const noexcept { return !rows(kind).empty(); }
  // Any instruction of the kind (of kAlu where the ISA has none) that writes no reserved register.
  // Memory is accessed by pointers.
  [[nodiscard]] isa::Insn any(RowKind kind, const Registers& registers);
  // The same of one row; kIllegal where none was found.
  [[nodiscard]] isa::Insn any(isa::Op row, const Registers& registers);
  // A register that is not reserved.
  [[nodiscard]] uint8_t any_free(const Registers& registers);

 private:
  using Rows = std::vector<isa::Op>;
  [[nodiscard]] const Rows& rows(RowKind kind) const noexcept {
    return rows_[static_cast<size_t>(kind)];
  }
  [[nodiscard]] isa::Insn candidate(isa::Op row, const Registers& registers);
  [[nodiscard]] bool suits(const isa::Insn& insn, const Registers& registers);
  [[nodiscard]] uint8_t any_register(const std::array<uint8_t, 4>& recent);
  [[nodiscard]] int32_t any_immediate(isa::Op row);
  void remember(const isa::Insn& insn);

  const isa::IsaConfig& isa_;
  Random& random_;
  std::array<Rows, static_cast<size_t>(RowKind::kCount)> rows_;
  // Registers written last: instructions shall depend on each other.
  std::array<uint8_t, 4> recent_x_{1, 5, 10, 15}, recent_f_{};
};

}  // namespace rvx::fuzz
