// A whole test program: the driver's ELF file with tables, operands and code of all cases in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/vectors/cases.hpp"
#include "tests/vectors/guest/layout.h"
#include "tests/vectors/stub.hpp"

namespace rvx::vectors {

class Program {
 public:
  Program(const isa::IsaConfig& isa, uint64_t seed) : isa_(isa), seed_(seed) {}

  // Adds all groups of a row.
  void add_row(Op row);
  // After the last row.
  void finish();

  // The ELF file that `driver` (the file's bytes) becomes with this program in it.
  [[nodiscard]] std::vector<uint8_t> elf(std::vector<uint8_t> driver, VectorsMode mode,
                                         uint64_t wanted) const;

  [[nodiscard]] const std::vector<GroupPlan>& groups() const noexcept { return groups_; }
  [[nodiscard]] size_t case_count() const noexcept { return cases_.size(); }
  [[nodiscard]] const CasePlan& plan_of(size_t index) const noexcept { return *plans_[index]; }
  // The operands of one vector of a case, word by word.
  [[nodiscard]] std::vector<uint64_t> operands(size_t index, size_t vector) const;

 private:
  struct PlacedPool {
    Pool pool;
    uint64_t address = 0;
  };
  const PlacedPool& pool(const PoolKey& key);

  isa::IsaConfig isa_;
  uint64_t seed_;
  std::vector<GroupPlan> groups_;
  std::vector<const CasePlan*> plans_;
  std::vector<VectorsCase> cases_;
  std::map<PoolKey, PlacedPool> pools_;
  Space code_{kVectorsImage + 0x1000, kVectorsImage + 0x800000};
  Space data_{kVectorsImage + 0x800000, kVectorsImageEnd};
  VectorsHeader header_{};
};

}  // namespace rvx::vectors
