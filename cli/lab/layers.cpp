// Draws the layers and the TLB from events.
#include "cli/lab/layers.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace rvx::cli::lab {
namespace {

constexpr size_t kInner = 74;

std::string name_of(uint64_t packed) {
  std::string name;
  for (; packed != 0; packed >>= 8) name += static_cast<char>(packed & 0xff);
  return one_line(name);
}

// One line of a box.
std::string boxed(const std::string& head, const std::string& text) {
  std::string line = fmt::format("{:<11}{}", head, text);
  if (line.size() > kInner) line = line.substr(0, kInner - 1) + "~";
  return fmt::format("| {:<{}} |\n", line, kInner);
}

std::string rule() { return "+" + std::string(kInner + 2, '-') + "+\n"; }

uint64_t key_of(const EventRecord& record) { return uint64_t{record.process()} << 16 | record.thread(); }

unsigned asid_of(uint64_t satp) { return static_cast<unsigned>(satp >> 44 & 0xffff); }

std::string thread_text(unsigned process, unsigned thread) { return fmt::format("{}.{}", process, thread); }

// Which address space a page in the TLB is of: the ASID as one character.
char mark_of(const TlbCell& cell) {
  constexpr std::string_view kAsidMarks = "0123456789abcdefghijklmnopqrstuvwxyz";
  if (!cell.is_used) return '.';
  return cell.is_global ? '#' : kAsidMarks[cell.asid % kAsidMarks.size()];
}

constexpr unsigned kMostRows = 8, kRowCells = 63;  // what a box has room for

// What an array holds: a column for each set and a row for each way, or row by row where there is one set.
std::vector<std::string> rows_of(const TlbGrid& grid) {
  std::vector<std::string> rows;
  if (grid.sets == 1) {
    constexpr size_t kCells = 32;
    for (size_t i = 0; i < grid.cells.size(); i += kCells) {
      rows.emplace_back();
      for (size_t k = i; k < std::min(i + kCells, grid.cells.size()); ++k) rows.back() += mark_of(grid.cells[k]);
    }
    return rows;
  }
  for (unsigned way = 0; way < grid.ways; ++way) {
    rows.emplace_back();
    for (unsigned set = 0; set < grid.sets; ++set) rows.back() += mark_of(grid.cells[size_t{set} * grid.ways + way]);
  }
  return rows;
}

}  // namespace

Outcome Layers::check(const EventFile& file) {
  std::vector<HartView> views(file.harts);
  for (size_t i = 0; i < file.records.size(); ++i)
    if (const EventRecord& record = file.records[i]; !apply_changes(views[record.hart], record.view))
      return unusable_error(one_line(fmt::format("the view at event {} is none: {}", i + 1, record.view)));
  return std::monostate{};
}

Layers::Layers(const EventFile& file) : file_(file), harts_(file.harts) {
  has_views_ = std::any_of(file.records.begin(), file.records.end(), [](const EventRecord& record) { return !record.view.empty(); });
}

void Layers::apply(const EventRecord& record) {
  Hart& hart = harts_[record.hart];
  last_ns_ = hart.time_ns;
  last_instret_ = hart.instret;
  hart.time_ns = record.time_ns;
  hart.instret = record.instret;
  last_view_ = hart.view;
  static_cast<void>(apply_changes(hart.view, record.view));
  switch (record.event()) {
    case Event::kSwitch:
      hart.process = record.process();
      hart.thread = record.thread();
      hart.user_thread = 0;
      hart.is_idle = false;
      hart.is_in_kernel = true;
      hart.kernel = "has switched to this thread";
      break;
    case Event::kIdle:
      hart.is_idle = hart.is_in_kernel = true;
      hart.kernel = "has nothing to run";
      break;
    case Event::kTrap:
      hart.is_in_kernel = true;
      hart.kernel = event_text(record);
      break;
    case Event::kTrapReturn:
      hart.is_in_kernel = false;
      hart.is_idle = false;
      hart.process = record.process();
      hart.thread = record.thread();
      hart.kernel.clear();
      roots_[hart.view.satp] = hart.process;
      asids_[asid_of(hart.view.satp)] = hart.process;
      break;
    case Event::kUserSwitch: hart.user_thread = record.thread(); break;
    case Event::kProcessName: names_[record.process()] = name_of(record.argument); break;
    case Event::kBlock: waiting_[key_of(record)] = thread_text(record.process(), record.thread()); break;
    case Event::kWake:
    case Event::kThreadEnd: waiting_.erase(key_of(record)); break;
    default: break;
  }
}

void Layers::go_to(size_t index) {
  if (index + 1 < done_) {  // back: from the start again
    done_ = 0;
    harts_.assign(file_.harts, {});
    names_.clear();
    waiting_.clear();
    roots_.clear();
    asids_.clear();
  }
  while (done_ <= index) apply(file_.records[done_++]);
}

std::string Layers::process_text(unsigned process) const {
  const auto name = names_.find(process);
  return name == names_.end() ? fmt::format("process {}", process) : fmt::format("process {} ({})", process, name->second);
}

