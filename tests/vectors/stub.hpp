// The code of a case: loads a vector, runs the instruction, stores a record, and so on to the last
// one.
#pragma once

#include <cstdint>

#include "tests/vectors/assembler.hpp"
#include "tests/vectors/cases.hpp"

namespace rvx::vectors {

struct Stub {
  uint64_t entry = 0;
  uint64_t insn = 0;  // address of the tested instruction
  uint8_t out_register = 0;
  uint32_t out_bytes = 0;
};

// Writes the code into `space`. `header` is the address of the VectorsHeader; `has_d`: the D
// extension is on.
[[nodiscard]] Stub write_stub(const CasePlan& plan, Space& space, uint64_t header, bool has_d);

}  // namespace rvx::vectors
