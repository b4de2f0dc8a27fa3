// The program: command line to subcommand to exit status. Nothing else ends the process.
#include <fcntl.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/help.hpp"
#include "cli/messages.hpp"

namespace {

using namespace rvx;
using namespace rvx::cli;

// Whoever starts us may have closed stdin, stdout or stderr. A file that we open must not take
// their place, or guest output would go into it.
void open_missing_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

int run_rvx(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const Result<ParsedArguments> parsed = parse_arguments(arguments);
  if (!parsed) return report(parsed.error());
  for (const std::string& line : parsed->warnings) warn(line);
  switch (parsed->kind) {
    case ParsedArguments::Kind::kHelp:
      fmt::print("{}", parsed->command == nullptr
                           ? general_help()
                           : command_help(*parsed->command, parsed->help_all));
      return 0;
    case ParsedArguments::Kind::kVersion:
      fmt::print("{}", version_text(parsed->invocation.options.has(Flag::kJson)));
      return 0;
    case ParsedArguments::Kind::kCommand: break;
  }
  return parsed->command->function(parsed->invocation);
}

}  // namespace

int main(int argc, char** argv) {
  int status = rvx::kUsageStatus;
  open_missing_streams();
  try {
    status = run_rvx(argc, argv);
    if (std::fflush(stdout) != 0 && status == 0)
      status = report(usage_error("cannot write to stdout"));
  } catch (const std::bad_alloc&) {
    status = report(usage_error("out of memory on the host; give the guest less with -m"));
  } catch (const std::exception& error) {
    status = report(usage_error(fmt::format("internal error: {}; please report it", error.what())));
  }
  return status;
}
