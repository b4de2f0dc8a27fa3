// What fuzzing has covered: rows of the instruction table, traps, and why engines gave control
// back.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "cli/fuzz/engines.hpp"
#include "cpu/isa/insn.hpp"

namespace rvx::fuzz {

struct Coverage {
  std::array<uint64_t, isa::kOpCount> rows{};  // executions, of the cases that were observed
  std::array<uint64_t, 4> modes{};             // instructions by privilege, of those
  uint64_t observed = 0;                       // cases
  std::array<uint64_t, 16> exceptions{};
  std::array<uint64_t, 16> interrupts{};
  Counts stops;                   // of engines, by reason
  std::array<Counts, 2> engines;  // what each engine counted

  void add(const Coverage& other);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string json() const;

  // All of it as text, and back from there.
  [[nodiscard]] std::string packed() const;
  [[nodiscard]] static Coverage unpacked(const std::string& text);
};

}  // namespace rvx::fuzz
