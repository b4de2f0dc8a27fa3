// The one place that includes asmjit: its x86 assembler, in the versions of Debian 12 and 13.
#pragma once

#include <asmjit/x86.h>

#include <cstdint>

namespace rvx::jit {

// 1.9 (Debian 12) and 1.11 (Debian 13) name alike what is used here; 1.18 renamed methods to
// snake_case, so whoever moves on starts here.
static_assert(ASMJIT_LIBRARY_VERSION >= 0x010900);

namespace x86 = asmjit::x86;
using asmjit::CodeHolder;
using asmjit::Imm;
using asmjit::Label;
using x86::Assembler;
using x86::Gp;
using x86::Mem;
using x86::Xmm;

[[nodiscard]] inline Gp gp64(int8_t number) { return x86::gpq(static_cast<uint32_t>(number)); }
[[nodiscard]] inline Xmm xmm(int8_t number) { return x86::xmm(static_cast<uint32_t>(number)); }

}  // namespace rvx::jit
