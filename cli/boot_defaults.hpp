// The machine that Debian's guest gets when nobody says otherwise.
#pragma once

#include <string>

#include "machine/config.hpp"

namespace rvx::cli {

// The kernel's command line; `for_command`: the console belongs to one command and a panic ends the
// run.
[[nodiscard]] std::string debian_bootargs(bool for_command);

// Debian's firmware, kernel and initramfs from the cache, real time. fetch_debian() comes first.
[[nodiscard]] MachineConfig debian_machine(bool for_command);

}  // namespace rvx::cli
