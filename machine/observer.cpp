// What an observer gets of a machine: its counters by name, the guest's events and measurements.
#include <array>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "machine/event_log.hpp"
#include "machine/machine.hpp"

namespace rvx {
namespace {

struct CauseCounter {
  std::string name;
  bool is_interrupt;
  unsigned code;
};

// "store/AMO page fault" -> "traps.store-amo-page-fault"
std::string counter_name(std::string_view cause) {
  std::string name = "traps.";
  for (const char c : cause) name += c == ' ' || c == '/' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

const std::array kCauses = {
#define EXCEPTION(name, code, text) CauseCounter{counter_name(text), false, code},
#define INTERRUPT(name, code, text) CauseCounter{counter_name(text), true, code},
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
};

// A counter of a hart that may be running on another thread meanwhile.
uint64_t now(const uint64_t& counter) { return std::atomic_ref(const_cast<uint64_t&>(counter)).load(std::memory_order_relaxed); }

}  // namespace

uint64_t Machine::instructions() const noexcept {
  uint64_t total = 0;
  for (const auto& hart : harts_) total += hart->s.instret;
  return total;
}

void Machine::each_counter(const CounterVisitor& visit) const {
  uint64_t instret = 0, cycles = 0, traps = 0;
  std::array<uint64_t, std::size(kCauses)> by_cause{};
  for (const auto& hart : harts_) {
    instret += now(hart->s.instret);
    cycles += config_.model ? hart->cycles() : now(hart->s.instret);
    const HartCounters& c = hart->counters();
    for (size_t i = 0; i < kCauses.size(); ++i) {
      const uint64_t count = now((kCauses[i].is_interrupt ? c.interrupts : c.exceptions)[kCauses[i].code]);
      by_cause[i] += count;
      traps += count;
    }
  }
  visit("instret", instret);
  visit("cycles", cycles);
  visit("traps", traps);
  for (size_t i = 0; i < kCauses.size(); ++i) visit(kCauses[i].name, by_cause[i]);
  each_model_counter([&](std::string_view name, uint64_t value) {
    if (name != "cycles") visit(name, value);
  });
}

void Machine::event(Hart& hart, uint64_t word, uint64_t argument) noexcept {
  const std::lock_guard lock(observer_mutex_);
  const EventRecord record{clock_.now_ns(), hart.id(), hart.s.instret, word, argument};
  if (event_log_ != nullptr) log_event(hart, record);
  if (config_.model_from_mark && models_.empty() && record.event() == Event::kMark) {
    config_.model_from = 0;  // where the engine gives control back, at once
    hart.s.attention |= attention::kReschedule;
  }
  if (record.event() != Event::kMeasureBegin && record.event() != Event::kMeasureEnd) return;
  counter_values_.clear();
  each_counter([this](std::string_view, uint64_t value) { counter_values_.push_back(value); });
  if (record.event() == Event::kMeasureBegin) measurements_.begin(argument, counter_values_);
  else measurements_.end(argument, counter_values_);
}

void Machine::log_event(const Hart& hart, EventRecord record) {
  if (config_.observes_views) {
    HartView now = view_of(hart, model(hart.id()));
    record.view = changes(views_[hart.id()], now);
    views_[hart.id()] = std::move(now);
  }
  event_log_->add(std::move(record));
}

}  // namespace rvx
