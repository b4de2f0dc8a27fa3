// What rvx itself says to its user: one line each, on stderr.
#pragma once

#include <string_view>

#include "machine/error.hpp"

namespace rvx::cli {

// "rvx: error: ..."; returns the error's exit status. Without a text the line has been said
// already.
int report(const Error& error);
void warn(std::string_view line);  // "rvx: warning: ..."
void note(std::string_view line);  // "rvx: ..."

// Whether colour may be used on stderr: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool stderr_has_colour() noexcept;
[[nodiscard]] bool stderr_is_terminal() noexcept;

}  // namespace rvx::cli
