// From nodes to bytes in RAM: addresses, then encodings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/fuzz/program.hpp"

namespace rvx::fuzz {

struct Layout {
  std::vector<uint32_t> offset;  // of each node, and one more; bytes from the start of RAM
  std::vector<uint8_t> ram;      // kRamBytes
};

[[nodiscard]] Layout lay_out(const Case& c);

// The bytes that the nodes in [first, last) need, were all of them kept.
[[nodiscard]] uint32_t code_size(const Program& program, uint32_t first, uint32_t last);

// One line for each node of the program that is left, with addresses at code base 0.
[[nodiscard]] std::string listing(const Case& c);

}  // namespace rvx::fuzz
