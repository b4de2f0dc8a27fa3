// RISC-V ELF files: checked, placed in RAM, loaded, relocated.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "devices/ram.hpp"
#include "machine/error.hpp"
#include "machine/file_bytes.hpp"
#include "machine/phys_range.hpp"
#include "machine/symbols.hpp"

namespace rvx {

// One PT_LOAD entry, as linked.
struct ElfSegment {
  unsigned index = 0;  // in the program header table
  uint64_t vaddr = 0;
  uint64_t paddr = 0;
  uint64_t file_offset = 0;
  uint64_t file_size = 0;  // bytes in the file; the rest of mem_size is zero
  uint64_t mem_size = 0;   // bytes
  bool is_executable = false;
};

// Where RAM is, and where what can move should go.
struct ElfTarget {
  PhysRange ram;
  uint64_t movable_base = 0;  // physical: start of position-independent files
};

// A segment, or what is left of it, at its place.
struct PlacedSegment {
  unsigned index = 0;
  PhysRange range;
  uint64_t file_offset = 0;
  uint64_t file_size = 0;
};

struct ElfPlacement {
  uint64_t entry = 0;              // physical address
  bool entry_in_segment = true;    // false: the entry point lies outside everything that is loaded
  bool entry_was_virtual = false;  // e_entry was a virtual address and is not what `entry` says
  PhysRange range;                 // from the lowest to the highest address that is loaded
  std::vector<PlacedSegment> segments;   // by address
  std::vector<AddressMapping> mappings;  // virtual to physical
  uint64_t bias = 0;                     // what was added to physical addresses
  uint64_t virtual_bias = 0;             // what was added to virtual addresses
  uint64_t relocations = 0;              // R_RISCV_RELATIVE entries applied (after load)
  std::vector<std::string> notes;        // one line each, worth a warning
};

class ElfFile {
 public:
  [[nodiscard]] static Result<ElfFile> open(const std::string& path);

  // Check all that does not depend on where RAM is: class, byte order, machine, type, tables and
  // segments within the file. `file` is shared, not copied.
  [[nodiscard]] static Result<ElfFile> parse(std::shared_ptr<const FileBytes> file);

  [[nodiscard]] const std::string& name() const noexcept { return file_->name(); }
  [[nodiscard]] uint64_t linked_entry() const noexcept { return entry_; }
  [[nodiscard]] bool is_position_independent() const noexcept { return is_dynamic_; }
  // A dynamically linked program of an operating system.
  [[nodiscard]] bool needs_interpreter() const noexcept { return needs_interpreter_; }
  [[nodiscard]] std::span<const ElfSegment> segments() const noexcept { return segments_; }

  // Decide addresses without writing anything: ET_EXEC at its physical addresses, ET_DYN at
  // `movable_base` unless it was linked inside RAM already. Fails when a segment does not lie in
  // RAM or two overlap.
  [[nodiscard]] Result<ElfPlacement> place(const ElfTarget& target) const;

  // Copy, zero and relocate what place() decided. The RAM must be that of the target.
  [[nodiscard]] Outcome load(Ram& ram, ElfPlacement& placement) const;

  // Symbols at the addresses of `placement`.
  [[nodiscard]] std::shared_ptr<const SymbolTable> symbols(const ElfPlacement& placement) const;

 private:
  ElfFile() = default;

  [[nodiscard]] uint64_t choose_bias(const ElfTarget& target) const;
  [[nodiscard]] uint64_t header_bytes_below(const ElfSegment& segment, uint64_t bytes) const;
  [[nodiscard]] Error outside_ram(const ElfSegment& segment, PhysRange range,
                                  const ElfTarget& target) const;
  void set_entry(uint64_t bias, ElfPlacement& placement) const;
  [[nodiscard]] Outcome relocate(Ram& ram, ElfPlacement& placement) const;

  std::shared_ptr<const FileBytes> file_;
  uint64_t entry_ = 0;
  bool is_dynamic_ = false;
  bool needs_interpreter_ = false;
  std::vector<ElfSegment> segments_;      // by physical address, none empty
  std::vector<PhysRange> header_ranges_;  // file offsets that only describe the file
  PhysRange dynamic_;                     // file offset and size of PT_DYNAMIC
};

}  // namespace rvx
