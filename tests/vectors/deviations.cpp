// Looks known deviations up in deviations.inc.
#include "deviations.hpp"

#include <algorithm>
#include <iterator>

namespace rvx::vectors {
namespace {

constexpr unsigned kAnyVersion = ~0u;
// Those of Debian 12 and 13: what is written about them was seen.
constexpr Version kTried[] = {{7, 2, 22}, {10, 0, 2}, {10, 0, 13}};

constexpr unsigned number_of(Version version) {
  return version.major * 10000 + version.minor * 100 + version.patch;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] != '*')
    return !name.empty() && pattern[0] == name[0] && matches(pattern.substr(1), name.substr(1));
  for (size_t skipped = 0; skipped <= name.size(); ++skipped) {
    if (matches(pattern.substr(1), name.substr(skipped))) return true;
  }
  return false;
}

}  // namespace

Deviations Deviations::of_qemu([[maybe_unused]] Version version) {
  Deviations all;
  [[maybe_unused]] const bool is_tried = std::ranges::find(kTried, version) != std::end(kTried);
#define QEMU_LACKS(extension, major, minor) \
  if (version < Version{major, minor}) all.lacking_.push_back(isa::Ext::k##extension);
#define QEMU_DIFFERS(until, group, reason) \
  if (number_of(version) < (until)) all.known_.push_back({group, reason, is_tried});
#define QEMU_MAY_DIFFER(until, group, reason) \
  if (number_of(version) < (until)) all.known_.push_back({group, reason, false});
#include "tests/vectors/deviations.inc"
  return all;
}

Deviations Deviations::of_spike() {
  Deviations all;
#define SPIKE_DIFFERS(group, reason) all.known_.push_back({group, reason});
#define SPIKE_MAY_DIFFER(group, reason) all.known_.push_back({group, reason, false});
#include "tests/vectors/deviations.inc"
  return all;
}

const Deviation* Deviations::find(std::string_view group) const {
  for (const Deviation& deviation : known_) {
    if (matches(deviation.group, group)) return &deviation;
  }
  return nullptr;
}

bool Deviations::may_lack(isa::Op row) const {
  for (const isa::Ext ext : lacking_) {
    if (isa::info(row).ext == ext) return true;
  }
  return false;
}

}  // namespace rvx::vectors
