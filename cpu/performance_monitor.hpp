// A hart's counters: cycle, instret and the events that mhpmevent selects; inhibition by mode; overflow.
#pragma once

#include <cstdint>

#include "cpu/event_counts.hpp"
#include "cpu/hart_state.hpp"

namespace rvx {

class Hart;

// Nothing is paid per event. A counter that runs has an offset to its event's running count, one that stands still
// its value (CsrState::counter_*); only what starts, stops or reads it computes. So it does not see by itself when it
// overflows: whoever runs the hart calls note_overflows() whenever the engine gives control back, and lets it run no
// further than instruction_room(). "Hardware Performance Monitor", "Sscofpmf Extension for Count Overflow and
// Mode-Based Filtering", "Smcntrpmf Cycle and Instret Privilege Mode Filtering".
class PerformanceMonitor {
 public:
  static constexpr uint64_t kUnlimited = ~uint64_t{0};

  explicit PerformanceMonitor(Hart& hart) : hart_(hart) {}

  // Where counts of cycles and of modelled events come from; nullptr: a cycle is an instruction, the others stand
  // still. Not owned. Counters go on from what they are.
  void set_event_counts(const EventCounts* counts) noexcept;
  // After the hart's state was reset.
  void reset() noexcept;

  // By number: 0 cycle, 2 instret, 3 and on mhpmcounter3 and on.
  [[nodiscard]] uint64_t read(unsigned counter) noexcept;
  // What the next instruction reads: the one that writes does not count.
  void write(unsigned counter, uint64_t value) noexcept;
  // mhpmevent; of cycle and instret mcyclecfg and minstretcfg. Keeps what is legal of `value`.
  void select(unsigned counter, uint64_t value) noexcept;
  void inhibit(uint64_t mcountinhibit) noexcept;
  // The OF bits as scountovf has them in M-mode.
  [[nodiscard]] uint64_t overflowed() noexcept;

  // Counters that run in the mode in force, bits as in mcountinhibit; and those of them whose value is instret plus
  // its offset, which generated code computes by itself.
  [[nodiscard]] uint32_t running() const noexcept { return running_; }
  [[nodiscard]] uint32_t running_by_instret() const noexcept {
    return counts_ == nullptr ? running_ : running_ & ~static_cast<uint32_t>(counter::kCycle);
  }

  // The privilege has changed; `retiring`: by an instruction that is still to retire, and counts for the old mode.
  void mode_changed(unsigned retiring) noexcept {
    if (has_filters_ || armed_ != 0) follow_mode(retiring);
  }
  // One of the hart's own events has happened.
  void event_happened() noexcept {
    if (armed_ != 0) note_overflows();
  }

  // Set OF and LCOFIP for counters that have overflowed since the last look.
  void note_overflows() noexcept;
  // How many instructions may retire before note_overflows() is to be called. Exact for instructions, and for cycles
  // where those are instructions; for modelled events it bounds how late the interrupt comes.
  [[nodiscard]] uint64_t instruction_room() const noexcept;
  // Whether some counter that runs is on its way to an overflow that has an interrupt.
  [[nodiscard]] bool awaits_overflow() const noexcept { return (armed_ & running_) != 0; }

 private:
  [[nodiscard]] HpmEvent event_of(unsigned counter) const noexcept;
  [[nodiscard]] bool counts_instructions(HpmEvent event) const noexcept;
  // The running count of the event when `retiring` more instructions have retired.
  [[nodiscard]] uint64_t count(HpmEvent event, unsigned retiring) const noexcept;
  [[nodiscard]] uint64_t value(unsigned counter, unsigned retiring) const noexcept;
  [[nodiscard]] bool should_run(unsigned counter) const noexcept;
  // Stop and start what the state asks for.
  void refresh(unsigned retiring) noexcept;
  void follow_mode(unsigned retiring) noexcept;
  void arm(unsigned counter, uint64_t value) noexcept;
  void ask_for_deadline() noexcept;

  Hart& hart_;
  const EventCounts* counts_ = nullptr;
  uint32_t running_ = 0;
  uint32_t armed_ = 0;  // counters that are negative, so that they may overflow; what is below can do so never
  bool has_filters_ = false;  // some counter stands still in some mode
};

}  // namespace rvx
