// rvx_vectors: every row of the instruction table on many operands, and random blocks; rvx against
// QEMU or Spike.
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "tests/vectors/block_report.hpp"
#include "tests/vectors/row_report.hpp"

namespace rvx::vectors {
namespace {

constexpr int kSkipped = 77;  // what ctest takes for skipped

struct Options {
  std::string oracle = "qemu";
  std::string isa = "max";
  std::string only;  // rows whose name contains it
  std::string driver = RVX_VECTORS_DRIVER;
  bool is_paged = false;
  uint64_t seed = 1;
  unsigned explained = 5;
  unsigned blocks = 2000;
};

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// Adds all rows and prints a line about those that are left out.
void fill(Program& program, const Options& options) {
  std::string left_out;
  for (unsigned i = 1; i < isa::kOpCount; ++i) {
    const Op row = static_cast<Op>(i);
    const std::string name(isa::info(row).name);
    if (name.find(options.only) == std::string::npos) continue;
    program.add_row(row);
    if (const char* reason = untested_reason(row))
      left_out += fmt::format(" {} ({})", name, reason);
  }
  program.finish();
  fmt::print("{} groups, {} cases\n", program.groups().size(), program.case_count());
  if (!left_out.empty()) fmt::print("not tried:{}\n", left_out);
}

std::string scratch_file() {
  const std::string name = fmt::format("rvx-vectors-{}.elf", getpid());
  return (std::filesystem::temp_directory_path() / name).string();
}

// The machine that rvx is compared with.
struct Other {
  std::unique_ptr<Oracle> oracle;  // nullptr: it is not installed, which was said
  Deviations deviations;
};

Other make_other(const Options& options, const isa::IsaConfig& isa) {
  if (options.oracle == "qemu") {
    const std::string qemu = environment("RVX_QEMU", "qemu-system-riscv64");
    Version version;
    std::unique_ptr<Oracle> oracle = make_qemu(qemu, isa, version);
    if (oracle == nullptr) fmt::print("skipped: {} is not installed\n", qemu);
    return {std::move(oracle), Deviations::of_qemu(version)};
  }
  const std::string spike = environment("RVX_SPIKE", "");
  if (spike.empty()) {
    fmt::print("skipped: RVX_SPIKE does not name Spike\n");
    return {};
  }
  return {make_spike(spike, isa), Deviations::of_spike()};
}

int run_rows(const Options& options, const isa::IsaConfig& isa, const Other& other) {
  Program program(isa, options.is_paged, options.seed);
  fill(program, options);
  const Runner runner(program.image(), options.driver, scratch_file());
  const std::unique_ptr<Oracle> ours = make_rvx(isa);
  const Verdict verdict =
      RowReport(program, runner, *ours, *other.oracle, other.deviations, options.explained).run();

  fmt::print(
      "{} rows on {} vectors against {}: {} groups differ, {} differ as recorded, {} rows "
      "skipped\n",
      verdict.rows, verdict.vectors, other.oracle->name(), verdict.failures, verdict.excepted,
      verdict.skipped.size());
  if (!verdict.skipped.empty()) {
    fmt::print("{} does not implement: {}\n", other.oracle->name(),
               fmt::join(verdict.skipped, " "));
  }
  return verdict.failures == 0 ? 0 : 1;
}

// Blocks leave out what the other machine is known to do differently.
BlockLimits limits_of(const Deviations& deviations) {
  const auto differs = [&deviations](Op row, const char* aspect) {
    return deviations.find(std::string(isa::info(row).name) + aspect) != nullptr;
  };
  BlockLimits limits;
  limits.is_excluded = [&deviations, differs](Op row) {
    return deviations.may_lack(row) || differs(row, " plain") || differs(row, " aligned") ||
           differs(row, " in-block");
  };
  limits.is_excluded_nowhere = [differs](Op row) {
    return differs(row, " nowhere") || differs(row, " nowhere-in-block");
  };
  limits.is_excluded_rd_zero = [differs](Op row) { return differs(row, " rd-zero"); };
  limits.only_good_pages = deviations.find("store partial-in-block") != nullptr;
  return limits;
}

int run_blocks(const Options& options, const isa::IsaConfig& isa, const Other& other) {
  // Before 8.2 QEMU rounds mtval of a misaligned load that faults, which blocks cannot tell from an
  // error of ours; the rows are compared all the same.
  if (const std::string name = other.oracle->name(); name.starts_with("QEMU 7.") || name.starts_with("QEMU 8.0") ||
                                                     name.starts_with("QEMU 8.1")) {
    fmt::print("skipped: {} rounds the addresses of faults; random blocks want 8.2 or newer\n", name);
    return kSkipped;
  }
  BlockOptions blocks;
  blocks.blocks = options.blocks;
  blocks.seed = options.seed;
  blocks.is_paged = options.is_paged;
  blocks.explained = options.explained;
  blocks.driver = options.driver;
  blocks.scratch = scratch_file();
  const std::unique_ptr<Oracle> ours = make_rvx(isa);
  const BlockVerdict verdict =
      compare_blocks(blocks, isa, limits_of(other.deviations), *ours, *other.oracle);
  fmt::print("{} random blocks on {} states ({} with traps) against {}: {} differ\n", blocks.blocks,
             verdict.runs, verdict.traps, other.oracle->name(), verdict.failures);
  return verdict.failures == 0 ? 0 : 1;
}

int run(const Options& options, bool is_rows) {
  isa::IsaConfig isa;
  std::string error;
  if (!isa::IsaConfig::parse(options.isa, isa, error)) throw std::runtime_error(error);
  const Other other = make_other(options, isa);
  if (other.oracle == nullptr) return kSkipped;
  return is_rows ? run_rows(options, isa, other) : run_blocks(options, isa, other);
}

}  // namespace
}  // namespace rvx::vectors

int main(int argc, char** argv) {
  rvx::vectors::Options options;
  CLI::App app("Runs generated programs on rvx and on another machine, and compares the results");
  app.require_subcommand(1);
  CLI::App* rows =
      app.add_subcommand("rows", "every row of the instruction table on many operands");
  CLI::App* blocks = app.add_subcommand("blocks", "random blocks of instructions");
  for (CLI::App* command : {rows, blocks}) {
    command->add_option("--oracle", options.oracle, "qemu, or spike (RVX_SPIKE names the program)")
        ->check(CLI::IsMember({"qemu", "spike"}));
    command->add_option("--isa", options.isa, "ISA string of both machines");
    command->add_option("--driver", options.driver, "the driver's ELF file");
    command->add_flag("--paged", options.is_paged, "in S-mode with paging instead of M-mode");
    command->add_option("--seed", options.seed, "of all random choices");
    command->add_option("--explain", options.explained, "how many differences are shown in full");
  }
  rows->add_option("--only", options.only, "only rows whose name contains this");
  blocks->add_option("--count", options.blocks, "how many blocks");
  CLI11_PARSE(app, argc, argv);
  try {
    return rvx::vectors::run(options, rows->parsed());
  } catch (const std::exception& error) {
    fmt::print(stderr, "rvx_vectors: {}\n", error.what());
    return 2;
  }
}
