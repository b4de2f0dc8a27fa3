// A hart's counters: starting, stopping and reading them, what overflows and when it could.
#include "cpu/performance_monitor.hpp"

#include <algorithm>
#include <bit>

#include "cpu/hart.hpp"

namespace rvx {
namespace {

using isa::Ext;

constexpr uint32_t kTimeBit = 1u << 1;  // there is no counter 1
constexpr uint32_t kFixed = static_cast<uint32_t>(counter::kCycle | counter::kInstret);
constexpr uint32_t kAll = ((1u << kHpmCounters) - 1) & ~kTimeBit;

// Events of a model may happen often in a row. The engine gives control back after so many instructions for each that
// is left until the overflow, but not more often than every kShortestRoom instructions: this is how late the
// interrupt may come.
constexpr uint64_t kMostInOneInstruction = 32;
constexpr uint64_t kShortestRoom = 2000;
// Nobody runs a hart for longer at once, so that nobody has to hear of what is as far away.
constexpr uint64_t kFarAway = uint64_t{1} << 40;

uint64_t filter_bit(Priv priv) {
  switch (priv) {
    case Priv::kU: return hpmevent::kUINH;
    case Priv::kS: return hpmevent::kSINH;
    default: return hpmevent::kMINH;
  }
}

template <class F>
void for_each_bit(uint32_t bits, F&& f) {
  for (; bits != 0; bits &= bits - 1) f(static_cast<unsigned>(std::countr_zero(bits)));
}

}  // namespace

void PerformanceMonitor::set_event_counts(const EventCounts* counts) noexcept {
  note_overflows();
  for_each_bit(running_, [&](unsigned n) { hart_.s.csr.counter_frozen[n] = value(n, 0); });
  running_ = 0;
  counts_ = counts;
  refresh(0);
  hart_.mode_changed();
}

void PerformanceMonitor::reset() noexcept {
  running_ = armed_ = 0;
  has_filters_ = false;
  refresh(0);
}

HpmEvent PerformanceMonitor::event_of(unsigned counter) const noexcept {
  if (counter == 0) return HpmEvent::kCycles;
  if (counter == 2) return HpmEvent::kInstructions;
  return hpm_event(hart_.s.csr.counter_event[counter] & hpmevent::kSelector);
}

bool PerformanceMonitor::counts_instructions(HpmEvent event) const noexcept {
  return event == HpmEvent::kInstructions || (event == HpmEvent::kCycles && counts_ == nullptr);
}

uint64_t PerformanceMonitor::count(HpmEvent event, unsigned retiring) const noexcept {
  if (counts_instructions(event)) return hart_.s.instret + retiring;
  const HartCounters& own = hart_.counters();
  const auto sum = [](const std::array<uint64_t, 16>& by_code) {
    uint64_t total = 0;
    for (const uint64_t n : by_code) total += n;
    return total;
  };
  switch (event) {
    case HpmEvent::kExceptions: return sum(own.exceptions);
    case HpmEvent::kInterrupts: return sum(own.interrupts);
    case HpmEvent::kFences: return own.fences;
    case HpmEvent::kSatpWrites: return own.satp_writes;
    case HpmEvent::kCycles: return counts_->count(event) + retiring * hart_.instruction_cycles();
    default: return counts_ == nullptr ? 0 : counts_->count(event);
  }
}

uint64_t PerformanceMonitor::value(unsigned counter, unsigned retiring) const noexcept {
  const CsrState& c = hart_.s.csr;
  return (running_ >> counter) & 1 ? count(event_of(counter), retiring) + c.counter_offset[counter] : c.counter_frozen[counter];
}

uint64_t PerformanceMonitor::read(unsigned counter) noexcept {
  note_overflows();
  return value(counter, 0);
}

void PerformanceMonitor::write(unsigned counter, uint64_t value) noexcept {
  note_overflows();
  CsrState& c = hart_.s.csr;
  c.counter_frozen[counter] = value;
  c.counter_offset[counter] = value - count(event_of(counter), 1);
  arm(counter, value);
  ask_for_deadline();
}

bool PerformanceMonitor::should_run(unsigned counter) const noexcept {
  const CsrState& c = hart_.s.csr;
  if ((c.mcountinhibit >> counter) & 1 || (c.counter_event[counter] & filter_bit(hart_.s.priv)) != 0) return false;
  return event_of(counter) != HpmEvent::kNone;
}

void PerformanceMonitor::refresh(unsigned retiring) noexcept {
  CsrState& c = hart_.s.csr;
  uint32_t wanted = 0;
  for_each_bit(kAll, [&](unsigned n) { wanted |= uint32_t{should_run(n)} << n; });
  for_each_bit(running_ & ~wanted, [&](unsigned n) { c.counter_frozen[n] = value(n, retiring); });
  for_each_bit(wanted & ~running_, [&](unsigned n) { c.counter_offset[n] = c.counter_frozen[n] - count(event_of(n), retiring); });
  running_ = wanted;
  ask_for_deadline();
}

void PerformanceMonitor::select(unsigned counter, uint64_t value) noexcept {
  note_overflows();
  CsrState& c = hart_.s.csr;
  uint64_t legal = 0;
  const bool is_fixed = ((kFixed >> counter) & 1) != 0;
  if (hart_.has(is_fixed ? Ext::kSmcntrpmf : Ext::kSscofpmf)) {
    legal |= hpmevent::kMINH;
    if (hart_.has(Ext::kS)) legal |= hpmevent::kSINH;
    if (hart_.has(Ext::kU)) legal |= hpmevent::kUINH;
    if (!is_fixed) legal |= hpmevent::kOF;
  }
  // CHOICE: what is no event's number reads as 0, no event.
  if (!is_fixed && hpm_event(value & hpmevent::kSelector) != HpmEvent::kNone) legal |= hpmevent::kSelector;
  if ((running_ >> counter) & 1) c.counter_frozen[counter] = this->value(counter, 0);
  running_ &= ~(1u << counter);
  c.counter_event[counter] = value & legal;
  has_filters_ = std::any_of(c.counter_event.begin(), c.counter_event.end(), [](uint64_t event) { return (event & hpmevent::kFilters) != 0; });
  arm(counter, c.counter_frozen[counter]);
  refresh(0);
  hart_.mode_changed();
}

void PerformanceMonitor::inhibit(uint64_t mcountinhibit) noexcept {
  note_overflows();
  hart_.s.csr.mcountinhibit = mcountinhibit & kAll;
  refresh(0);
  hart_.mode_changed();
}

uint64_t PerformanceMonitor::overflowed() noexcept {
  note_overflows();
  uint64_t bits = 0;
  for_each_bit(kAll, [&](unsigned n) { bits |= (hart_.s.csr.counter_event[n] >> 63) << n; });
  return bits;
}

void PerformanceMonitor::follow_mode(unsigned retiring) noexcept {
  if (has_filters_) refresh(retiring);
  note_overflows();
}

// A counter overflows when it has been negative and no longer is: it would take centuries to get from a positive
// value there.
void PerformanceMonitor::arm(unsigned counter, uint64_t value) noexcept {
  const uint32_t bit = 1u << counter;
  if ((bit & kFixed) != 0 || !hart_.has(Ext::kSscofpmf)) return;
  armed_ = value >> 63 != 0 ? armed_ | bit : armed_ & ~bit;
}

void PerformanceMonitor::note_overflows() noexcept {
  CsrState& c = hart_.s.csr;
  for_each_bit(armed_, [&](unsigned n) {
    if (value(n, 0) >> 63 != 0) return;
    armed_ &= ~(1u << n);
    // OF set means that the interrupt has been asked for, and not been answered.
    if ((c.counter_event[n] & hpmevent::kOF) != 0) return;
    c.counter_event[n] |= hpmevent::kOF;
    c.mip_software |= irq::kLCOFI;
    hart_.interrupts_changed();
  });
}

uint64_t PerformanceMonitor::instruction_room() const noexcept {
  uint64_t room = kUnlimited;
  for_each_bit(armed_ & running_, [&](unsigned n) {
    const HpmEvent event = event_of(n);
    const uint64_t left = -value(n, 0);
    if (counts_instructions(event)) {
      room = std::min(room, left);
    } else if (event != HpmEvent::kExceptions && event != HpmEvent::kInterrupts && event != HpmEvent::kFences && event != HpmEvent::kSatpWrites) {
      room = std::min(room, std::max(kShortestRoom, left / kMostInOneInstruction));
    }
  });
  return room;
}

// Whoever runs the hart has to know of an overflow that comes before the engine gives control back by itself.
void PerformanceMonitor::ask_for_deadline() noexcept {
  if (awaits_overflow() && instruction_room() < kFarAway) hart_.s.attention |= attention::kReschedule;
}

}  // namespace rvx
