// rvx man: the manual page, made from the tables of commands and options.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"

namespace rvx::cli {
namespace {

constexpr std::string_view kHead = R"(.TH RVX 1 "" "rvx @VERSION@"
.SH NAME
rvx \- a RISC\-V machine
.SH SYNOPSIS
.B rvx
.I COMMAND
[\fIoptions\fR] ...
.SH DESCRIPTION
rvx runs software for RISC\-V on x86\-64: bare\-metal and test programs, and operating systems on the
board that QEMU calls virt. What the guest prints is on standard output, all else on standard error.
)";

constexpr std::string_view kTail = R"(.SH EXIT STATUS
.TP
.B 0
The guest reported success, or powered off.
.TP
.B 1\-123
The guest's own code. Larger and negative codes become 123, with the whole value on standard error.
.TP
.B 124
A limit was reached, or the guest is stuck: every hart waits or spins and nothing can wake it.
.TP
.B 125
Wrong usage, or an error of rvx itself.
.TP
.B 126, 127
The program cannot be used, or is not there.
.TP
.B 128+n
Ended by signal n. Ctrl\-A x counts as SIGINT.
.SH ENVIRONMENT
.TP
.B RVX_CACHE
Folder for Debian's kernel and firmware, in place of rvx in XDG_CACHE_HOME or ~/.cache.
.TP
.B RVX_DEBIAN_MIRROR
The archive to fetch them from.
.TP
.B RVX_ROOT
rvx's source folder, where the program was copied out of it.
.TP
.B NO_COLOR
No colours, if it is not empty.
)";

// Text of ours for roff.
std::string roff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("…")) {
      out += "...";
      i += std::string_view("…").size() - 1;
    } else if (text[i] == '-' || text[i] == '\\') {
      out += text[i] == '-' ? "\\-" : "\\e";
    } else if (out.empty() && (text[i] == '.' || text[i] == '\'')) {
      out += std::string("\\&") + text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// "\fB\-m\fR, \fB\-\-memory\fR \fISIZE\fR"
std::string term(const OptionRow& row) {
  std::string text;
  for_each_name(row.names, [&](std::string_view name) {
    text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", roff(spelling(name)));
  });
  if (!row.value.empty()) text += fmt::format(" \\fI{}\\fR", roff(row.value));
  return text;
}

std::string commands_part() {
  std::string text = ".SH COMMANDS\n";
  for (const CommandRow& row : command_rows()) {
    text += fmt::format(".TP\n\\fBrvx {}\\fR {}\n{}. Example:\n.br\n.B {}\n", row.name,
                        roff(row.synopsis), roff(row.summary), roff(row.example));
  }
  return text;
}

std::string options_part() {
  std::string text =
      ".SH OPTIONS\nAn option's value stands behind it or behind an equals sign. Names of several "
      "letters may have one dash.\n"
      "Behind each option stands which commands take it.\n";
  for (const OptionRow& row : option_rows()) {
    std::string commands;
    for (const CommandRow& command : command_rows())
      if (row.is_of(command.letter))
        commands += fmt::format("{}{}", commands.empty() ? "" : ", ", command.name);
    if (!commands.empty())
      text += fmt::format(".TP\n{}\n{} ({})\n", term(row), roff(row.help), commands);
  }
  return text;
}

}  // namespace

int man_command(const Invocation& invocation) {
  if (!invocation.operands.empty())
    return report(usage_error(fmt::format("man takes no '{}'", invocation.operands.front())));
  std::string head(kHead);
  constexpr std::string_view kVersionMark = "@VERSION@";
  head.replace(head.find(kVersionMark), kVersionMark.size(), RVX_VERSION);
  fmt::print("{}{}{}{}", head, commands_part(), options_part(), kTail);
  return 0;
}

}  // namespace rvx::cli
