// Access to CSRs by number, with the checks and effects the manual gives each.
#pragma once

#include <cstdint>
#include <string_view>

#include "cpu/hart.hpp"

namespace rvx {

// What a CSR instruction does to the register.
enum class CsrOp : uint8_t { kRead, kWrite, kSet, kClear, kReadWrite };

// Execute the access of one CSR instruction: read (unless kWrite) into `old`, then write, set or
// clear the bits of `operand`. False: the access is illegal and nothing has changed.
// s.instret must be exact, s.pc that of the instruction. "Zicsr Extension for Control and Status Register Instructions".
[[nodiscard]] bool access_csr(Hart& hart, unsigned number, CsrOp op, uint64_t operand, uint64_t& old) noexcept;

// For tools and tests: the value without checks or effects; false when there is no such CSR.
[[nodiscard]] bool peek_csr(Hart& hart, unsigned number, uint64_t& value) noexcept;

// "mstatus", or an empty view for numbers that do not exist. The inverse takes names and returns -1.
[[nodiscard]] std::string_view csr_name(unsigned number) noexcept;
[[nodiscard]] int csr_number(std::string_view name) noexcept;

}  // namespace rvx
