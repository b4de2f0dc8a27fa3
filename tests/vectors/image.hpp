// The part of a test program that is generated: code, operands and tables inside the driver's ELF
// file.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/vectors/assembler.hpp"
#include "tests/vectors/guest/layout.h"

namespace rvx::vectors {

class Image {
 public:
  Space code{kVectorsImage + 0x1000, kVectorsCodeEnd};
  Space data{kVectorsCodeEnd, kVectorsImageEnd};
  bool is_paged = false;  // run in S-mode with paging

  // What runs, group by group. Throws std::runtime_error if a case has more records than fit.
  void set_tables(const std::vector<VectorsGroup>& groups, const std::vector<VectorsCase>& cases);

  // `driver`, the bytes of an ELF file, with this image in it.
  [[nodiscard]] std::vector<uint8_t> elf(std::vector<uint8_t> driver, VectorsMode mode,
                                         uint64_t wanted) const;

 private:
  VectorsHeader header_{};
};

}  // namespace rvx::vectors
