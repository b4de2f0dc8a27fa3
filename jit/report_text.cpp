// The report on translated code as text.
#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cpu/isa/decode.hpp"
#include "jit/host_code.hpp"
#include "jit/ir_text.hpp"
#include "jit/report.hpp"

namespace rvx::jit {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(SlowWay::kCount)> kSlowText = {"load", "store", "shared check", "line of code",
                                                                                          "the interpreter's body"};

using Rows = std::vector<std::pair<uint64_t, std::string>>;

double share(uint64_t part, uint64_t whole) { return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }
double ratio(uint64_t a, uint64_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }
double ms(uint64_t ns) { return static_cast<double>(ns) / 1e6; }

// The most frequent first; nothing for what did not occur.
std::string rows_text(Rows rows, std::string_view indent) {
  std::erase_if(rows, [](const auto& row) { return row.first == 0; });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::string text;
  for (const auto& [count, what] : rows) text += fmt::format("{}{:>14}  {}\n", indent, count, what);
  return text;
}

void add_ways(Rows& rows, const std::array<uint64_t, static_cast<size_t>(Way::kCount)>& ways) {
  for (size_t i = 0; i < ways.size(); ++i)
    if (static_cast<Way>(i) != Way::kBlock) rows.emplace_back(ways[i], kWayText[i]);
}

std::string slow_text(const SlowSite& s) {
  std::string text = fmt::format("C++ for a {}", kSlowText[static_cast<size_t>(s.way)]);
  if (s.way == SlowWay::kRow) text = "C++ for the interpreter's body";
  if (s.faults != 0) text += fmt::format(", {} exceptions", s.faults);
  if (s.leaves != 0) text += fmt::format(", {} {}", s.leaves, s.way == SlowWay::kFill ? "refused" : "left the region");
  return text;
}

std::string totals_text(const ReportTotals& totals, const ReportFrame& f) {
  std::string text = "Translated code\n";
  text += fmt::format("  {} regions of {} guest instructions at {} addresses; {:.1f} µs to translate each\n", f.regions, f.guest_instructions,
                      totals.addresses.size(), ratio(f.compile_ns, f.guest_instructions) / 1e3);
  text += fmt::format("  compile time {:.1f} ms, {:.2f} % of the run's {:.1f} ms\n", ms(f.compile_ns), share(f.compile_ns, f.run_ns), ms(f.run_ns));
  text += " ";
  for (size_t i = 0; i < f.stage_ns.size(); ++i) text += fmt::format(" {} {:.0f} %{}", kStageText[i], share(f.stage_ns[i], f.compile_ns), i + 1 < f.stage_ns.size() ? "," : "\n");
  text += fmt::format("  {} of {} instructions ran in it, {:.2f} %\n", totals.executed, f.instructions, share(totals.executed, f.instructions));
  text += fmt::format("  {} of {} bytes of the code cache are in use; it was flushed {} times; code was dropped {} times; {} shared checks were taken apart\n",
                      f.bytes_used, f.bytes, f.flushes, f.dropped, f.unmerged);
  text += "\nWays in and out, all regions\n";
  Rows rows;
  add_ways(rows, totals.ways);
  for (const SlowSite& s : totals.slow) rows.emplace_back(s.calls, slow_text(s));
  text += rows_text(std::move(rows), "  ");
  const auto by_name = [&](const std::map<std::string, uint64_t>& counts, std::string_view title) {
    Rows names;
    for (const auto& [name, count] : counts) names.emplace_back(count, name);
    const std::string list = rows_text(std::move(names), "  ");
    if (!list.empty()) text += fmt::format("\n{}\n{}", title, list);
  };
  by_name(totals.stops, "Instructions for the interpreter, at which regions were left");
  by_name(totals.rows, "Instructions inside regions for which the interpreter's body was called");
  return text;
}

class RegionText {
 public:
  RegionText(const RegionReport& r, const std::map<uint64_t, const char*>& names, const std::function<std::string(uint64_t)>& symbol_at,
             const isa::IsaConfig& isa)
      : r_(r), names_(names), symbol_at_(symbol_at), isa_(isa) {}

  std::string text(size_t rank, uint64_t all) {
    const uint64_t executed = r_.executed(), entries = r_.count(Way::kEntry);
    const size_t insns = r_.region.insns.size(), bytes = r_.host_bytes();
    const uint32_t hot = r_.blocks_end;
    std::string text = fmt::format("\n#{}  {:.2f} %  {}\n", rank, share(executed, all), place(r_.va));
    text += fmt::format("  physical page {:#x}; {} guest instructions in {} blocks, from {:#x} to {:#x}\n", r_.region.physical, insns,
                        r_.region.blocks.size(), lowest(), highest());
    text += fmt::format("  {} instructions executed in {} entries, {:.1f} in each\n", executed, entries, ratio(executed, entries));
    text += fmt::format("  {} bytes of host code without counters, {:.1f} for each instruction; with them {} bytes in blocks, {} behind\n", bytes,
                        ratio(bytes, insns), hot, r_.code.size() - hot);
    text += fmt::format("  translated in {:.3f} ms\n", ms(r_.compile_ns));
    text += rows_text(ways(), "  ");
    for (size_t b = 0; b < r_.region.blocks.size(); ++b) text += block(b);
    text += "\n  behind the blocks: ways in, ways out, rare cases\n" + host(hot, static_cast<uint32_t>(r_.code.size()));
    return text;
  }

