// Reads what test programs print, and narrows a difference down to one vector.
#include "compare.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cpu/isa/decode.hpp"

namespace rvx::vectors {
namespace {

using Records = std::vector<std::vector<uint64_t>>;

// What follows the letter of each line of `kind`.
Records parse_lines(const std::string& text, char kind) {
  Records lines;
  bool has_end = false;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("END")) has_end = true;
    if (line.size() < 2 || line[0] != kind || line[1] != ' ') continue;
    std::istringstream words(line.substr(2));
    words >> std::hex;
    lines.emplace_back();
    for (uint64_t word; words >> word;) lines.back().push_back(word);
  }
  if (!has_end)
    throw std::runtime_error("the program did not reach its end: " + text.substr(0, 2000));
  return lines;
}

std::string hex(const std::vector<uint64_t>& words) {
  return fmt::format("{:016x}", fmt::join(words, " "));
}

// Registers that take part, with what they hold before.
std::string operand_text(const CasePlan& plan, const std::vector<uint64_t>& words) {
  std::string text;
  for (const CasePlan::Input& input : plan.inputs) {
    const bool is_x = input.reg.file == Reg::File::kX;
    text +=
        fmt::format(" {}={:#x}", is_x ? isa::x_name(input.reg.index) : isa::f_name(input.reg.index),
                    words[input.word]);
  }
  if (plan.sets_memory)
    text += fmt::format(" memory={:#x},{:#x}", words[kWordInit0], words[kWordInit1]);
  if (plan.frm != 0) text += fmt::format(" frm={}", plan.frm);
  return text;
}

}  // namespace

std::map<uint64_t, Summary> parse_summaries(const std::string& text, char kind) {
  std::map<uint64_t, Summary> summaries;
  for (const std::vector<uint64_t>& line : parse_lines(text, kind)) {
    if (line.size() == 5) summaries[line[0]] = {line[1], line[2], line[3], line[4]};
  }
  return summaries;
}

std::string Runner::run(Oracle& oracle, VectorsMode mode, uint64_t wanted) const {
  const std::vector<uint8_t> elf = program_.elf(driver_, mode, wanted);
  std::ofstream file(path_, std::ios::binary);
  file.write(reinterpret_cast<const char*>(elf.data()), static_cast<std::streamsize>(elf.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path_);
  return oracle.run(path_);
}

std::map<uint64_t, Summary> Runner::groups(Oracle& oracle) const {
  return parse_summaries(run(oracle, kVectorsGroups, 0), 'G');
}

std::string Runner::explain(uint64_t group, Oracle& ours, Oracle& theirs) const {
  const auto a = parse_summaries(run(ours, kVectorsCases, group), 'C');
  const auto b = parse_summaries(run(theirs, kVectorsCases, group), 'C');
  for (const auto& [index, summary] : a) {
    if (!b.contains(index) || summary != b.at(index)) return explain_case(index, ours, theirs);
  }
  return "  no case of it differs when it runs alone\n";
}

std::string Runner::explain_case(uint64_t index, Oracle& ours, Oracle& theirs) const {
  const Records a = parse_lines(run(ours, kVectorsRecords, index), 'R');
  const Records b = parse_lines(run(theirs, kVectorsRecords, index), 'R');
  const CasePlan& plan = program_.plan_of(index);
  std::string text;
  unsigned differences = 0;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (differences++ < 3) {
      text += fmt::format("  {} ({:x}), vector {}:{}\n    {:8} {}\n    {:8} {}\n",
                          isa::disassemble(plan.insn.bits, isa::IsaConfig::all()), plan.insn.bits,
                          i, operand_text(plan, program_.operands(index, i)), ours.name(),
                          hex({a[i].begin() + 1, a[i].end()}), theirs.name(),
                          hex({b[i].begin() + 1, b[i].end()}));
    }
  }
  return text + fmt::format("  {} of the {} vectors of this case differ\n", differences, a.size());
}

}  // namespace rvx::vectors
