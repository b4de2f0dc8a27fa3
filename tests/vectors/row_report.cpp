// Judges each group, and narrows a difference down to vectors.
#include "row_report.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cpu/isa/decode.hpp"

namespace rvx::vectors {
namespace {

std::string hex(const std::vector<uint64_t>& record) {  // without the index of the case
  return fmt::format("{:016x}", fmt::join(record.begin() + 1, record.end(), " "));
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
  if (plan.sets_memory) {
    text += fmt::format(" memory={:#x},{:#x}", words[kWordInit0], words[kWordInit1]);
  }
  if (plan.frm != 0) text += fmt::format(" frm={}", plan.frm);
  return text;
}

}  // namespace

Verdict RowReport::run() {
  const Summaries a = runner_.groups(ours_);
  const Summaries b = runner_.groups(theirs_);
  const std::set<Op> skipped = lacking(a, b);
  for (const Op row : skipped) verdict_.skipped.emplace(isa::info(row).name);
  std::set<Op> rows;
  for (uint64_t g = 0; g < program_.groups().size(); ++g) {
    const GroupPlan& group = program_.groups()[g];
    if (skipped.contains(group.row)) continue;
    if (!a.contains(g) || !b.contains(g)) throw std::runtime_error("no result for " + group.name);
    rows.insert(group.row);
    verdict_.vectors += a.at(g).records;
    judge(g, a.at(g), b.at(g));
  }
  verdict_.rows = rows.size();
  return verdict_;
}

// Rows all of whose vectors trap there, where that is known.
std::set<Op> RowReport::lacking(const Summaries& ours, const Summaries& theirs) const {
  std::map<Op, bool> does_trap;
  for (uint64_t g = 0; g < program_.groups().size(); ++g) {
    const Op row = program_.groups()[g].row;
    const bool traps =
        ours.contains(g) && theirs.contains(g) && theirs.at(g).traps == theirs.at(g).records;
    does_trap.try_emplace(row, true).first->second &= traps;
  }
  std::set<Op> rows;
  for (const auto& [row, traps] : does_trap) {
    if (traps && deviations_.may_lack(row)) rows.insert(row);
  }
  return rows;
}

void RowReport::judge(uint64_t index, const Summary& ours, const Summary& theirs) {
  const std::string& name = program_.groups()[index].name;
  if (ours.strays != 0) {
    ++verdict_.failures;
    fmt::print("{}: {} cases were given up because of stray traps\n", name, ours.strays);
    return;
  }
  const Deviation* known = deviations_.find(name);
  if (ours == theirs) {
    if (known == nullptr || !known->is_sure) return;
    ++verdict_.failures;
    fmt::print("{}: does not differ any more; remove the exception \"{}\"\n", name, known->reason);
    return;
  }
  if (known != nullptr) {
    ++verdict_.excepted;
    return;
  }
  ++verdict_.failures;
  fmt::print("{}: {} records {} traps {:016x} here; {} records {} traps {:016x} on {}\n", name,
             ours.records, ours.traps, ours.hash, theirs.records, theirs.traps, theirs.hash,
             theirs_.name());
  if (verdict_.failures <= explained_) explain(index);
}

void RowReport::explain(uint64_t group) const {
  const std::optional<uint64_t> index = runner_.first_difference(group, ours_, theirs_);
  if (!index) {
    fmt::print("  no case of it differs when it runs alone\n");
    return;
  }
  const Records a = runner_.records(ours_, *index);
  const Records b = runner_.records(theirs_, *index);
  const CasePlan& plan = program_.plan_of(*index);
  constexpr unsigned kMost = 3;
  unsigned differences = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i] || differences++ >= kMost) continue;
    fmt::print("  {} ({:x}), vector {}:{}\n    {:8} {}\n    {:8} {}\n",
               isa::disassemble(plan.insn.bits, isa::IsaConfig::all()), plan.insn.bits, i,
               operand_text(plan, program_.operands(*index, i)), ours_.name(), hex(a[i]),
               theirs_.name(), hex(b[i]));
  }
  fmt::print("  {} of the {} vectors of this case differ\n", differences, a.size());
}

}  // namespace rvx::vectors
