// What rvx itself says to its user.
#include "cli/messages.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

// In one write, so that lines of several processes do not mix.
void say(std::string_view label, const char* colour, std::string_view line) {
  const bool coloured = colour != nullptr && stderr_has_colour();
  const std::string text = fmt::format("rvx: {}{}{}{}\n", coloured ? colour : "", label,
                                       coloured ? "\x1b[0m" : "", one_line(line));
  (void)!::write(2, text.data(), text.size());
}

}  // namespace

bool stderr_is_terminal() noexcept { return ::isatty(2) == 1; }

bool stderr_has_colour() noexcept {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return stderr_is_terminal() && (no_colour == nullptr || *no_colour == '\0') &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

int report(const Error& error) {
  if (!error.text.empty()) say("error: ", "\x1b[31m", error.text);
  return error.status;
}

void warn(std::string_view line) { say("warning: ", "\x1b[33m", line); }
void note(std::string_view line) { say("", nullptr, line); }

}  // namespace rvx::cli
