// rvx run: a bare-metal or test program.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/session.hpp"
#include "cli/software.hpp"

namespace rvx::cli {

int run_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  Result<RunPlan> plan = make_plan(options, TimeMode::kDeterministic);
  if (!plan) return report(plan.error());
  MachineConfig& machine = plan->machine;

  if (const std::string* kernel = options.last(Flag::kKernel)) machine.kernel = *kernel;
  if (!invocation.operands.empty()) {
    if (!machine.kernel.empty())
      return report(usage_error(fmt::format("two programs are named, --kernel {} and {}; give one",
                                            machine.kernel, invocation.operands.front())));
    machine.kernel = invocation.operands.front();
    machine.arguments = invocation.operands;
  }
  const std::string* bios = options.last(Flag::kBios);
  if (Outcome done = choose_firmware(bios == nullptr ? "none" : *bios, machine); !done)
    return report(done.error());
  if (const std::string* initrd = options.last(Flag::kInitrd))
    machine.initrd = *initrd == "none" ? "" : *initrd;
  machine.bootargs = join_appended(options);
  if (machine.kernel.empty() && machine.firmware.empty())
    return report(usage_error("no program is named; give one: rvx run PROGRAM"));
  if (machine.arguments.empty())
    machine.arguments = {machine.kernel.empty() ? machine.firmware : machine.kernel};
  return run_session(*plan);
}

}  // namespace rvx::cli
