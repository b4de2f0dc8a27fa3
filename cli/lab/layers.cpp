// Draws layers from events.
#include "cli/lab/layers.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

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
  std::string line = fmt::format("{:<10}{}", head, text);
  if (line.size() > kInner) line = line.substr(0, kInner - 1) + "~";
  return fmt::format("| {:<{}} |\n", line, kInner);
}

std::string rule() { return "+" + std::string(kInner + 2, '-') + "+\n"; }

uint64_t key_of(const EventRecord& record) { return uint64_t{record.process()} << 16 | record.thread(); }

std::string thread_text(unsigned process, unsigned thread) { return fmt::format("{}.{}", process, thread); }

}  // namespace

Result<RecordedEvents> parse_events(const std::string& file, std::string_view text) {
  RecordedEvents recorded;
  unsigned number = 0;
  while (!text.empty()) {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    if (number == 1) {
      if (!line.starts_with(kEventLogMagic) || std::sscanf(line.c_str() + kEventLogMagic.size(), "%u", &recorded.harts) != 1 || recorded.harts == 0 || recorded.harts > 64)
        return unusable_error(fmt::format("{}: no events; allowed: what rvx run --events FILE has written", file));
      continue;
    }
    if (line.empty() || line == kEventLogReset) continue;
    EventRecord record;
    if (std::sscanf(line.c_str(), "%" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNx64 " %" SCNx64, &record.time_ns, &record.hart, &record.instret, &record.word, &record.argument) != 5 ||
        record.hart >= recorded.harts)
      return unusable_error(fmt::format("{}:{}: no event", file, number));
    recorded.events.push_back(record);
  }
  return recorded;
}

Layers::Layers(const RecordedEvents& recorded) : recorded_(recorded), harts_(recorded.harts) {}

void Layers::apply(const EventRecord& record) {
  Hart& hart = harts_[record.hart];
  last_ns_ = hart.time_ns;
  last_instret_ = hart.instret;
  hart.time_ns = record.time_ns;
  hart.instret = record.instret;
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
    harts_.assign(recorded_.harts, {});
    names_.clear();
    waiting_.clear();
  }
  while (done_ <= index) apply(recorded_.events[done_++]);
}

std::string Layers::process_text(unsigned process) const {
  const auto name = names_.find(process);
  return name == names_.end() ? fmt::format("process {}", process) : fmt::format("process {} ({})", process, name->second);
}

std::string Layers::draw(size_t index) {
  go_to(index);
  const EventRecord& record = recorded_.events[index];
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
    text += boxed(fmt::format("{}HART {}", mark, i), hart.is_idle || !is_known ? "root: the kernel's" : fmt::format("root: page table of {}", process_text(hart.process)));
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
  while (index < steps() && recorded_.events[index].event() != Event::kSwitch && recorded_.events[index].event() != Event::kUserSwitch) ++index;
  return index;
}

}  // namespace rvx::cli::lab
