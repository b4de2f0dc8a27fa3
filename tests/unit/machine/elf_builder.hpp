// Writes small RISC-V ELF files and Linux Images byte by byte, for the tests of the loaders.
#pragma once

#include <elf.h>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "machine/file_bytes.hpp"

namespace rvx::test {

using Bytes = std::vector<uint8_t>;

template <class T>
void put(Bytes& out, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

template <class T>
T get(const Bytes& in, size_t offset) {
  T value;
  std::memcpy(&value, in.data() + offset, sizeof value);
  return value;
}

template <class T>
void set(Bytes& out, size_t offset, const T& value) {
  std::memcpy(out.data() + offset, &value, sizeof value);
}

inline std::shared_ptr<const FileBytes> as_file(Bytes bytes, std::string name = "test.elf") {
  return FileBytes::from_memory(std::move(name), std::move(bytes));
}

// Headers first, then what the segments hold, then symbols and section headers. Each segment gets
// a section of its own, so that symbols can name it: section 1 belongs to the first.
class ElfBuilder {
 public:
  Elf64_Ehdr header = {};

  explicit ElfBuilder(uint16_t type = ET_EXEC, uint64_t entry = 0x80000000) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = type;
    header.e_machine = EM_RISCV;
    header.e_version = EV_CURRENT;
    header.e_entry = entry;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
  }

  // A PT_LOAD; mem_size 0 = as large as the bytes.
  ElfBuilder& segment(uint64_t vaddr, uint64_t paddr, Bytes bytes, uint64_t mem_size = 0,
                      uint32_t flags = PF_R | PF_X) {
    Elf64_Phdr entry = {};
    entry.p_type = PT_LOAD;
    entry.p_flags = flags;
    entry.p_vaddr = vaddr;
    entry.p_paddr = paddr;
    entry.p_filesz = bytes.size();
    entry.p_memsz = mem_size == 0 ? bytes.size() : mem_size;
    entry.p_align = 16;
    segments_.push_back({entry, std::move(bytes)});
    return *this;
  }
  ElfBuilder& segment(uint64_t address, Bytes bytes, uint64_t mem_size = 0) {
    return segment(address, address, std::move(bytes), mem_size);
  }

  // PT_DYNAMIC with a table of R_RISCV_RELATIVE at the end of a segment of its own at `vaddr`.
  ElfBuilder& relocations(uint64_t vaddr, const std::vector<std::pair<uint64_t, int64_t>>& rela) {
    Bytes bytes;
    const uint64_t table = vaddr + 4 * sizeof(Elf64_Dyn);
    put(bytes, Elf64_Dyn{DT_RELA, {table}});
    put(bytes, Elf64_Dyn{DT_RELASZ, {rela.size() * sizeof(Elf64_Rela)}});
    put(bytes, Elf64_Dyn{DT_RELAENT, {sizeof(Elf64_Rela)}});
    put(bytes, Elf64_Dyn{DT_NULL, {0}});
    for (const auto& [offset, addend] : rela) {
      put(bytes, Elf64_Rela{offset, R_RISCV_RELATIVE, addend});
    }
    dynamic_ = static_cast<int>(segments_.size());
    return segment(vaddr, std::move(bytes));
  }

  ElfBuilder& symbol(const std::string& name, uint64_t value, uint64_t size = 0,
                     unsigned type = STT_NOTYPE, unsigned bind = STB_GLOBAL, uint16_t section = 1) {
    Elf64_Sym entry = {};
    entry.st_name = static_cast<uint32_t>(strings_.size());
    entry.st_info = ELF64_ST_INFO(bind, type);
    entry.st_shndx = section;
    entry.st_value = value;
    entry.st_size = size;
    symbols_.push_back(entry);
    strings_ += name + '\0';
    return *this;
  }

  [[nodiscard]] Bytes build() const {
    std::vector<Elf64_Phdr> program;
    for (const auto& [entry, bytes] : segments_) program.push_back(entry);
    uint64_t offset = sizeof(Elf64_Ehdr) + (program.size() + (dynamic_ >= 0)) * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < program.size(); ++i) {
      program[i].p_offset = offset;
      offset += (segments_[i].second.size() + 7) & ~size_t{7};
    }
    if (dynamic_ >= 0) {
      Elf64_Phdr entry = program[static_cast<size_t>(dynamic_)];
      entry.p_type = PT_DYNAMIC;
      program.push_back(entry);
    }

    Elf64_Ehdr head = header;
    head.e_phoff = sizeof(Elf64_Ehdr);
    head.e_phnum = static_cast<uint16_t>(program.size());
    head.e_shnum = static_cast<uint16_t>(segments_.size() + 4);
    head.e_shstrndx = static_cast<uint16_t>(head.e_shnum - 1);

    Bytes out(sizeof head);
    for (const Elf64_Phdr& entry : program) put(out, entry);
    for (const auto& [entry, bytes] : segments_) {
      out.insert(out.end(), bytes.begin(), bytes.end());
      out.resize((out.size() + 7) & ~size_t{7});
    }
    std::vector<Elf64_Shdr> sections(head.e_shnum);
    for (size_t i = 0; i < segments_.size(); ++i) {
      Elf64_Shdr& section = sections[i + 1];
      section.sh_type = SHT_PROGBITS;
      section.sh_flags = SHF_ALLOC;
      section.sh_addr = program[i].p_vaddr;
      section.sh_offset = program[i].p_offset;
      section.sh_size = program[i].p_memsz;
    }
    const auto append = [&](size_t index, uint32_t type, const void* data, size_t size) {
      sections[index].sh_type = type;
      sections[index].sh_offset = out.size();
      sections[index].sh_size = size;
      const auto* bytes = static_cast<const uint8_t*>(data);
      out.insert(out.end(), bytes, bytes + size);
      out.resize((out.size() + 7) & ~size_t{7});
    };
    const size_t symtab = segments_.size() + 1;
    append(symtab, SHT_SYMTAB, symbols_.data(), symbols_.size() * sizeof(Elf64_Sym));
    sections[symtab].sh_link = static_cast<uint32_t>(symtab + 1);
    sections[symtab].sh_entsize = sizeof(Elf64_Sym);
    append(symtab + 1, SHT_STRTAB, strings_.data(), strings_.size());
    append(symtab + 2, SHT_STRTAB, "", 1);
    head.e_shoff = out.size();
    for (const Elf64_Shdr& section : sections) put(out, section);
    set(out, 0, head);
    return out;
  }

  // The file offset of program header `index`.
  static size_t program_header(size_t index) {
    return sizeof(Elf64_Ehdr) + index * sizeof(Elf64_Phdr);
  }

 private:
  std::vector<std::pair<Elf64_Phdr, Bytes>> segments_;
  std::vector<Elf64_Sym> symbols_ = {Elf64_Sym{}};
  std::string strings_ = std::string(1, '\0');
  int dynamic_ = -1;
};

// A Linux Image: header of boot-image-header.rst, then zeroes up to `size` bytes.
inline Bytes linux_image(uint64_t text_offset, uint64_t image_size, size_t size = 4096) {
  Bytes image(size);
  std::memcpy(image.data(), "MZ", 2);
  set(image, 8, text_offset);
  set(image, 16, image_size);
  set(image, 32, uint32_t{2});
  std::memcpy(image.data() + 48, "RISCV", 5);
  std::memcpy(image.data() + 56, "RSC\x05", 4);
  return image;
}

}  // namespace rvx::test