std::string Layers::root_text(const Hart& hart, bool is_known) const {
  if (!has_views_) return hart.is_idle || !is_known ? "root: the kernel's" : fmt::format("root: page table of {}", process_text(hart.process));
  const uint64_t satp = hart.view.satp;
  if (satp == 0) return "root: none, addresses are physical";
  const auto owner = roots_.find(satp);
  // satp, "Supervisor Address Translation and Protection (satp) Register": MODE, ASID, PPN.
  constexpr uint64_t kPpnMask = (uint64_t{1} << 44) - 1;
  const unsigned mode = static_cast<unsigned>(satp >> 60);
  const std::string scheme = mode >= 8 && mode <= 10 ? fmt::format("Sv{}", 39 + 9 * (mode - 8)) : fmt::format("mode {}", mode);
  return fmt::format("root: {} table at {:#x}, ASID {}{}", scheme, (satp & kPpnMask) << 12, asid_of(satp),
                     owner == roots_.end() ? "" : ", of " + process_text(owner->second));
}

std::string Layers::tlb_text(const Hart& hart) const {
  const HartView& now = hart.view;
  size_t used = 0, cells = 0;
  std::map<unsigned, size_t> by_asid;
  std::string rows;
  for (const TlbGrid& grid : now.tlb) {
    size_t used_here = 0;
    for (const TlbCell& cell : grid.cells) {
      used_here += cell.is_used;
      if (cell.is_used && !cell.is_global) ++by_asid[cell.asid];
    }
    used += used_here;
    cells += grid.cells.size();
    const std::vector<std::string> lines = rows_of(grid);
    const std::string head = names_of(grid.sizes);
    if (used_here == 0 || lines.size() > kMostRows || lines.front().size() > kRowCells) {
      rows += boxed("", fmt::format("{}: {} of {}", head, used_here, grid.cells.size()));
      continue;
    }
    for (size_t k = 0; k < lines.size(); ++k) rows += boxed(k == 0 ? head : "", lines[k]);
  }
  const auto since = [&](uint64_t HartView::*number) { return now.*number - last_view_.*number; };
  std::string text = boxed(" DATA TLB", fmt::format("{} of {} pages; this step: {} put in, {} made room, {} fenced", used, cells, since(&HartView::fills),
                                                    since(&HartView::evictions), since(&HartView::dropped)));
  text += rows;
  for (const auto& [asid, pages] : by_asid) {
    const auto owner = asids_.find(asid);
    text += boxed("", fmt::format("{} = ASID {}{}: {} page{}", mark_of({0, static_cast<uint16_t>(asid), false, true}), asid, owner == asids_.end() ? "" : ", " + process_text(owner->second), pages, pages == 1 ? "" : "s"));
  }
  text += boxed(" MODEL", fmt::format("this step: {} cycles, {} misses, {} walks, {} fences", since(&HartView::cycles), since(&HartView::misses), since(&HartView::walks), since(&HartView::fences)));
  return text;
}

std::string Layers::draw(size_t index) {
  go_to(index);
  const EventRecord& record = file_.records[index];
  std::string text = fmt::format("step {} of {}   hart {}   time {} ns\n", index + 1, steps(), record.hart, record.time_ns);
  text += fmt::format("  {}\n", event_text(record));
  text += fmt::format("  {} instructions and {} ns after this hart's step before\n\n", record.instret - last_instret_, record.time_ns - last_ns_);
  for (size_t i = 0; i < harts_.size(); ++i) {
    const Hart& hart = harts_[i];
    const std::string mark = i == record.hart ? ">" : " ";
    const std::string user = hart.user_thread == 0 ? "" : fmt::format(", user-level thread {}", hart.user_thread);
    const bool is_known = hart.process != 0 || hart.thread != 0;
    text += rule();
    text += boxed(fmt::format("{}USER", mark), hart.is_idle || !is_known ? "-" : fmt::format("{}{}, thread {}{}", hart.is_in_kernel ? "(waits) " : "RUNS: ", process_text(hart.process), hart.thread, user));
    text += boxed(fmt::format("{}KERNEL", mark), hart.is_in_kernel ? (hart.kernel.empty() ? "runs" : "RUNS: " + hart.kernel) : "-");
    text += boxed(fmt::format("{}HART {}", mark, i), root_text(hart, is_known));
    if (i == record.hart && !hart.view.tlb.empty()) text += tlb_text(hart);
  }
  text += rule();
  if (!waiting_.empty()) {
    std::string list;
    for (const auto& [key, one] : waiting_) list += (list.empty() ? "" : " ") + one;
    text += "waiting: " + (list.size() > 66 ? list.substr(0, 65) + "~" : list) + "\n";
  }
  return text;
}

size_t Layers::next_switch(size_t index) const {
  while (index < steps() && file_.records[index].event() != Event::kSwitch && file_.records[index].event() != Event::kUserSwitch) ++index;
  return index;
}

}  // namespace rvx::cli::lab
