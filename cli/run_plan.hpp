// What a command line asks for beyond the machine itself, as one plain struct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/options.hpp"
#include "machine/config.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

struct RunPlan {
  MachineConfig machine;

  bool restarts_on_reset = true;       // else a reset ends the run with status 0
  bool raw_terminal = false;           // Ctrl-A commands, Ctrl-C to the guest
  std::optional<std::string> command;  // boot: to run in the guest; its status is ours

  bool log_instructions = false;
  bool log_commits = false;
  std::string log_file;  // empty = stderr

  std::string signature_file;           // empty = none
  unsigned signature_granularity = 16;  // bytes in a line

  bool wants_stats = false;
  std::string stats_file;  // empty = stderr

  std::string events_file;  // the guest's events; empty = none

  std::string jit_report_file;  // empty = none, - = stdout
  size_t jit_report_top = 20;   // regions in full

  bool dumps_dts = false;  // print the device tree instead of running
  std::string dtb_file;    // write it there instead of running; empty = do not
};

// All options that run and boot share, and those of boot and run alone where they were given.
// Software (--bios, --kernel, --initrd, --append, PROGRAM) is left to the command: see defaults
// there.
[[nodiscard]] Result<RunPlan> make_plan(const OptionValues& options, TimeMode default_time);

// --isa, --machine, -m, -smp alone: for commands that run no guest.
[[nodiscard]] Outcome apply_machine_options(const OptionValues& options, MachineConfig& machine);
// Disks, network and the other virtio devices.
[[nodiscard]] Outcome apply_device_options(const OptionValues& options, MachineConfig& machine);

}  // namespace rvx::cli
