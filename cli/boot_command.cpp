// rvx boot: firmware and an operating system, Debian's where nothing else is named.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/session.hpp"
#include "cli/software.hpp"
#include "machine/byte_size.hpp"

namespace rvx::cli {
namespace {

// The crypto self-tests and the load of certificates are two thirds of the time to userland.
constexpr std::string_view kDebianBootargs =
    "console=ttyS0 quiet cryptomgr.notests initcall_blacklist=jent_mod_init,load_system_certificate_list";

// The console belongs to the command; a panic ends the run instead of waiting for somebody.
constexpr std::string_view kExecBootargs = " loglevel=0 panic=-1";

}  // namespace

int boot_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  if (!invocation.operands.empty()) {
    return report(usage_error(fmt::format("boot takes no '{0}'; did you mean --kernel {0}, or rvx run {0}?", invocation.operands.front())));
  }
  Result<RunPlan> plan = make_plan(options, TimeMode::kRealTime);
  if (!plan) return report(plan.error());
  MachineConfig& machine = plan->machine;
  if (machine.ram_bytes == 0) machine.ram_bytes = kGiB;
  plan->raw_terminal = true;

  const std::string* kernel = options.last(Flag::kKernel);
  const std::string* initrd = options.last(Flag::kInitrd);
  const std::string* bios = options.last(Flag::kBios);
  if (Outcome done = choose_firmware(bios == nullptr ? "default" : *bios, machine); !done) return report(done.error());
  std::string bootargs;
  if (kernel != nullptr) {
    machine.kernel = *kernel;
  } else {
    if (Outcome fetched = fetch_debian(); !fetched) return report(fetched.error());
    machine.kernel = debian_directory() + "/Image";
    machine.initrd = debian_directory() + "/initramfs.cpio";
    bootargs = kDebianBootargs;
  }
  if (initrd != nullptr) machine.initrd = *initrd == "none" ? "" : *initrd;
  const std::string appended = join_appended(options);
  if (const std::string* command = options.last(Flag::kExec)) {
    if (kernel != nullptr) return report(usage_error("--exec runs in Debian's guest and cannot be used with --kernel; leave one of them away"));
    plan->command = *command;
    bootargs += kExecBootargs;
  }
  machine.bootargs = bootargs + (bootargs.empty() || appended.empty() ? "" : " ") + appended;
  return run_session(*plan);
}

}  // namespace rvx::cli
