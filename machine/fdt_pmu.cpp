// What a device tree says of the event counters, from the table of events.
#include "cpu/event_counts.hpp"
#include "cpu/hart_state.hpp"
#include "machine/fdt.hpp"

namespace rvx {
namespace {

constexpr uint32_t kFirstEventCounter = 3;
constexpr uint32_t kEventCounters = ((uint32_t{1} << kHpmCounters) - 1) & ~((uint32_t{1} << kFirstEventCounter) - 1);
constexpr uint32_t kLow17Bits = 0xfffe'0000;  // all of rvx's events are below

uint32_t counters_of(HpmEvent event) {
  // The fixed ones, which cannot overflow, besides.
  if (event == HpmEvent::kCycles) return kEventCounters | static_cast<uint32_t>(counter::kCycle);
  if (event == HpmEvent::kInstructions) return kEventCounters | static_cast<uint32_t>(counter::kInstret);
  return kEventCounters;
}

}  // namespace

// "Performance Monitoring Unit Extension" of the SBI, and the binding riscv,pmu of OpenSBI.
FdtPmu describe_pmu(bool has_tlbs, bool has_caches) {
  FdtPmu pmu;
  for (const HpmEventRow& row : kHpmEvents) {
    const bool is_counted = row.needs == HpmEventRow::Needs::kAlways || (row.needs == HpmEventRow::Needs::kTlb ? has_tlbs : has_caches);
    if (!row.is_sbi_event() || !is_counted) continue;
    pmu.event_to_counters.insert(pmu.event_to_counters.end(), {row.code, row.code, counters_of(row.event)});
    pmu.event_to_select.insert(pmu.event_to_select.end(), {row.code, 0, row.code});
  }
  // Any code of the table, by number.
  pmu.raw_to_counters = {0, 0, ~uint32_t{0}, kLow17Bits, kEventCounters};
  return pmu;
}

}  // namespace rvx
