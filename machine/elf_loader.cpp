// RISC-V ELF files: checked, placed in RAM, loaded, relocated.
#include "machine/elf_loader.hpp"

#include <elf.h>
#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "machine/byte_size.hpp"

namespace rvx {
namespace {

// Real programs have a handful; the bound keeps a hostile file from costing more than its size.
constexpr size_t kMaxSegments = 256;

bool is_within(uint64_t offset, uint64_t size, uint64_t total) {
  return offset <= total && size <= total - offset;
}

bool wraps(uint64_t base, uint64_t size) { return size != 0 && base + (size - 1) < base; }

std::string machine_text(unsigned machine) {
  switch (machine) {
    case EM_386: return "32-bit x86";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "32-bit Arm";
    case EM_AARCH64: return "AArch64";
    case EM_MIPS: return "MIPS";
    case EM_PPC:
    case EM_PPC64: return "PowerPC";
    case EM_S390: return "S/390";
    case EM_SPARCV9: return "SPARC";
    case 258: return "LoongArch";
    case EM_NONE: return "none";
    default: return fmt::format("machine number {}", machine);
  }
}

Error damaged(const std::string& name, const std::string& what) {
  return unusable_error(fmt::format("{} is damaged; {}; build or copy it again", name, what));
}

// Class, byte order, machine and type. Machine and type stand at the same place in both classes.
std::optional<Error> refuse_kind(const std::string& name, std::span<const uint8_t> bytes) {
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return unusable_error(fmt::format(
        "{} is not an ELF file; its first bytes say so; name a program built for RISC-V", name));
  }
  if (bytes.size() < sizeof(Elf32_Ehdr)) {
    return damaged(
        name, fmt::format("it ends within the ELF header, after {}", byte_size_text(bytes.size())));
  }
  const uint8_t data = bytes[EI_DATA];
  if (data != ELFDATA2LSB && data != ELFDATA2MSB) {
    return damaged(name, fmt::format("its byte order has the unknown number {}", data));
  }
  if (data == ELFDATA2MSB) {
    return unusable_error(fmt::format(
        "{} is a big-endian program; rvx runs little-endian RISC-V; build it without -mbig-endian "
        "and for RISC-V",
        name));
  }
  const auto machine = *read_at<uint16_t>(bytes, offsetof(Elf32_Ehdr, e_machine));
  if (machine != EM_RISCV) {
    return unusable_error(fmt::format(
        "{} is not a RISC-V program; its ELF header says {}; build it with a RISC-V compiler such "
        "as riscv64-unknown-elf-gcc",
        name, machine_text(machine)));
  }
  if (bytes[EI_CLASS] == ELFCLASS32) {
    return unusable_error(fmt::format(
        "{} is a 32-bit program (RV32); this machine is RV64; build it with -march=rv64gc "
        "-mabi=lp64d",
        name));
  }
  if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_VERSION] != EV_CURRENT) {
    return damaged(name, fmt::format("its ELF class is {} and its version {}", bytes[EI_CLASS],
                                     bytes[EI_VERSION]));
  }
  const auto type = *read_at<uint16_t>(bytes, offsetof(Elf32_Ehdr, e_type));
  if (type == ET_EXEC || type == ET_DYN) return std::nullopt;
  if (type == ET_REL) {
    return unusable_error(
        fmt::format("{} is an object file; it has no addresses yet; link it first", name));
  }
  return unusable_error(
      fmt::format("{} is not a program; its ELF type is {}; name an executable", name,
                  type == ET_CORE ? std::string("core dump") : std::to_string(type)));
}

