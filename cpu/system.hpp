// Execution of CSR and system instructions: everything with an effect beyond registers and memory.
#pragma once

#include <cstdint>

#include "cpu/code_cache.hpp"
#include "cpu/hart.hpp"

namespace rvx {

inline constexpr unsigned kCacheBlock = 64;  // bytes, of the cache-block instructions

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

// Execute `op` of row `which`, encoded as `bits`. s.pc and s.instret must be exact. Accrued flags are in
// MXCSR before and after, as while any guest code runs: a CSR access sees and sets them there.
[[nodiscard]] SystemOutcome execute_system(Hart& hart, const PreOp& op, isa::Op which, uint32_t bits) noexcept;

}  // namespace rvx
