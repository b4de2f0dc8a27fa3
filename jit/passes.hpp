// The passes over a recorded region, in the order they run, and what they find out for the emitter.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "jit/ir.hpp"

namespace rvx::jit {

// Marks writes of registers that the same block overwrites before anything can see them.
void drop_dead_writes(Region& region);

// --- TLB checks -----------------------------------------------------------------------------------

// Accesses relative to one register value whose range stays in a page share the first one's check.
// Loads may use the check of a store, not the other way round.
struct CheckGroup {
  int64_t low = 0, high = 0;  // bytes from the leader's address: first byte, and one past the last
  unsigned members = 1;
  NodeId leader = kNoNode;
  unsigned slot = 0;  // below kCheckSlots: where its addend is kept
  bool is_write = false;
  bool is_interleaved = false;  // other accesses stand between its members
};
inline constexpr unsigned kCheckSlots = 8;
// What is kept of an entry that accesses share, for each slot: its addend, and with a model where its times are noted. The
// addends stand first.
enum class Kept : uint8_t { kAddend, kTlbTime, kCacheTime };
inline constexpr unsigned kKeptWords = 3 * kCheckSlots;

struct Checks {
  std::vector<CheckGroup> groups;
  std::vector<int> group_of;  // by node: index into groups, or -1
};

// `merges`: whether an instruction's check, by its offset in the page, may stand for others. Where it
// has turned out that groups straddle pages, it may not. `windowed`: checks are of a window, which knows
// neither pages nor the kind of an access. `longest`: bytes that a group may reach over, otherwise.
inline constexpr int64_t kLongestRange = 512;  // larger ranges straddle pages more often
[[nodiscard]] Checks merge_checks(const Region& region, const std::function<bool(uint16_t offset)>& merges, bool windowed = false,
                                  int64_t longest = kLongestRange);

// --- registers ------------------------------------------------------------------------------------

// Where guest registers live while a zone runs: a host register's number, or -1 for HartState.
struct Homes {
  std::array<int8_t, 32> x{};
  std::array<int8_t, 32> f{};
  RegSet mapped = 0;  // registers with a host register of this zone's own: loaded on entry, stored on exit
};
// Mapped registers that both have in the same place.
[[nodiscard]] RegSet shared_homes(const Homes& a, const Homes& b) noexcept;

// What a region reads and writes where, over its control flow.
struct Flow {
  std::vector<RegSet> dirty_before;  // by instruction: mapped registers newer than HartState's
  std::vector<RegSet> dirty_after;   // by block, at its end
  std::vector<RegSet> live_in;       // by block: mapped registers whose value counts at its start
  bool uses_fp = false;
};

// By zone.
[[nodiscard]] std::vector<Homes> choose_homes(const Region& region);
[[nodiscard]] Flow trace_registers(const Region& region, const std::vector<Homes>& homes);

// Registers that the instruction reads and writes; of a called row, all that it might.
struct Effects {
  RegSet reads = 0, writes = 0;
  bool can_leave = false;  // may leave the region in its middle
};
[[nodiscard]] Effects effects_of(const Region& region, const IrInsn& insn) noexcept;

}  // namespace rvx::jit
