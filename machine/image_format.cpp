// What kind of file a program, kernel or firmware is, told from its first bytes.
#include "machine/image_format.hpp"

#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "machine/file_bytes.hpp"
#include "machine/gunzip.hpp"

namespace rvx {
namespace {

using namespace std::string_view_literals;

bool has_at(std::span<const uint8_t> bytes, size_t offset, std::string_view magic) {
  return offset <= bytes.size() && magic.size() <= bytes.size() - offset &&
         std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// Offsets and magic numbers of Documentation/arch/riscv/boot-image-header.rst.
constexpr size_t kLinuxHeaderBytes = 64;
constexpr size_t kTextOffset = 8;
constexpr size_t kImageSize = 16;
constexpr size_t kFlags = 24;
constexpr size_t kMagic = 48;   // "RISCV", deprecated and still written
constexpr size_t kMagic2 = 56;  // "RSC\x05"
constexpr uint64_t kBigEndianFlag = 1;

struct ForeignFormat {
  size_t offset;
  std::string_view magic;
  const char* what;
  const char* advice;
};

constexpr ForeignFormat kForeignFormats[] = {
    {0x202, "HdrS"sv, "an x86 kernel", "use a riscv64 one"},
    {56, "ARM\x64"sv, "an Arm kernel", "use a riscv64 one"},
    {0, "\x28\xb5\x2f\xfd"sv, "packed with zstd", "unpack it first: zstd -d"},
    {0,
     "\xfd"
     "7zXZ"sv,
     "packed with xz", "unpack it first: xz -d"},
    {0, "\x04\x22\x4d\x18"sv, "packed with lz4", "unpack it first: lz4 -d"},
    {0, "\x02\x21\x4c\x18"sv, "packed with lz4", "unpack it first: lz4 -d"},
    {0, "BZh"sv, "packed with bzip2", "unpack it first: bzip2 -d"},
    {0, "PK\x03\x04"sv, "a zip archive", "unpack it first: unzip"},
    {257, "ustar"sv, "a tar archive", "unpack it first: tar -xf"},
    {0, "070701"sv, "a cpio archive", "pass it as --initrd"},
    {0, "070702"sv, "a cpio archive", "pass it as --initrd"},
    {0, "\xd0\x0d\xfe\xed"sv, "a device tree", "pass it as --dtb"},
    {0, "\x27\x05\x19\x56"sv, "a U-Boot image", "unpack it first: dumpimage -o Image"},
    {0, "!<arch>\n"sv, "a library or a Debian package", "link it into a program, or unpack it"},
    {0, "#!"sv, "a script", "name the program that it starts"},
    {0, "QFI\xfb"sv, "a qcow2 disk", "attach it as a disk"},
    {0x8001, "CD001"sv, "a CD image", "attach it as a disk"},
    {512, "EFI PART"sv, "a disk with a partition table", "attach it as a disk"},
    {0, "MZ"sv, "a program for Windows or EFI firmware",
     "start it from U-Boot or EDK2 as firmware"},
};

}  // namespace

bool is_elf(std::span<const uint8_t> bytes) noexcept {
  return has_at(bytes, 0,
                "\x7f"
                "ELF"sv);
}

std::optional<LinuxHeader> find_linux_header(std::span<const uint8_t> bytes) noexcept {
  if (bytes.size() < kLinuxHeaderBytes) return std::nullopt;
  if (!has_at(bytes, kMagic2, "RSC\x05"sv) && !has_at(bytes, kMagic, "RISCV\0\0\0"sv)) {
    return std::nullopt;
  }
  LinuxHeader header;
  header.text_offset = *read_at<uint64_t>(bytes, kTextOffset);
  header.image_size = *read_at<uint64_t>(bytes, kImageSize);
  header.has_efi_stub = has_at(bytes, 0, "MZ"sv);
  return header;
}

std::span<const uint8_t> find_zboot_payload(std::span<const uint8_t> bytes) noexcept {
  // drivers/firmware/efi/libstub/zboot-header.S: offset and size of the payload, then its kind.
  if (!has_at(bytes, 0, "MZ\0\0zimg"sv) || !has_at(bytes, 24, "gzip"sv)) return {};
  const auto offset = *read_at<uint32_t>(bytes, 8);
  const auto size = *read_at<uint32_t>(bytes, 12);
  if (offset > bytes.size() || size > bytes.size() - offset) return {};
  const auto payload = bytes.subspan(offset, size);
  return is_gzip(payload) ? payload : std::span<const uint8_t>{};
}

std::optional<Error> refuse_foreign(std::span<const uint8_t> bytes, const std::string& name) {
  if (find_linux_header(bytes)) {
    if ((*read_at<uint64_t>(bytes, kFlags) & kBigEndianFlag) == 0) return std::nullopt;
    return unusable_error(fmt::format(
        "{} is a big-endian kernel; rvx runs little-endian RISC-V; build it for that", name));
  }
  for (const ForeignFormat& format : kForeignFormats) {
    if (!has_at(bytes, format.offset, format.magic)) continue;
    return unusable_error(
        fmt::format("{} cannot be run; it is {}; {}", name, format.what, format.advice));
  }
  return std::nullopt;
}

}  // namespace rvx
