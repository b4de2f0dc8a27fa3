// The counters of a finished run as JSON.
#include "machine/stats.hpp"

#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

namespace rvx {
namespace {

using Json = nlohmann::ordered_json;

struct CauseRow {
  unsigned code;
  const char* text;
};

constexpr CauseRow kExceptions[] = {
#define EXCEPTION(name, code, text) {code, text},
#define INTERRUPT(name, code, text)
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
};
constexpr CauseRow kInterrupts[] = {
#define EXCEPTION(name, code, text)
#define INTERRUPT(name, code, text) {code, text},
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
};

// Causes that occurred, by name.
template <size_t kRows>
Json by_cause(const CauseRow (&rows)[kRows], const std::array<uint64_t, 16>& counts) {
  Json json = Json::object();
  for (const CauseRow& row : rows)
    if (row.code < counts.size() && counts[row.code] != 0) json[row.text] = counts[row.code];
  return json;
}

Json guest_part(Machine& machine) {
  Json harts = Json::array();
  HartCounters total;
  for (size_t i = 0; i < machine.hart_count(); ++i) {
    Hart& hart = machine.hart(i);
    const HartCounters& c = hart.counters();
    harts.push_back({{"instret", hart.s.instret},
                     {"exceptions", by_cause(kExceptions, c.exceptions)},
                     {"interrupts", by_cause(kInterrupts, c.interrupts)},
                     {"wfi", c.wfi}});
    total += c;
  }
  return {{"instret", machine.instructions()},
          {"time_ns", machine.now_ns()},
          {"exceptions", by_cause(kExceptions, total.exceptions)},
          {"interrupts", by_cause(kInterrupts, total.interrupts)},
          {"wfi", total.wfi},
          {"harts", harts}};
}

// Sums over the harts, by the names of model_counters.hpp.
Json model_part(Machine& machine) {
  if (machine.model(0) == nullptr) return Json::object();
  Json counters = Json::object();
  machine.each_model_counter([&](std::string_view name, uint64_t value) { counters[std::string(name)] = value; });
  return {{"name", machine.model(0)->config().name}, {"counters", counters}};
}

// What the guest measured, by its names.
Json measurements_part(const Machine& machine) {
  std::vector<std::string> names;
  machine.each_counter([&](std::string_view name, uint64_t) { names.emplace_back(name); });
  Json json = Json::object();
  for (const Measurements::Row& row : machine.measurements().rows()) {
    Json& entry = json[row.name] = {{"count", row.count}};
    for (size_t i = 0; i < names.size() && i < row.sums.size(); ++i) entry[names[i]] = row.sums[i];
  }
  return json;
}

// The largest resident set of this program. getrusage() would count that of whoever started it,
// too.
uint64_t peak_resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/status", "re");
  if (file == nullptr) return 0;
  char line[256];
  uint64_t kib = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "VmHWM:", 6) == 0) kib = std::strtoull(line + 6, nullptr, 10);
  }
  std::fclose(file);
  return kib * 1024;
}

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

Json host_part(Machine& machine, const RunFacts& facts) {
  MemCounters tlb;
  CodeCache::Counters code;
  size_t code_bytes = 0;
  for (size_t i = 0; i < machine.hart_count(); ++i) {
    code += machine.code(i).counters();
    code_bytes += machine.code(i).bytes_used();
    tlb += machine.hart(i).port().counters();
  }
  struct stat ram {};
  (void)::fstat(machine.ram().fd(), &ram);
  const double seconds = static_cast<double>(facts.run_ns) / 1e9;
  const double mips = seconds > 0 ? static_cast<double>(machine.instructions()) / seconds / 1e6 : 0;
  Json jit = nullptr;
  if (machine.translator(0) != nullptr) {
    jit::Translator::Counters sum;
    size_t bytes = 0;
    for (size_t i = 0; i < machine.hart_count(); ++i) {
      sum += machine.translator(i)->counters();
      bytes += machine.translator(i)->bytes_used();
    }
    jit = {{"regions", sum.regions},
           {"shared_regions", sum.shared_regions},
           {"guest_instructions", sum.guest_instructions},
           {"host_bytes", sum.host_bytes},
           {"bytes_used", bytes},
           {"dropped_regions", sum.dropped_regions},
           {"useless_regions", sum.useless_regions},
           {"flushes", sum.flushes},
           {"unmerged", sum.unmerged},
           {"changing_pages", sum.changing_pages},
           {"compile_ms", rounded(static_cast<double>(sum.compile_ns) / 1e6, 1000)}};
    for (size_t stage = 0; stage < sum.stage_ns.size(); ++stage)
      jit["compile_parts_ms"][std::string(jit::kStageText[stage])] = rounded(static_cast<double>(sum.stage_ns[stage]) / 1e6, 1000);
  }
  return {{"wall_s", rounded(seconds, 1e6)},
          {"mips", rounded(mips, 100)},
          {"start_ms", rounded(static_cast<double>(facts.start_ns) / 1e6, 1000)},
          {"code_cache",
           {{"blocks", code.blocks},
            {"instructions", code.instructions},
            {"bytes", code_bytes},
            {"dropped_pages", code.dropped_pages},
            {"flushes", code.flushes}}},
          {"jit", jit},
          {"tlb",
           {{"fills", tlb.tlb_fills},
            {"windows", tlb.windows},
            {"window_fills", tlb.window_fills},
            {"walks", tlb.walks},
            {"flushes", tlb.flushes},
            {"page_flushes", tlb.page_flushes},
            {"context_switches", tlb.context_switches}}},
          {"device_accesses", tlb.device_accesses},
          {"peak_rss_bytes", peak_resident_bytes()},
          {"guest_ram_resident_bytes", static_cast<uint64_t>(ram.st_blocks) * 512}};
}

}  // namespace

std::string stats_json(Machine& machine, const RunFacts& facts) {
  const Json json = {{"guest", guest_part(machine)},
                     {"model", model_part(machine)},
                     {"measurements", measurements_part(machine)},
                     {"ending",
                      {{"kind", facts.ending_kind},
                       {"code", facts.ending.code},
                       {"source", facts.ending.source},
                       {"status", facts.status},
                       {"resets", facts.resets}}},
                     {"host", host_part(machine, facts)}};
  return json.dump(2);
}

}  // namespace rvx
