// rvx machine: the boards, and the device tree of one.
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/session.hpp"
#include "machine/byte_size.hpp"
#include "machine/machine.hpp"

namespace rvx::cli {
namespace {

int list_boards() {
  for (const Board& board : kBoards) {
    fmt::print("{}: {}, RAM at {:#x}, {} by default\n", board.name, board.model, board.ram_base,
               byte_size_text(board.default_ram));
    for (const BoardDevice& device : board.devices()) {
      fmt::print("  {:#012x}  {:<10} {}\n", device.base, device.name,
                 device.irq == 0 ? "" : fmt::format("interrupt {}", device.irq));
    }
  }
  return 0;
}

Result<std::vector<uint8_t>> tree_of(const OptionValues& options) {
  MachineConfig config;
  if (Outcome done = apply_machine_options(options, config); !done) return done.error();
  if (Outcome done = apply_device_options(options, config); !done) return done.error();
  return make_dtb(describe_machine(config, *find_board(config.board)));
}

Outcome write_tree(std::span<const uint8_t> tree, bool as_source, const std::string& path) {
  std::string text(tree.begin(), tree.end());
  if (as_source) {
    Result<std::string> source = to_dts(tree);
    if (!source) return source.error();
    text = std::move(*source);
  }
  if (!path.empty()) return write_output("the device tree", path, text);
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  return std::monostate{};
}

class NoConsole final : public CharSink {
 public:
  void put(const uint8_t*, size_t) noexcept override {}
};

}  // namespace

int dump_tree(const RunPlan& plan) {
  NoConsole console;
  Machine machine(plan.machine, console);
  if (Outcome started = machine.start(); !started) return report(started.error());
  const Outcome written = write_tree(machine.images().dtb, plan.dumps_dts, plan.dtb_file);
  return written ? 0 : report(written.error());
}

int machine_command(const Invocation& invocation) {
  const std::vector<std::string>& operands = invocation.operands;
  if (operands.size() > 1)
    return report(usage_error(fmt::format("machine {} takes no '{}'", operands[0], operands[1])));
  const std::string what = operands.empty() ? "" : operands[0];
  if (what == "list") return list_boards();
  if (what != "dts" && what != "dtb") {
    return report(usage_error(
        what.empty() ? "give one of: rvx machine list, rvx machine dts, rvx machine dtb -o FILE"
                     : fmt::format("machine takes list, dts or dtb, not '{}'", what)));
  }
  const Result<std::vector<uint8_t>> tree = tree_of(invocation.options);
  if (!tree) return report(tree.error());
  const std::string* path = invocation.options.last(Flag::kOutput);
  if (what == "dtb" && path == nullptr && ::isatty(1) == 1)
    return report(usage_error(
        "a device tree blob is no text for a terminal; name a file: rvx machine dtb -o FILE"));
  const Outcome written = write_tree(*tree, what == "dts", path == nullptr ? "" : *path);
  return written ? 0 : report(written.error());
}

}  // namespace rvx::cli
