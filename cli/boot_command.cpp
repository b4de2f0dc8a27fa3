// rvx boot: firmware and an operating system, Debian's where nothing else is named.
#include <fmt/format.h>

#include "cli/boot_defaults.hpp"
#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/session.hpp"
#include "cli/software.hpp"
#include "machine/byte_size.hpp"

namespace rvx::cli {
namespace {

// The crypto self-tests and the load of certificates are two thirds of the time to userland.
constexpr std::string_view kBootargs =
    "console=ttyS0 quiet cryptomgr.notests "
    "initcall_blacklist=jent_mod_init,load_system_certificate_list";
constexpr std::string_view kCommandBootargs = " loglevel=0 panic=-1";

constexpr uint64_t kRamBytes = kGiB;
constexpr unsigned kVirtualBits = 39;  // fewer levels of page tables, and windows for the JIT

// --kernel, --initrd and --append, or Debian's.
Outcome choose_kernel(const OptionValues& options, RunPlan& plan) {
  MachineConfig& machine = plan.machine;
  const std::string* kernel = options.last(Flag::kKernel);
  if (kernel != nullptr) {
    machine.kernel = *kernel;
  } else {
    if (Outcome fetched = fetch_debian(); !fetched) return fetched;
    const MachineConfig debian = debian_machine(plan.command.has_value());
    machine.kernel = debian.kernel;
    machine.initrd = debian.initrd;
    machine.bootargs = debian.bootargs;
  }
  if (const std::string* initrd = options.last(Flag::kInitrd))
    machine.initrd = *initrd == "none" ? "" : *initrd;
  const std::string appended = join_appended(options);
  if (!appended.empty()) machine.bootargs += (machine.bootargs.empty() ? "" : " ") + appended;
  return std::monostate{};
}

}  // namespace

std::string debian_bootargs(bool for_command) {
  return std::string(kBootargs) + std::string(for_command ? kCommandBootargs : "");
}

MachineConfig debian_machine(bool for_command) {
  MachineConfig machine;
  machine.ram_bytes = kRamBytes;
  machine.time_mode = TimeMode::kRealTime;
  machine.isa.virtual_bits = kVirtualBits;
  machine.firmware = debian_directory() + "/fw_dynamic.bin";
  machine.kernel = debian_directory() + "/Image";
  machine.initrd = debian_directory() + "/initramfs.cpio";
  machine.bootargs = debian_bootargs(for_command);
  return machine;
}

int boot_command(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  if (!invocation.operands.empty())
    return report(
        usage_error(fmt::format("boot takes no '{0}'; did you mean --kernel {0}, or rvx run {0}?",
                                invocation.operands.front())));
  Result<RunPlan> plan = make_plan(options, TimeMode::kRealTime);
  if (!plan) return report(plan.error());
  if (!options.has(Flag::kMmu)) plan->machine.isa.virtual_bits = kVirtualBits;
  if (plan->machine.ram_bytes == 0) plan->machine.ram_bytes = kRamBytes;
  plan->raw_terminal = true;
  if (const std::string* command = options.last(Flag::kExec)) {
    if (options.has(Flag::kKernel))
      return report(
          usage_error("--exec runs in Debian's guest and cannot be used with --kernel; leave one "
                      "of them away"));
    if (plan->machine.board == "spike")
      return report(usage_error("--exec cannot end on spike, which Linux cannot power off; use -M virt"));
    plan->command = *command;
  }
  const std::string* bios = options.last(Flag::kBios);
  if (Outcome done = choose_firmware(bios == nullptr ? "default" : *bios, plan->machine); !done)
    return report(done.error());
  if (Outcome done = choose_kernel(options, *plan); !done) return report(done.error());
  return run_session(*plan);
}

}  // namespace rvx::cli
