// Execution of CSR and system instructions: everything with an effect beyond registers and memory.
#pragma once

#include <cstdint>

#include "cpu/code_cache.hpp"
#include "cpu/hart.hpp"

namespace rvx {

// What a system instruction did.
struct SystemOutcome {
  enum class Kind : uint8_t {
    kNext,       // retired; continue after it
    kJump,       // retired; s.pc says where (xRET)
    kException,  // did not retire; `code` and `value`
  } kind;
  unsigned code = 0;
  uint64_t value = 0;
};

// Execute `op`, whose encoding and row are in its link. s.pc and s.instret must be exact, fflags in
// CsrState rather than in MXCSR.
[[nodiscard]] SystemOutcome execute_system(Hart& hart, const PreOp& op, const Link& link) noexcept;

}  // namespace rvx