 private:
  uint64_t page() const { return r_.va & ~kPageMask; }
  uint64_t lowest() const {
    return page() + std::min_element(r_.region.insns.begin(), r_.region.insns.end(), by_offset)->offset;
  }
  uint64_t highest() const {
    const IrInsn& last = *std::max_element(r_.region.insns.begin(), r_.region.insns.end(), by_offset);
    return page() + last.offset + last.insn.length;
  }
  static bool by_offset(const IrInsn& a, const IrInsn& b) { return a.offset < b.offset; }

  std::string place(uint64_t va) const {
    const std::string symbol = symbol_at_ ? symbol_at_(va) : std::string();
    return symbol.empty() ? fmt::format("{:#x}", va) : fmt::format("{:#x} <{}>", va, symbol);
  }

  Rows ways() const {
    Rows rows;
    std::map<std::string, uint64_t> by_text;
    for (const Tally& t : r_.tallies.cells) {
      if (t.way == Way::kBlock) continue;
      std::string what(kWayText[static_cast<size_t>(t.way)]);
      if (t.way == Way::kInterpreter) what += fmt::format(": {} at {:#x}", stop_at(t.offset), page() + static_cast<uint64_t>(t.offset));
      else if (t.way == Way::kFloating) what += fmt::format(": {} at {:#x}", name(t.insn), page() + r_.region.insns[t.insn].offset);
      else if (t.way == Way::kEntry || t.way == Way::kOtherPage || t.way == Way::kOtherPageMiss || t.way == Way::kDirect || t.way == Way::kUnlinked)
        what += fmt::format(": {}", place(page() + static_cast<uint64_t>(t.offset)));
      by_text[what] += t.count;
    }
    for (const auto& [what, count] : by_text) rows.emplace_back(count, what);
    for (const SlowSite& s : r_.sites)
      rows.emplace_back(s.calls, fmt::format("{}: {} at {:#x}", slow_text(s), name(s.insn), page() + r_.region.insns[s.insn].offset));
    return rows;
  }

  std::string_view name(uint32_t insn) const { return isa::info(r_.region.insns[insn].insn.op).name; }

  std::string_view stop_at(int64_t offset) const {
    for (size_t b = 0; b < r_.stops.size(); ++b)
      if (r_.region.blocks[b].how == BlockEnd::kLeave && r_.region.blocks[b].next.offset == offset) return r_.stops[b];
    return "?";
  }

  std::string block(size_t index) const {
    const IrBlock& block = r_.region.blocks[index];
    std::string text = fmt::format("\n  block {} at {}: run {} times{}{}\n", index, place(page() + block.start), r_.runs(block.first),
                                   block.loop_depth != 0 ? fmt::format(", in {} loops", block.loop_depth) : "", block.is_entry ? ", an entry" : "");
    if (block.first < block.end) text += host(r_.block_at[index], r_.insn_at[block.first]);
    for (uint32_t i = block.first; i < block.end; ++i) {
      const IrInsn& insn = r_.region.insns[i];
      text += fmt::format("  {:x}:  {}\n", page() + insn.offset, isa::disassemble(insn.insn.bits, isa_));
      for (const std::string& line : ir_text(r_.region, insn)) text += fmt::format("          {}\n", line);
      const uint32_t end = i + 1 < block.end                              ? r_.insn_at[i + 1]
                           : index + 1 < r_.region.blocks.size() ? r_.block_at[index + 1]
                                                                           : r_.blocks_end;
      text += host(r_.insn_at[i], end);
    }
    return text;
  }

  std::string host(uint32_t from, uint32_t to) const {
    return host_code_text({r_.code.data() + from, to - from}, r_.host + from, "              ", [this](uint64_t number) { return what_is(number); });
  }

  // A number that generated code holds.
  std::string what_is(uint64_t number) const {
    if (const auto thunk = names_.find(number); thunk != names_.end()) return thunk->second;
    for (const SlowSite& s : r_.sites)
      if (s.address == number) return fmt::format("{} at {:#x}, {} times", kSlowText[static_cast<size_t>(s.way)], page() + r_.region.insns[s.insn].offset, s.calls);
    for (const Tally& t : r_.tallies.cells)
      if (reinterpret_cast<uint64_t>(&t.count) == number) return fmt::format("counts {}", kWayText[static_cast<size_t>(t.way)]);
    return {};
  }

  const RegionReport& r_;
  const std::map<uint64_t, const char*>& names_;
  const std::function<std::string(uint64_t)>& symbol_at_;
  const isa::IsaConfig& isa_;
};

}  // namespace

std::string Report::text(size_t top, const ReportFrame& frame, const std::map<uint64_t, const char*>& names,
                         const std::function<std::string(uint64_t)>& symbol_at) const {
  std::vector<std::pair<uint64_t, const RegionReport*>> order;
  for (const RegionReport& region : regions_) order.emplace_back(region.executed(), &region);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second->va < b.second->va; });
  std::string text = totals_text(totals(), frame);
  text += "\nHot regions, by the share of all instructions that ran in them\n";
  for (size_t i = 0; i < order.size() && i < 5 * top; ++i)
    text += fmt::format("  {:>4} {:6.2f} %  {:#x} {}\n", i + 1, share(order[i].first, frame.instructions), order[i].second->va,
                        symbol_at ? symbol_at(order[i].second->va) : std::string());
  for (size_t i = 0; i < order.size() && i < top && order[i].first != 0; ++i)
    text += RegionText(*order[i].second, names, symbol_at, isa_).text(i + 1, frame.instructions);
  return text;
}

}  // namespace rvx::jit
