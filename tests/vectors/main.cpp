// rvx_vectors: every row of the instruction table on many operands, rvx against QEMU or Spike.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tests/vectors/compare.hpp"
#include "tests/vectors/deviations.hpp"
#include "tests/vectors/program.hpp"

namespace rvx::vectors {
namespace {

constexpr int kSkipped = 77;  // what ctest takes for skipped

struct Options {
  std::string oracle = "qemu";
  std::string isa = "max";
  std::string only;  // rows whose name contains it
  std::string driver = RVX_VECTORS_DRIVER;
  uint64_t seed = 1;
  unsigned explained = 5;
};

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// The program of all rows that the ISA has, and a line about those that are left out.
Program make_program(const Options& options, const isa::IsaConfig& isa) {
  Program program(isa, options.seed);
  std::string left_out;
  unsigned rows = 0;
  for (unsigned i = 1; i < isa::kOpCount; ++i) {
    const Op row = static_cast<Op>(i);
    const std::string name(isa::info(row).name);
    if (name.find(options.only) == std::string::npos) continue;
    if (const char* reason = untested_reason(row)) {
      left_out += fmt::format(" {} ({})", name, reason);
      continue;
    }
    program.add_row(row);
    ++rows;
  }
  program.finish();
  fmt::print("{} rows, {} groups, {} cases\n", rows, program.groups().size(), program.case_count());
  if (!left_out.empty()) fmt::print("not tried:{}\n", left_out);
  return program;
}

// What the comparison of all groups comes to.
struct Verdict {
  unsigned rows = 0;
  uint64_t vectors = 0;
  unsigned failures = 0;
  std::map<std::string, unsigned> skipped;  // rows by extension
  unsigned excepted = 0;
};

class Comparison {
 public:
  Comparison(const Options& options, const Program& program, const Runner& runner, Oracle& ours,
             Oracle& theirs, const Deviations& deviations)
      : options_(options),
        program_(program),
        runner_(runner),
        ours_(ours),
        theirs_(theirs),
        deviations_(deviations) {}

  Verdict run() {
    const auto a = runner_.groups(ours_);
    const auto b = runner_.groups(theirs_);
    find_lacking(a, b);
    for (uint64_t g = 0; g < program_.groups().size(); ++g) {
      const GroupPlan& group = program_.groups()[g];
      if (lacking_.contains(group.row)) continue;
      if (!a.contains(g) || !b.contains(g)) throw std::runtime_error("no result for " + group.name);
      verdict_.vectors += a.at(g).records;
      judge(g, group, a.at(g), b.at(g));
    }
    return verdict_;
  }

 private:
  // Rows all of whose vectors trap there and not here, for a reason that is on record.
  void find_lacking(const std::map<uint64_t, Summary>& a, const std::map<uint64_t, Summary>& b) {
    std::map<Op, bool> traps;
    for (uint64_t g = 0; g < program_.groups().size(); ++g) {
      const Op row = program_.groups()[g].row;
      const bool here = !a.contains(g) || !b.contains(g) || b.at(g).traps != b.at(g).records;
      const auto [it, is_new] = traps.try_emplace(row, true);
      if (is_new) ++verdict_.rows;
      if (here) it->second = false;
    }
    for (const auto& [row, all_trap] : traps) {
      if (all_trap && deviations_.may_lack(row)) {
        lacking_.insert({row, true});
        --verdict_.rows;
        ++verdict_.skipped[std::string(isa::info(row).name)];
      }
    }
  }

  void judge(uint64_t g, const GroupPlan& group, const Summary& a, const Summary& b) {
    if (a.strays != 0) {
      ++verdict_.failures;
      fmt::print("{}: {} cases were given up because of stray traps\n", group.name, a.strays);
      return;
    }
    const Deviation* known = deviations_.find(group.name);
    if (a == b) {
      if (known == nullptr || !known->is_sure) return;
      ++verdict_.failures;
      fmt::print("{}: does not differ any more; remove the exception \"{}\"\n", group.name,
                 known->reason);
      return;
    }
    if (known != nullptr) {
      ++verdict_.excepted;
      return;
    }
    ++verdict_.failures;
    fmt::print("{}: {} records {} traps {:016x} here; {} records {} traps {:016x} on {}\n",
               group.name, a.records, a.traps, a.hash, b.records, b.traps, b.hash, theirs_.name());
    if (verdict_.failures <= options_.explained)
      fmt::print("{}", runner_.explain(g, ours_, theirs_));
  }

  const Options& options_;
  const Program& program_;
  const Runner& runner_;
  Oracle& ours_;
  Oracle& theirs_;
  const Deviations& deviations_;
  std::map<Op, bool> lacking_;
  Verdict verdict_;
};

int run(const Options& options) {
  isa::IsaConfig isa;
  std::string error;
  if (!isa::IsaConfig::parse(options.isa, isa, error)) throw std::runtime_error(error);

  std::unique_ptr<Oracle> theirs;
  Deviations deviations = Deviations::none();
  if (options.oracle == "qemu") {
    const std::string qemu = environment("RVX_QEMU", "qemu-system-riscv64");
    Version version;
    theirs = make_qemu(qemu, isa, version);
    if (theirs == nullptr) {
      fmt::print("skipped: {} is not installed\n", qemu);
      return kSkipped;
    }
    deviations = Deviations::of_qemu(version);
  } else {
    const std::string spike = environment("RVX_SPIKE", "");
    if (spike.empty()) {
      fmt::print("skipped: RVX_SPIKE does not name Spike\n");
      return kSkipped;
    }
    theirs = make_spike(spike, isa);
    deviations = Deviations::of_spike();
  }

  const Program program = make_program(options, isa);
  const std::filesystem::path elf = std::filesystem::temp_directory_path() /
                                    fmt::format("rvx-vectors-{}-{}.elf", options.oracle, getpid());
  const Runner runner(program, read_file(options.driver), elf.string());
  const std::unique_ptr<Oracle> ours = make_rvx(isa);
  const Verdict verdict = Comparison(options, program, runner, *ours, *theirs, deviations).run();
  std::filesystem::remove(elf);

  fmt::print("{} rows on {} vectors against {}: {} groups differ", verdict.rows, verdict.vectors,
             theirs->name(), verdict.failures);
  fmt::print(", {} differ as recorded", verdict.excepted);
  fmt::print(", {} rows skipped\n", verdict.skipped.size());
  if (!verdict.skipped.empty()) {
    fmt::print("{} does not implement:", theirs->name());
    for (const auto& [row, count] : verdict.skipped) fmt::print(" {}", row);
    fmt::print("\n");
  }
  return verdict.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rvx::vectors

int main(int argc, char** argv) {
  rvx::vectors::Options options;
  CLI::App app(
      "Runs every row of the instruction table on many operands, on rvx and on another machine");
  app.add_option("--oracle", options.oracle, "qemu, or spike (RVX_SPIKE names the program)")
      ->check(CLI::IsMember({"qemu", "spike"}));
  app.add_option("--isa", options.isa, "ISA string of rvx; rows outside of it are not tried");
  app.add_option("--only", options.only, "only rows whose name contains this");
  app.add_option("--driver", options.driver, "the driver's ELF file");
  app.add_option("--seed", options.seed, "of random registers and operands");
  app.add_option("--explain", options.explained, "how many differences are shown in full");
  CLI11_PARSE(app, argc, argv);
  try {
    return rvx::vectors::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rvx_vectors: {}\n", error.what());
    return 2;
  }
}
