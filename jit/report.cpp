// Collecting what became of translated code.
#include "jit/report.hpp"

#include <algorithm>
#include <cstring>

#include "cpu/isa/decode.hpp"
#include "mmu/types.hpp"

namespace rvx::jit {
namespace {

// Translations kept in full when the cache is flushed.
constexpr size_t kKept = 1000;

SlowWay slow_way(Site::Kind kind) {
  switch (kind) {
    case Site::Kind::kLoad: return SlowWay::kLoad;
    case Site::Kind::kStore: return SlowWay::kStore;
    case Site::Kind::kFill: return SlowWay::kFill;
    case Site::Kind::kLine: return SlowWay::kLine;
    case Site::Kind::kCall:
    case Site::Kind::kSystem: return SlowWay::kRow;
  }
  return SlowWay::kCount;
}

const IrBlock& block_of(const Region& region, uint32_t insn) {
  return *std::find_if(region.blocks.begin(), region.blocks.end(), [&](const IrBlock& b) { return b.first <= insn && insn < b.end; });
}

std::string name_at(const uint8_t* page, int64_t offset, const isa::IsaConfig& isa) {
  if (offset < 0 || offset + 2 > static_cast<int64_t>(kPageSize)) return "(next page)";
  uint32_t bits = 0;
  std::memcpy(&bits, page + offset, offset + 4 <= static_cast<int64_t>(kPageSize) ? 4 : 2);
  if (offset + 2 == static_cast<int64_t>(kPageSize) && (bits & 3) == 3) return "(over two pages)";
  const isa::Insn insn = isa::decode(bits, isa);
  return insn.op == isa::Op::kIllegal ? "(illegal)" : std::string(isa::info(insn.op).name);
}

}  // namespace

uint64_t RegionReport::executed() const noexcept {
  uint64_t all = 0, not_run = 0;
  for (const Tally& t : tallies.cells) {
    if (t.insn == Tally::kNoInsn) continue;
    const uint64_t rest = t.count * (block_of(region, t.insn).end - t.insn);
    (t.way == Way::kBlock ? all : not_run) += rest;
  }
  for (const SlowSite& s : sites) {
    const uint64_t rest = block_of(region, s.insn).end - s.insn;
    // A check that several accesses share is left before its instruction, the others after theirs.
    not_run += s.faults * rest + s.leaves * (s.way == SlowWay::kFill ? rest : rest - 1);
  }
  return all - std::min(all, not_run);
}

uint64_t RegionReport::count(Way way) const noexcept {
  uint64_t sum = 0;
  for (const Tally& t : tallies.cells)
    if (t.way == way) sum += t.count;
  return sum;
}

uint64_t RegionReport::runs(uint32_t insn) const noexcept {
  for (const Tally& t : tallies.cells)
    if (t.way == Way::kBlock && t.insn == insn) return t.count;
  return 0;
}

void ReportTotals::add(const RegionReport& region) {
  for (const Tally& t : region.tallies.cells) {
    ways[static_cast<size_t>(t.way)] += t.count;
    if (t.count == 0) continue;
    if (t.way == Way::kFloating) stops[std::string(isa::info(region.region.insns[t.insn].insn.op).name) + ", floating-point case"] += t.count;
    if (t.way != Way::kInterpreter) continue;
    for (size_t b = 0; b < region.stops.size(); ++b) {
      const IrBlock& block = region.region.blocks[b];
      if (block.how != BlockEnd::kLeave || block.next.offset != t.offset) continue;
      stops[region.stops[b]] += t.count;
      break;
    }
  }
  for (const SlowSite& s : region.sites) {
    SlowSite& sum = slow[static_cast<size_t>(s.way)];
    sum.way = s.way;
    sum.calls += s.calls;
    sum.faults += s.faults;
    sum.leaves += s.leaves;
    if (s.way == SlowWay::kRow && s.calls != 0) rows[std::string(isa::info(region.region.insns[s.insn].insn.op).name)] += s.calls;
  }
  for (const IrBlock& block : region.region.blocks) {
    const uint64_t runs = region.runs(block.first);
    for (uint32_t i = block.first; runs != 0 && i < block.end; ++i) {
      const IrInsn& insn = region.region.insns[i];
      for (NodeId id = insn.first; id < insn.end; ++id) {
        const Node& n = region.region.nodes[static_cast<size_t>(id)];
        if (!n.is_dead) ops[static_cast<size_t>(n.op)] += runs;
      }
    }
  }
  executed += region.executed();
  for (const IrInsn& insn : region.region.insns) addresses.insert(region.region.physical + insn.offset);
}

ReportTotals Report::totals() const {
  ReportTotals totals = forgotten_;
  for (const RegionReport& region : regions_) totals.add(region);
  return totals;
}

RegionReport& Report::add(const Region& region, uint64_t va, const uint8_t* page) {
  RegionReport& report = regions_.emplace_back();
  report.va = va;
  report.region = region;
  for (const IrBlock& block : region.blocks)
    report.stops.push_back(block.how == BlockEnd::kLeave ? name_at(page, block.next.offset, isa_) : std::string());
  return report;
}

void Report::add_site(RegionReport& region, const Site& site) {
  const std::vector<IrInsn>& insns = region.region.insns;
  const auto insn = std::find_if(insns.begin(), insns.end(), [&](const IrInsn& i) { return i.offset == site.offset; });
  sites_[&site] = &region.sites.emplace_back(SlowSite{slow_way(site.kind), static_cast<uint32_t>(insn - insns.begin()), reinterpret_cast<uint64_t>(&site)});
}

void Report::count(const Site& site, Outcome outcome) noexcept {
  const auto found = sites_.find(&site);
  if (found == sites_.end()) return;
  ++found->second->calls;
  if (outcome == Outcome::kFault) ++found->second->faults;
  if (outcome == Outcome::kLeft) ++found->second->leaves;
}

void Report::flush() {
  sites_.clear();
  if (regions_.size() <= kKept) return;
  std::sort(regions_.begin(), regions_.end(), [](const RegionReport& a, const RegionReport& b) { return a.executed() > b.executed(); });
  while (regions_.size() > kKept) {
    forgotten_.add(regions_.back());
    regions_.pop_back();
  }
}

}  // namespace rvx::jit
