// rvx disasm: code of ELF programs with symbols, and single instructions.
#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/run_plan.hpp"
#include "cpu/isa/decode.hpp"
#include "machine/elf_loader.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli {
namespace {

constexpr int kCompressedDigits = 4;

// Bytes of code and the address they are linked to.
struct CodeRange {
  std::string name;
  uint64_t address = 0;
  std::span<const uint8_t> bytes;
};

std::string name_at(std::span<const uint8_t> bytes, const Elf64_Shdr& names, uint32_t offset) {
  std::string text;
  for (uint64_t at = names.sh_offset + offset;
       offset < names.sh_size && at < bytes.size() && bytes[at] != 0; ++at)
    text += static_cast<char>(bytes[at]);
  return text;
}

// Sections with instructions; where the file has no sections, its executable segments.
std::vector<CodeRange> code_of(const ElfFile& elf, std::span<const uint8_t> bytes) {
  std::vector<CodeRange> ranges;
  const auto add = [&](std::string name, uint64_t address, uint64_t offset, uint64_t size) {
    if (offset <= bytes.size() && size <= bytes.size() - offset && size != 0)
      ranges.push_back({std::move(name), address, bytes.subspan(offset, size)});
  };
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  const auto section_at = [&](unsigned index) {
    return read_at<Elf64_Shdr>(bytes, header->e_shoff + uint64_t{index} * sizeof(Elf64_Shdr));
  };
  if (header && header->e_shoff != 0 && header->e_shentsize == sizeof(Elf64_Shdr)) {
    const auto names = section_at(header->e_shstrndx);
    for (unsigned i = 0; i < header->e_shnum; ++i) {
      const auto section = section_at(i);
      if (section && (section->sh_flags & SHF_EXECINSTR) != 0 && section->sh_type == SHT_PROGBITS)
        add(names ? name_at(bytes, *names, section->sh_name) : "", section->sh_addr,
            section->sh_offset, section->sh_size);
    }
  }
  if (!ranges.empty()) return ranges;
  for (const ElfSegment& segment : elf.segments())
    if (segment.is_executable)
      add(fmt::format("segment {}", segment.index), segment.vaddr, segment.file_offset,
          segment.file_size);
  return ranges;
}

bool is_compressed(uint32_t bits) { return (bits & 3) != 3; }

class Listing {
 public:
  Listing(const isa::IsaConfig& isa, const SymbolTable& symbols) : isa_(isa), symbols_(symbols) {}

  void print(const CodeRange& range) {
    fmt::print("\nsection {}:\n", range.name);
    const auto all = symbols_.sorted();
    auto symbol = std::lower_bound(all.begin(), all.end(), range.address,
                                   [](const Symbol& s, uint64_t a) { return s.address < a; });
    for (size_t at = 0; at + 2 <= range.bytes.size();) {
      const uint64_t address = range.address + at;
      while (symbol != all.end() && symbol->address < address) ++symbol;
      for (; symbol != all.end() && symbol->address == address; ++symbol)
        fmt::print("\n{:016x} <{}>:\n", address, one_line(symbol->name));
      at += print_one(range.bytes.subspan(at), address);
    }
  }

 private:
  // Returns the instruction's length in bytes.
  size_t print_one(std::span<const uint8_t> bytes, uint64_t address) {
    uint32_t bits = *read_at<uint16_t>(bytes, 0);
    size_t length = 2;
    if (!is_compressed(bits)) {
      const auto word = read_at<uint32_t>(bytes, 0);
      if (!word) {
        fmt::print("{:16x}:\t{:04x}\t\t(cut off)\n", address, bits);
        return 2;
      }
      bits = *word;
      length = 4;
    }
    const std::string code =
        length == 2 ? fmt::format("{:04x}    ", bits) : fmt::format("{:08x}", bits);
    fmt::print("{:16x}:\t{}\t{}{}\n", address, code, isa::disassemble(bits, isa_),
               target(bits, address));
    return length;
  }

  // Where a direct jump goes.
  std::string target(uint32_t bits, uint64_t address) {
    const isa::Insn insn = isa::decode(bits, isa_);
    const isa::Class kind = isa::info(insn.op).cls;
    if (kind != isa::Class::kBranch && kind != isa::Class::kJal) return {};
    const uint64_t to = address + static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
    const auto symbol = symbols_.symbolise(to);
    return fmt::format("  # {:x}{}", to,
                       symbol ? fmt::format(" <{}>", one_line(symbol->text())) : "");
  }

  const isa::IsaConfig& isa_;
  const SymbolTable& symbols_;
};

Outcome disassemble_file(const std::string& path, const isa::IsaConfig& isa) {
  auto file = FileBytes::open(path);
  if (!file) return file.error();
  auto elf = ElfFile::parse(*file);
  if (!elf) return elf.error();
  const SymbolTable symbols(*file, 0, {});
  fmt::print("{}:\n", one_line(path));
  const std::vector<CodeRange> ranges = code_of(*elf, (*file)->bytes());
  if (ranges.empty()) return unusable_error(fmt::format("{} holds no code", path));
  Listing listing(isa, symbols);
  for (const CodeRange& range : ranges) listing.print(range);
  return std::monostate{};
}

// "0x00a50533", "8082"
std::optional<uint32_t> instruction_bits(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  uint32_t bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return bits;
}

}  // namespace

int disasm_command(const Invocation& invocation) {
  MachineConfig machine;
  if (Outcome done = apply_machine_options(invocation.options, machine); !done)
    return report(done.error());
  if (invocation.operands.empty())
    return report(
        usage_error("nothing to disassemble; give an ELF file or instructions such as 00a50533"));
  for (const std::string& operand : invocation.operands) {
    const auto bits =
        ::access(operand.c_str(), F_OK) == 0 ? std::nullopt : instruction_bits(operand);
    if (!bits) {
      if (Outcome done = disassemble_file(operand, machine.isa); !done) return report(done.error());
      continue;
    }
    if (is_compressed(*bits) && *bits > 0xffff) {
      return report(
          usage_error(fmt::format("{} is no single instruction: its low bits say that it has 16 "
                                  "bits; give {:04x} and {:04x}",
                                  operand, *bits & 0xffff, *bits >> 16)));
    }
    fmt::print("{:0{}x}  {}\n", *bits,
               is_compressed(*bits) ? kCompressedDigits : 2 * kCompressedDigits,
               isa::disassemble(*bits, machine.isa));
  }
  return 0;
}

}  // namespace rvx::cli
