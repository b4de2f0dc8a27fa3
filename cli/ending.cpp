// How a run ended, as an exit status and lines for a person.
#include "cli/ending.hpp"

#include <csignal>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

// "hart 0 at 0x80000010 (main+0x4)"
std::string whereabouts(Machine& machine, size_t index) {
  const uint64_t pc = machine.hart(index).s.pc;
  const auto symbol = machine.images().symbols.symbolise(pc);
  return fmt::format("hart {} at {:#x}{}", index, pc,
                     symbol ? fmt::format(" ({})", symbol->text()) : "");
}

std::string all_whereabouts(Machine& machine) {
  std::string text;
  for (size_t i = 0; i < machine.hart_count(); ++i) {
    text += (i == 0 ? "" : ", ") + whereabouts(machine, i);
  }
  return text;
}

// Why a stuck hart stands where there is no memory: every trap leads there.
std::string hint(Machine& machine) {
  for (size_t i = 0; i < machine.hart_count(); ++i) {
    const HartState& s = machine.hart(i).s;
    if (machine.ram().contains(s.pc, 2)) continue;
    const uint64_t handler = s.priv == Priv::kM ? s.csr.mtvec : s.csr.stvec;
    return fmt::format("; traps go to {:#x}, where there is no memory: -l shows the first one",
                       handler);
  }
  return {};
}

EndingReport describe_failure(const Ending& ending) {
  EndingReport report;
  const auto code = static_cast<int64_t>(ending.code);
  // CHOICE: a failure without a code of its own is status 1.
  report.status =
      code == 0 ? 1 : (code < 0 || code > kLargestCode ? kLargestCode : static_cast<int>(code));
  if (ending.source == "htif") {
    report.lines.push_back(fmt::format("*** FAILED *** (tohost = {})", code));
  }
  if (code < 0 || code > kLargestCode)
    report.lines.push_back(fmt::format("rvx: the guest reported {} ({}); the exit status is {}",
                                       code, ending.source, report.status));
  return report;
}

}  // namespace

EndingReport describe_ending(const Ending& ending, Machine& machine, const MachineConfig& asked,
                             int signal) {
  using Kind = Ending::Kind;
  switch (ending.kind) {
    case Kind::kPass:
    case Kind::kPowerOff:
    case Kind::kReset: return {};
    case Kind::kFail: return describe_failure(ending);
    case Kind::kInstructionLimit:
      return {kLimitStatus,
              {fmt::format("rvx: stopped after {} instructions (--max-insns): {}",
                           asked.max_instructions.value_or(0), all_whereabouts(machine))}};
    case Kind::kTimeout:
      return {kLimitStatus,
              {fmt::format("rvx: stopped after {:g} s (--timeout): {}",
                           static_cast<double>(asked.timeout_ns.value_or(0)) / 1e9,
                           all_whereabouts(machine))}};
    case Kind::kStuck:
      return {kLimitStatus,
              {fmt::format(
                  "rvx: guest is stuck: every hart waits or spins and nothing can wake it: {}{}",
                  all_whereabouts(machine), hint(machine))}};
    case Kind::kStopped:
      // CHOICE: ending it from the keyboard counts as an interrupt, since the guest did not say so.
      return {kSignalStatus + (signal == 0 ? SIGINT : signal), {}};
    case Kind::kNoThread:
      return {kUsageStatus,
              {"rvx: error: the host gives no thread for each hart; give fewer harts (-p) or a higher limit (ulimit -u)"}};
  }
  return {kUsageStatus, {"rvx: error: a run ended in an unknown way"}};
}

const char* ending_name(Ending::Kind kind) noexcept {
  using Kind = Ending::Kind;
  switch (kind) {
    case Kind::kPass: return "pass";
    case Kind::kFail: return "fail";
    case Kind::kPowerOff: return "power-off";
    case Kind::kReset: return "reset";
    case Kind::kInstructionLimit: return "instruction-limit";
    case Kind::kTimeout: return "timeout";
    case Kind::kStuck: return "stuck";
    case Kind::kStopped: return "stopped";
    case Kind::kNoThread: return "no-thread";
  }
  return "unknown";
}

}  // namespace rvx::cli
