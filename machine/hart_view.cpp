// How a hart's address translation looks, and the text of its changes.
#include "machine/hart_view.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cpu/hart.hpp"
#include "mmu/model/memory_model.hpp"

namespace rvx {
namespace {

struct NumberRow {
  std::string_view name;
  int base;
  uint64_t HartView::*number;
};

constexpr NumberRow kNumbers[] = {
    {"satp", 16, &HartView::satp},     {"cycles", 10, &HartView::cycles},
    {"misses", 10, &HartView::misses}, {"walks", 10, &HartView::walks},
    {"fences", 10, &HartView::fences}, {"references", 10, &HartView::walk_references},
    {"fills", 10, &HartView::fills},   {"evictions", 10, &HartView::evictions},
    {"dropped", 10, &HartView::dropped},
};

constexpr uint64_t kMostCells = 1u << 20;  // in the arrays of a view that is read

std::optional<PageSizes> parse_sizes(std::string_view text) {
  PageSizes sizes;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const std::optional<PageSize> size = page_size_named(name);
    if (!size) return {};
    sizes.add(*size);
  }
  return sizes;
}

// Takes a number from the front of `text`, and the `end` behind it; 0: it is all of the text.
bool take(std::string_view& text, int base, uint64_t& value, char end) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  if (end == 0) return text.empty();
  if (text.empty() || text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

// "16x4:4K"
bool take_grid(HartView& view, std::string_view text) {
  uint64_t sets = 0, ways = 0;
  if (!take(text, 10, sets, 'x') || !take(text, 10, ways, ':')) return false;
  const std::optional<PageSizes> sizes = parse_sizes(text);
  if (!sizes || sets == 0 || ways == 0) return false;
  uint64_t room = kMostCells;
  for (const TlbGrid& grid : view.tlb) room -= grid.cells.size();
  if (sets > room || ways > room || sets * ways > room) return false;
  view.tlb.push_back({static_cast<unsigned>(sets), static_cast<unsigned>(ways), *sizes, std::vector<TlbCell>(sets * ways)});
  return true;
}

// "+0.7=1:80456000", "-0.7" without its sign.
bool take_cell(HartView& view, std::string_view text, bool comes) {
  uint64_t array = 0, index = 0, asid = 0;
  if (!take(text, 10, array, '.') || array >= view.tlb.size() || !take(text, 10, index, comes ? '=' : '\0') || index >= view.tlb[array].cells.size()) return false;
  TlbCell cell;
  if (comes) {
    cell.is_used = true;
    cell.is_global = text.starts_with("g:");
    if (cell.is_global) text.remove_prefix(2);
    else if (!take(text, 10, asid, ':') || asid > 0xffff) return false;
    cell.asid = static_cast<uint16_t>(asid);
    if (!take(text, 16, cell.page, '\0')) return false;
  }
  view.tlb[array].cells[index] = cell;
  return true;
}

}  // namespace

HartView view_of(const Hart& hart, const MemoryModel* model) {
  HartView view;
  view.satp = hart.s.csr.satp;
  if (model == nullptr) return view;
  view.cycles = hart.cycles();
  const TlbLevelStats& level = model->l1d_tlb().stats();
  for (const Access access : {Access::kLoad, Access::kStore}) {
    view.misses += level.misses[static_cast<size_t>(access)];
    view.walks += model->stats().walks[static_cast<size_t>(access)];
  }
  for (const uint64_t references : model->stats().walk_references) view.walk_references += references;
  for (const uint64_t fences : model->stats().fences) view.fences += fences;
  const TlbArrayStats arrays = model->l1d_tlb().array_stats();
  view.fills = arrays.fills;
  view.evictions = arrays.evictions;
  for (const uint64_t dropped : arrays.dropped) view.dropped += dropped;
  model->l1d_tlb().each_array([&](const ModelTlb& tlb) {
    TlbGrid grid{tlb.sets(), tlb.pages_in_set(), tlb.page_sizes(), std::vector<TlbCell>(size_t{tlb.sets()} * tlb.pages_in_set())};
    tlb.each_page([&](size_t index, uint64_t va, uint16_t asid, bool is_global) {
      grid.cells[index] = {va, is_global ? uint16_t{0} : asid, is_global, true};
    });
    view.tlb.push_back(std::move(grid));
  });
  return view;
}

std::string changes(const HartView& before, const HartView& now) {
  std::string text;
  const auto out = std::back_inserter(text);
  for (const NumberRow& row : kNumbers)
    if (before.*row.number != now.*row.number)
      fmt::format_to(out, fmt::runtime(row.base == 16 ? " {}={:x}" : " {}={}"), row.name, now.*row.number);
  for (size_t i = 0; i < now.tlb.size(); ++i) {
    const TlbGrid& grid = now.tlb[i];
    const bool is_new = i >= before.tlb.size();
    if (is_new) fmt::format_to(out, " tlb={}x{}:{}", grid.sets, grid.ways, names_of(grid.sizes));
    for (size_t cell = 0; cell < grid.cells.size(); ++cell) {
      const TlbCell is = grid.cells[cell], was = is_new ? TlbCell{} : before.tlb[i].cells[cell];
      if (is == was) continue;
      if (!is.is_used) fmt::format_to(out, " -{}.{}", i, cell);
      else if (is.is_global) fmt::format_to(out, " +{}.{}=g:{:x}", i, cell, is.page);
      else fmt::format_to(out, " +{}.{}={}:{:x}", i, cell, is.asid, is.page);
    }
  }
  return text.empty() ? text : text.substr(1);
}

bool apply_changes(HartView& view, std::string_view text) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.starts_with('+') || word.starts_with('-')) {
      if (!take_cell(view, word.substr(1), word.front() == '+')) return false;
      continue;
    }
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (name == "tlb") {
      if (!take_grid(view, value)) return false;
      continue;
    }
    const NumberRow* of = nullptr;
    for (const NumberRow& row : kNumbers)
      if (row.name == name) of = &row;
    if (of == nullptr || !take(value, of->base, view.*of->number, '\0')) return false;
  }
  return true;
}

}  // namespace rvx
