// The events that counters of a hart can count, and where the running counts of modelled ones come from.
#pragma once

#include <cstdint>
#include <string_view>

namespace rvx {

// kNone, then a row of hpm_events.inc each.
enum class HpmEvent : uint8_t {
  kNone,
#define HPM_EVENT(code, identifier, name, needs, text) k##identifier,
#include "cpu/hpm_events.inc"
#undef HPM_EVENT
  kCount
};

struct HpmEventRow {
  enum class Needs : uint8_t { kAlways, kTlb, kCache };

  uint32_t code;  // in mhpmevent
  HpmEvent event;
  std::string_view name;
  Needs needs;
  std::string_view text;

  // Whether the SBI has the code, as a hardware or cache event: 1 to 0xf, 0x10000 to 0x1ffff.
  [[nodiscard]] constexpr bool is_sbi_event() const noexcept { return code < 0x10 || (code >> 16) == 1; }
};

inline constexpr HpmEventRow kHpmEvents[] = {
#define HPM_EVENT(code, identifier, name, needs, text) {code, HpmEvent::k##identifier, name, HpmEventRow::Needs::k##needs, text},
#include "cpu/hpm_events.inc"
#undef HPM_EVENT
};

// What mhpmevent selects by `code`; kNone for numbers that are no event's.
[[nodiscard]] constexpr HpmEvent hpm_event(uint64_t code) noexcept {
  switch (code) {
#define HPM_EVENT(code, identifier, name, needs, text) case code: return HpmEvent::k##identifier;
#include "cpu/hpm_events.inc"
#undef HPM_EVENT
    default: return HpmEvent::kNone;
  }
}

// Running counts of one hart that somebody else keeps, as a model of memory does: of kCycles and of events that need
// a model. The hart asks when a counter is read, written, started or stopped, with s.instret exact; it keeps the
// others itself.
class EventCounts {
 public:
  virtual ~EventCounts() = default;
  // How often it has happened since the start of the machine. Grows only.
  [[nodiscard]] virtual uint64_t count(HpmEvent event) const noexcept = 0;
};

}  // namespace rvx
