// Firmware, kernels, initrds and device trees: what they are, where they go, and getting them
// there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/ram.hpp"
#include "machine/board.hpp"
#include "machine/elf_loader.hpp"
#include "machine/error.hpp"
#include "machine/fdt.hpp"
#include "machine/file_bytes.hpp"
#include "machine/image_format.hpp"
#include "machine/phys_range.hpp"
#include "machine/symbols.hpp"

namespace rvx {

// A program, kernel or firmware file, unpacked if it was gzip'd.
class Image {
 public:
  // Find out what `path` is. `max_bytes` bounds what a gzip'd file may grow to: the size of RAM.
  [[nodiscard]] static Result<Image> open(const std::string& path, uint64_t max_bytes);
  [[nodiscard]] static Result<Image> parse(std::shared_ptr<const FileBytes> file,
                                           uint64_t max_bytes);

  [[nodiscard]] ImageFormat format() const noexcept { return format_; }
  [[nodiscard]] bool was_compressed() const noexcept { return was_compressed_; }
  [[nodiscard]] const std::string& name() const noexcept { return file_->name(); }
  [[nodiscard]] std::span<const uint8_t> bytes() const noexcept { return file_->bytes(); }
  [[nodiscard]] const ElfFile* elf() const noexcept { return elf_ ? &*elf_ : nullptr; }
  [[nodiscard]] const LinuxHeader& linux_header() const noexcept { return header_; }
  // Bytes of RAM that it needs from its first byte on (ELF: see ElfFile::place).
  [[nodiscard]] uint64_t memory_size() const noexcept;

 private:
  Image() = default;

  std::shared_ptr<const FileBytes> file_;
  ImageFormat format_ = ImageFormat::kFlat;
  bool was_compressed_ = false;
  LinuxHeader header_;
  std::optional<ElfFile> elf_;
};

// --- Layout --------------------------------------------------------------------------------------

// What has to find room in RAM. Names are for messages.
struct LayoutInput {
  const Board* board = &kBoards[0];
  uint64_t ram_size = 0;  // bytes

  PhysRange firmware;                     // empty = none; it does not move
  std::vector<PhysRange> firmware_parts;  // what of it is taken; empty = all of it
  std::string firmware_name;

  std::string kernel_name;              // empty = none
  PhysRange kernel_fixed;               // an ELF file's place; empty = it can be put anywhere
  std::vector<PhysRange> kernel_parts;  // what of kernel_fixed is taken; empty = all of it
  uint64_t kernel_size = 0;             // bytes of RAM it needs
  std::optional<uint64_t> kernel_text_offset;  // from a Linux header

  uint64_t initrd_size = 0;  // bytes, 0 = none
  std::string initrd_name;
  uint64_t dtb_size = 0;  // bytes
};

struct Layout {
  PhysRange kernel;
  PhysRange initrd;
  PhysRange dtb;
  // fw_jump would copy the device tree into the kernel (fw_dynamic copies nothing).
  bool kernel_covers_fw_jump_dtb = false;
};

// Decide addresses. Pure: touches no memory. Where something does not fit, the error names it and
// the -m with which all would fit.
[[nodiscard]] Result<Layout> plan_layout(const LayoutInput& input);

// --- Loading -------------------------------------------------------------------------------------

struct BootRequest {
  // Paths, empty = none. With neither firmware nor kernel there is nothing to run: a usage error.
  std::string firmware;  // runs first, in M-mode
  std::string kernel;    // what firmware starts; without firmware it runs first
  std::string initrd;
  std::string dtb;  // instead of the generated tree

  // Appended to the initrd as a second archive (see CpioWriter); alone where there is no initrd.
  std::vector<uint8_t> initrd_extra;

  // Board, ISA, devices and so on; chosen.initrd is filled in here.
  FdtInput fdt;
};

struct BootImages {
  uint64_t entry = 0;       // physical: where the reset code jumps
  uint64_t next_entry = 0;  // physical: fw_dynamic's next address; 0 = no next stage
  Layout layout;
  PhysRange firmware;
  std::vector<uint8_t> dtb;  // as loaded at layout.dtb
  Symbols symbols;           // of firmware and kernel
  // Of what the user came to run: the kernel, or else the firmware. nullptr unless it is ELF.
  std::shared_ptr<const SymbolTable> program_symbols;
  std::vector<std::string> notes;  // one line each, worth a warning
};

// Open, check, place and load everything that the request names into fresh RAM.
[[nodiscard]] Result<BootImages> load_boot_images(Ram& ram, const BootRequest& request);

}  // namespace rvx
