// Access to CSRs by number, with the checks and effects the manual gives each.
#pragma once

#include <cstddef>
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

// Where CsrState has the value of a supervisor's CSR that reads as what was last written to it, of which every
// bit is writable; -1 for other numbers.
[[nodiscard]] constexpr int plain_supervisor_csr(unsigned number) noexcept {
  switch (number) {
#define CSR_STORED(n, name, ext, field, mask) \
  case n: return (n) >> 8 == 1 && (mask) == ~uint64_t{0} ? static_cast<int>(offsetof(CsrState, field)) : -1;
#define CSR_CONST(n, name, ext, value)
#define CSR_HOOKED(n, name, ext)
#define CSR_ARRAY(first, last, name, ext)
#include "cpu/csrs.inc"
#undef CSR_STORED
#undef CSR_CONST
#undef CSR_HOOKED
#undef CSR_ARRAY
    default: return -1;
  }
}

// What of sstatus is stored, in mstatus; SD is the rest.
inline constexpr uint64_t kSstatusMask =
    mstatus::kSIE | mstatus::kSPIE | mstatus::kSPP | mstatus::kFS | mstatus::kSUM | mstatus::kMXR;  // writable
inline constexpr uint64_t kSstatusStored = kSstatusMask | mstatus::kUXL;

// "mstatus", or an empty view for numbers that do not exist. The inverse takes names and returns -1.
[[nodiscard]] std::string_view csr_name(unsigned number) noexcept;
[[nodiscard]] int csr_number(std::string_view name) noexcept;

}  // namespace rvx