// A PT_LOAD entry, or why it cannot be used.
Result<ElfSegment> check_segment(const std::string& name, const Elf64_Phdr& header, unsigned index,
                                 uint64_t file_size) {
  if (header.p_filesz > header.p_memsz) {
    return damaged(name, fmt::format("segment {} has {:#x} bytes in the file and {:#x} in memory",
                                     index, header.p_filesz, header.p_memsz));
  }
  if (!is_within(header.p_offset, header.p_filesz, file_size)) {
    return damaged(name, fmt::format("segment {} lies at {:#x}, {:#x} bytes, in a file of {:#x}",
                                     index, header.p_offset, header.p_filesz, file_size));
  }
  if (wraps(header.p_paddr, header.p_memsz) || wraps(header.p_vaddr, header.p_memsz)) {
    return damaged(name, fmt::format("segment {} at {:#x} with {:#x} bytes passes the end of all "
                                     "addresses",
                                     index, header.p_paddr, header.p_memsz));
  }
  return ElfSegment{index,
                    header.p_vaddr,
                    header.p_paddr,
                    header.p_offset,
                    header.p_filesz,
                    header.p_memsz,
                    (header.p_flags & PF_X) != 0};
}

}  // namespace

Result<ElfFile> ElfFile::open(const std::string& path) {
  auto file = FileBytes::open(path);
  if (!file) return file.error();
  return parse(std::move(*file));
}

Result<ElfFile> ElfFile::parse(std::shared_ptr<const FileBytes> file) {
  const std::string& name = file->name();
  const std::span<const uint8_t> bytes = file->bytes();
  if (auto error = refuse_kind(name, bytes)) return *error;
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (!header) {
    return damaged(
        name, fmt::format("it ends within the ELF header, after {}", byte_size_text(bytes.size())));
  }
  if (header->e_phnum != 0 && header->e_phentsize != sizeof(Elf64_Phdr)) {
    return damaged(name, fmt::format("its program headers have {} bytes each instead of {}",
                                     header->e_phentsize, sizeof(Elf64_Phdr)));
  }
  if (header->e_phnum == PN_XNUM ||
      !is_within(header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr), bytes.size())) {
    return damaged(name, fmt::format("its {} program headers at {:#x} pass the end of the file",
                                     header->e_phnum, header->e_phoff));
  }

  ElfFile elf;
  elf.file_ = file;
  elf.entry_ = header->e_entry;
  elf.is_dynamic_ = header->e_type == ET_DYN;
  elf.header_ranges_ = {{0, sizeof(Elf64_Ehdr)},
                        {header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr)}};
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto entry = *read_at<Elf64_Phdr>(bytes, header->e_phoff + i * sizeof(Elf64_Phdr));
    const bool is_in_file = is_within(entry.p_offset, entry.p_filesz, bytes.size());
    switch (entry.p_type) {
      case PT_LOAD: {
        if (entry.p_memsz == 0 && entry.p_filesz == 0) break;
        auto segment = check_segment(name, entry, i, bytes.size());
        if (!segment) return segment.error();
        if (elf.segments_.size() == kMaxSegments) {
          return damaged(name, fmt::format("it has more than {} segments", kMaxSegments));
        }
        elf.segments_.push_back(*segment);
        break;
      }
      case PT_NOTE:
        if (is_in_file && elf.header_ranges_.size() < kMaxSegments)
          elf.header_ranges_.push_back({entry.p_offset, entry.p_filesz});
        break;
      case PT_DYNAMIC:
        if (is_in_file) elf.dynamic_ = {entry.p_offset, entry.p_filesz};
        break;
      case PT_INTERP: elf.needs_interpreter_ = true; break;
      default: break;
    }
  }
  if (elf.segments_.empty()) {
    return unusable_error(fmt::format(
        "{} has nothing to load; it has no PT_LOAD segment with bytes in it; link it as a program",
        name));
  }
  std::sort(elf.segments_.begin(), elf.segments_.end(),
            [](const ElfSegment& a, const ElfSegment& b) {
              return a.paddr != b.paddr ? a.paddr < b.paddr : a.index < b.index;
            });
  return elf;
}

std::shared_ptr<const SymbolTable> ElfFile::symbols(const ElfPlacement& placement) const {
  return std::make_shared<SymbolTable>(file_, placement.virtual_bias, placement.mappings);
}

}  // namespace rvx
