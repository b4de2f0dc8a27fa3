// Device trees: made for a board, patched when the user brings one, printed as source.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/board.hpp"
#include "machine/error.hpp"
#include "machine/phys_range.hpp"

namespace rvx {

// The largest tree that is made or taken: Linux maps no more than this.
inline constexpr uint64_t kMaxDtbBytes = uint64_t{2} << 20;

// What goes under /chosen. Empty fields leave no property (in a user's tree: leave it as it is).
struct FdtChosen {
  std::string bootargs;
  PhysRange initrd;               // empty = none
  std::vector<uint8_t> rng_seed;  // given by the caller, so that two runs agree
};

// The /pmu node: which counters can count what, for the SBI. Without events there is no node: the SBI then offers
// cycle and instret alone.
struct FdtPmu {
  std::vector<uint32_t> event_to_counters;  // first event of the SBI's, last one, mask of counters
  std::vector<uint32_t> event_to_select;    // event, mhpmevent (two cells)
  std::vector<uint32_t> raw_to_counters;    // mhpmevent, mask of the bits to compare (two cells each), mask of counters
};

// That of a machine that models TLBs, or caches, or neither. Events are those of cpu/hpm_events.inc.
[[nodiscard]] FdtPmu describe_pmu(bool has_tlbs, bool has_caches);

struct FdtInput {
  const Board* board = &kBoards[0];
  uint64_t ram_size = 0;  // bytes
  unsigned harts = 1;

  std::string isa;                          // riscv,isa: "rv64imafdc_zicsr_..."
  std::string isa_base;                     // riscv,isa-base; empty = the first part of `isa`
  std::vector<std::string> isa_extensions;  // riscv,isa-extensions; empty = taken from `isa`
  std::string mmu_type;                     // "riscv,sv57", "none", empty = no property
  // Bytes; 0 = no property.
  unsigned cbom_block_size = 0;
  unsigned cboz_block_size = 0;
  unsigned cbop_block_size = 0;
  // Only the Spike board tells these.
  unsigned pmp_regions = 16;
  unsigned pmp_granularity = 4;  // bytes

  FdtPmu pmu;

  // What is attached, in the order of the nodes; empty = all that the board has.
  std::vector<const BoardDevice*> devices;
  std::string stdout_path;  // empty = the board's UART

  FdtChosen chosen;
};

// The blob, packed. Fails when it would exceed kMaxDtbBytes or no hart or board is given.
[[nodiscard]] Result<std::vector<uint8_t>> make_dtb(const FdtInput& input);

// "rv64imac_zicsr" to i, m, a, c, zicsr. A leading "rv64" is skipped, version numbers too.
[[nodiscard]] std::vector<std::string> isa_extension_list(std::string_view isa);

// Whether `dtb` is a well-formed tree; `name` stands for it in the message.
[[nodiscard]] Outcome check_dtb(std::span<const uint8_t> dtb, const std::string& name);

// A user's tree with /chosen filled in, as QEMU does for -append and -initrd. Checked first.
[[nodiscard]] Result<std::vector<uint8_t>> patch_dtb(std::span<const uint8_t> dtb,
                                                     const std::string& name,
                                                     const FdtChosen& chosen);

// The tree as source text. Hostile blobs are checked first.
[[nodiscard]] Result<std::string> to_dts(std::span<const uint8_t> dtb,
                                         const std::string& name = "device tree");

}  // namespace rvx
