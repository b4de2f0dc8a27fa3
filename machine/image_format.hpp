// What kind of file a program, kernel or firmware is, told from its first bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "machine/error.hpp"

namespace rvx {

enum class ImageFormat : uint8_t { kElf, kLinux, kFlat };

// The fields that matter of the header of a RISC-V Linux Image (boot-image-header.rst).
struct LinuxHeader {
  uint64_t text_offset = 0;  // bytes from a 2 MiB aligned start of RAM
  uint64_t image_size = 0;   // bytes of RAM that the kernel needs, 0 = not said
  bool has_efi_stub = false;
};

[[nodiscard]] bool is_elf(std::span<const uint8_t> bytes) noexcept;

// The header, where there is one.
[[nodiscard]] std::optional<LinuxHeader> find_linux_header(std::span<const uint8_t> bytes) noexcept;

// The gzip'd kernel inside a self-unpacking EFI image (vmlinuz.efi); empty where it is none.
[[nodiscard]] std::span<const uint8_t> find_zboot_payload(std::span<const uint8_t> bytes) noexcept;

// Files that would pass as flat binaries but are known to be something else: what it is and what to
// do with it instead.
[[nodiscard]] std::optional<Error> refuse_foreign(std::span<const uint8_t> bytes,
                                                  const std::string& name);

}  // namespace rvx
