// The one place that includes Capstone: host code as text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace rvx::jit {

// One line for each instruction, in Intel's syntax, with `indent` in front. What stands at `address`
// in the process is given as `bytes`. `name_of`: of an address that is jumped to or loaded, or empty.
[[nodiscard]] std::string host_code_text(std::span<const uint8_t> bytes, uint64_t address, std::string_view indent,
                                         const std::function<std::string(uint64_t)>& name_of);

}  // namespace rvx::jit
