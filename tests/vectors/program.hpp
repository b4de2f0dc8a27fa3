// The test program of the rows: tables, operands and code of all their cases.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/vectors/cases.hpp"
#include "tests/vectors/image.hpp"
#include "tests/vectors/stub.hpp"

namespace rvx::vectors {

class Program {
 public:
  Program(const Program&) = delete;  // plans_ points into groups_
  Program& operator=(const Program&) = delete;
  Program(const isa::IsaConfig& isa, bool is_paged, uint64_t seed) : isa_(isa), seed_(seed) {
    image_.is_paged = is_paged;
  }

  // Adds all groups of a row.
  void add_row(Op row);
  // After the last row.
  void finish();

  [[nodiscard]] const std::vector<GroupPlan>& groups() const noexcept { return groups_; }
  [[nodiscard]] const Image& image() const noexcept { return image_; }
  [[nodiscard]] size_t case_count() const noexcept { return plans_.size(); }
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
  std::map<PoolKey, PlacedPool> pools_;
  Image image_;
};

}  // namespace rvx::vectors
