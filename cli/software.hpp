// What a machine runs when nobody says: OpenSBI and Debian's kernel from the cache.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "machine/config.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

// The repository or installation that this program belongs to: $RVX_ROOT, else the folder above
// build/PRESET/rvx. Empty when neither holds firmware/debian.
[[nodiscard]] std::string root_directory();
// The folder of this program: build/PRESET. Empty when it cannot be told.
[[nodiscard]] std::string program_directory();

// rvx's folder among those of the user's caches; it need not exist.
[[nodiscard]] std::string cache_directory();

// Where firmware/debian/fetch.sh puts its results.
[[nodiscard]] std::string debian_directory();

// Make sure that Debian's kernel, initramfs and firmware are in debian_directory(). May take
// minutes and use the network the first time; progress goes to stderr. A failure's line has been
// printed when its error has no text.
[[nodiscard]] Outcome fetch_debian();

// --bios: "none", "default" or a file.
[[nodiscard]] Outcome choose_firmware(const std::string& bios, MachineConfig& machine);

// All --append, with a space between them.
[[nodiscard]] std::string join_appended(const OptionValues& options);

}  // namespace rvx::cli
