// A test's signature: the memory between two symbols, as text.
#pragma once

#include <string>

#include "machine/error.hpp"
#include "machine/machine.hpp"

namespace rvx {

// The bytes from begin_signature to end_signature of the machine's program, in lines of
// `granularity` bytes (1 to 4096), most significant byte first, in lower-case hexadecimal; a short
// last line has zeros in front. This is what riscv-arch-test's older flow compares. Fails where the
// program has no such symbols or they do not enclose RAM.
[[nodiscard]] Result<std::string> signature_text(Machine& machine, unsigned granularity);

}  // namespace rvx
