// Which programs `rvx bench` runs: those of bench/ by name and group, or files that the user gives.
#include "cli/bench_programs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "machine/board.hpp"
#include "machine/config.hpp"
#include "machine/cpio.hpp"
#include "machine/elf_loader.hpp"

namespace rvx::cli {
namespace {

constexpr std::string_view kGuestFolder = "bench/";  // where the runner looks

std::string file_if_there(const std::string& path) {
  return ::access(path.c_str(), R_OK) == 0 ? path : std::string{};
}

bool is_file_name(const std::string& operand) {
  return operand.find('/') != std::string::npos || ::access(operand.c_str(), F_OK) == 0;
}

// A word of the runner's protocol.
std::string word_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (char& c : name)
    if (static_cast<unsigned char>(c) <= ' ' || c == '=') c = '_';
  return name;
}

// "pair" of "pair 100 2".
std::string name_of(const std::string& operand) { return operand.substr(0, operand.find(' ')); }

Result<BenchTarget> target_of_file(const std::string& path, const BenchSelection& selection) {
  const auto elf = ElfFile::open(path);
  if (!elf) return elf.error();
  // Programs for Linux are linked far below RAM.
  const uint64_t ram_base = find_board(MachineConfig{}.board)->ram_base;
  const auto segments = elf->segments();
  const bool is_in_ram = !segments.empty() &&
                         std::all_of(segments.begin(), segments.end(),
                                     [&](const ElfSegment& one) { return one.paddr >= ram_base; });
  if (elf->needs_interpreter()) {
    return unusable_error(fmt::format(
        "{} is linked dynamically, and its libraries are not in the guest; link it with -static",
        path));
  }
  BenchTarget target;
  target.name = word_of(path);
  target.program = {target.name, "user", path, true};
  target.arguments = selection.argument;
  target.native_file = selection.native;
  (selection.is_bare || is_in_ram ? target.bare_file : target.linux_file) = path;
  return target;
}

Result<std::vector<BenchTarget>> targets_of_files(BenchSelection& selection) {
  std::vector<BenchTarget> targets;
  const auto& operands = selection.operands;
  if (!selection.native.empty() && operands.size() != 1)
    return usage_error("--native is the twin of one program; give one");
  if (!selection.native.empty() && !is_program(selection.native))
    return not_found_error(fmt::format("--native {}: there is no such program", selection.native));
  for (const std::string& path : operands) {
    auto target = target_of_file(path, selection);
    if (!target) return target.error();
    targets.push_back(std::move(*target));
  }
  selection.is_bare = !targets.front().bare_file.empty();
  for (const BenchTarget& target : targets) {
    if (target.bare_file.empty() == selection.is_bare)
      return usage_error(
          "some programs are for the bare machine and some for Linux; give one kind at a time");
  }
  return targets;
}

Error unknown_program(const std::string& name, const std::vector<BenchProgram>& known) {
  std::vector<std::string_view> names;
  for (const BenchProgram& one : known) names.push_back(one.name);
  const std::string_view near = nearest(name, names);
  return usage_error(fmt::format("no program is called '{}'{}; see rvx bench --list", name,
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

}  // namespace

bool is_program(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(file.c_str(), X_OK) == 0;
}

Result<std::vector<BenchProgram>> known_programs(const std::string& directory) {
  const std::string path = directory + "/programs.json";
  const auto file = FileBytes::open(path);
  if (!file) {
    return not_found_error(fmt::format(
        "the benchmark programs are not built ({} is missing); in the source folder: cmake "
        "--build --preset release --target rvx_bench_programs",
        path));
  }
  std::vector<BenchProgram> programs;
  try {
    const auto json = nlohmann::json::parse((*file)->bytes());
    for (const auto& one : json.is_array() ? json : json.at("programs")) {
      const std::string group = one.at("group").get<std::string>();
      programs.push_back({one.at("name").get<std::string>(), group, one.value("description", ""),
                          one.value("in_mean", group == "user")});
    }
  } catch (const nlohmann::json::exception& error) {
    return unusable_error(fmt::format("{}: {}", path, error.what()));
  }
  return programs;
}

Result<std::vector<BenchTarget>> select_programs(BenchSelection& selection) {
  const auto& operands = selection.operands;
  const auto known = known_programs(selection.directory);
  const auto find = [&](const std::string& name) -> const BenchProgram* {
    if (!known) return nullptr;
    for (const BenchProgram& one : *known)
      if (one.name == name) return &one;
    return nullptr;
  };
  const bool has_files =
      std::any_of(operands.begin(), operands.end(), [&](const std::string& operand) {
        return find(name_of(operand)) == nullptr && is_file_name(operand);
      });
  if (has_files) return targets_of_files(selection);
  if (!known) return known.error();
  if (!selection.native.empty())
    return usage_error("--native is the twin of a program that is given as a file");

  std::vector<BenchTarget> chosen;
  for (const std::string& operand : operands) {
    const std::string name = name_of(operand);
    const BenchProgram* program = find(name);
    if (program == nullptr) return unknown_program(name, *known);
    const bool has_arguments = name != operand;
    BenchTarget target{*program, name, selection.argument, {}, {}, {}};
    if (has_arguments) {
      target.program.name = operand;
      target.arguments = operand.substr(name.size() + 1);
    }
    chosen.push_back(std::move(target));
  }
  const std::string group = selection.group.empty() ? "user" : selection.group;
  if (operands.empty()) {
    for (const BenchProgram& one : *known)
      if (group == "all" || one.group == group)
        chosen.push_back({one, one.name, selection.argument, {}, {}, {}});
  }
  std::vector<BenchTarget> targets;
  for (BenchTarget& target : chosen) {
    const std::string& directory = selection.directory;
    target.bare_file = file_if_there(fmt::format("{}/bare/{}.elf", directory, target.name));
    target.native_file = file_if_there(fmt::format("{}/native/{}", directory, target.name));
    if (selection.is_bare && target.bare_file.empty()) {
      if (operands.empty()) continue;  // not everything exists there
      return not_found_error(fmt::format("{} does not exist for the bare machine", target.name));
    }
    targets.push_back(std::move(target));
  }
  if (targets.empty())
    return usage_error(fmt::format("no program is in the group '{}'; see rvx bench --list", group));
  return targets;
}

Result<std::vector<uint8_t>> archive_of(const std::vector<BenchTarget>& targets) {
  CpioWriter cpio;
  bool has_files = false;
  for (const BenchTarget& target : targets) {
    if (target.linux_file.empty()) continue;
    const auto file = FileBytes::open(target.linux_file);
    if (!file) return file.error();
    if (Outcome added =
            cpio.add_file(std::string(kGuestFolder) + target.name, (*file)->bytes(), 0755);
        !added)
      return added.error();
    has_files = true;
  }
  return has_files ? cpio.finish() : std::vector<uint8_t>{};
}

}  // namespace rvx::cli
