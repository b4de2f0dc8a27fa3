// Decoder and disassembler against objdump of LLVM and of binutils: all 16-bit and many 32-bit
// encodings.
#include <unistd.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx::isa {
namespace {

// --- The tools
// ------------------------------------------------------------------------------------

enum class Tool { kLlvm, kGnu };

struct ToolInfo {
  Tool tool;
  std::vector<const char*> programs;  // the first that is installed and new enough is used
  const char* version_after;          // where the version stands in the first lines of --version
  double oldest;
  const char* judged;  // how the version begins that objdump_exceptions.inc was made with
  const char* options;
  const char* isa;  // what it is told that the program was built for, and what rvx decodes with
};

const ToolInfo kTools[] = {
    {Tool::kLlvm,
     {"llvm-objdump-19", "llvm-objdump"},
     "LLVM version ",
     19,
     "19.",
     "-M numeric,no-aliases --no-print-imm-hex",
     "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zba1p0_zbb1p0_zbc1p0_zbs1p0_zbkb1p0_"
     "zbkx1p0_zfh1p0_"
     "zicbom1p0_zicbop1p0_zicboz1p0_zawrs1p0_zfa1p0_zicond1p0_zcb1p0_zacas1p0_svinval1p0"},
    {Tool::kGnu,
     {"riscv64-linux-gnu-objdump", "riscv64-unknown-elf-objdump"},
     " ",
     2.40,
     "2.40",
     "-M numeric,no-aliases",
     "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zihintpause2p0_zba1p0_zbb1p0_zbc1p0_"
     "zbs1p0_zbkb1p0_"
     "zbkx1p0_zfh1p0_zicbom1p0_zicbop1p0_zicboz1p0_zawrs1p0_svinval1p0"},
};

std::ostream& operator<<(std::ostream& out, const ToolInfo& tool) {
  return out << tool.programs[0];
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 1 << 16> buffer;
  size_t size = 0;
  while ((size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    text.append(buffer.data(), size);
  pclose(pipe);
  return text;
}

struct Found {
  const char* program;
  std::string version;
};

std::optional<Found> find(const ToolInfo& tool) {
  for (const char* program : tool.programs) {
    const std::string text = output_of(std::string(program) + " --version");
    const std::string_view first = tool.tool == Tool::kLlvm
                                       ? std::string_view(text)
                                       : std::string_view(text).substr(0, text.find('\n'));
    const size_t at = first.rfind(tool.version_after);
    if (at == std::string_view::npos) continue;
    const std::string version(first.substr(at + std::strlen(tool.version_after)));
    if (std::strtod(version.c_str(), nullptr) >= tool.oldest) return Found{program, version};
  }
  return std::nullopt;
}

// A relocatable ELF file with one section of code and the attribute that names the ISA.
std::string elf_file(const std::string& code, std::string_view isa) {
  const auto number = [](uint64_t value, size_t size) {
    return std::string(reinterpret_cast<const char*>(&value), size);
  };
  const std::string arch = '\5' + std::string(isa) + '\0';  // Tag_RISCV_arch
  const std::string file = '\1' + number(5 + arch.size(), 4) + arch;
  const std::string vendor = std::string("riscv") + '\0' + file;
  const std::string attributes = 'A' + number(4 + vendor.size(), 4) + vendor;
  const std::string names("\0.text\0.riscv.attributes\0.shstrtab\0", 35);
  const auto section = [&](uint32_t name, uint32_t type, uint64_t flags, uint64_t offset,
                           uint64_t size) {
    return number(name, 4) + number(type, 4) + number(flags, 8) + number(0, 8) + number(offset, 8) +
           number(size, 8) + number(0, 8) + number(1, 8) + number(0, 8);
  };
  const uint64_t text_at = 64, attributes_at = text_at + code.size(),
                 names_at = attributes_at + attributes.size();
  const uint64_t sections_at = names_at + names.size();
  return std::string("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16) + number(1, 2) + number(243, 2) +
         number(1, 4) + number(0, 8) + number(0, 8) + number(sections_at, 8) + number(5, 4) +
         number(64, 2) + number(0, 4) + number(64, 2) + number(4, 2) + number(3, 2) + code +
         attributes + names + section(0, 0, 0, 0, 0) + section(1, 1, 6, text_at, code.size()) +
         section(7, 0x70000003, 0, attributes_at, attributes.size()) +
         section(25, 3, 0, names_at, names.size());
}

// What the tool prints for each address of `code`.
std::string disassembly(const ToolInfo& tool, const char* program, const std::string& code) {
  std::string path = testing::TempDir() + "rvx_objdump_XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return {};
  close(fd);
  std::ofstream(path, std::ios::binary) << elf_file(code, tool.isa);
  std::string text = output_of(std::string(program) + " -d " + tool.options + " " + path);
  std::remove(path.c_str());
  return text;
}

// --- Comparing text
// -------------------------------------------------------------------------------

// Mnemonic and operands, without punctuation and comments.
using Tokens = std::vector<std::string_view>;

Tokens split(std::string_view text) {
  text = text.substr(0, text.find_first_of("#<", 1));
  Tokens tokens;
  while (true) {
    const size_t begin = text.find_first_not_of(" \t,()");
    if (begin == std::string_view::npos) return tokens;
    text.remove_prefix(begin);
    const size_t size = std::min(text.size(), text.find_first_of(" \t,()"));
    tokens.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

std::optional<int64_t> number(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - value : value);
}

bool same_number(std::string_view theirs, int64_t ours) { return number(theirs, 10) == ours; }

// Whether the tool's text for an instruction at `address` says what rvx decoded.
bool same_text(const Insn& insn, uint64_t address, std::string_view theirs,
               const IsaConfig& config) {
  const std::string text = disassemble(insn.bits, config, {.abi_names = false, .pseudo = false});
  Tokens ours = split(text), tool = split(theirs);
  const Format format = info(insn.row).format;
  if (tool.empty() || ours[0] != tool[0]) return false;
  switch (format) {
    case Format::kB:
    case Format::kJ:
    case Format::kCb:
    case Format::kCj: {  // ours end in pc + 12, theirs in an absolute address
      const auto target = number(tool.back(), 16);
      if (!target ||
          static_cast<uint64_t>(*target) - address != static_cast<uint64_t>(int64_t{insn.imm}))
        return false;
      tool.pop_back();
      ours.resize(ours.size() - 3);
      break;
    }
    case Format::kI:
      if (insn.row == Op::jalr && tool.size() == 4) std::swap(tool[2], tool[3]);  // -4(x1)
      break;
    case Format::kFence:  // binutils calls an empty set unknown
      for (std::string_view& token : tool) token = token == "unknown" ? "0" : token;
      break;
    case Format::kCsr:
    case Format::kCsrImm:
      if (tool.size() == 4 && (same_number(tool[2], insn.imm) || ours[2].starts_with("unknown_")))
        tool[2] = ours[2];
      break;
    case Format::kFli:  // each spells constants its own way
      if (tool.size() == 3) tool[2] = ours[2];
      break;
    case Format::kCiNop:
      if (tool.size() == 1 && insn.imm == 0) return true;
      break;
    default: break;
  }
  if (info(format).layout.has_rm) {
    constexpr std::string_view kModes[] = {"rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn"};
    const std::string_view mode = kModes[insn.imm & 7];
    if (tool.size() == ours.size() + 1 && tool.back() == mode) {
      tool.pop_back();
    } else if (mode != "dyn" &&
               mode != "rne") {  // dyn is the default, rne that of exact conversions
      return false;
    }
  }
  if (ours.size() != tool.size()) return false;
  for (size_t i = 1; i < ours.size(); ++i) {
    if (ours[i] == tool[i]) continue;
    const auto value = number(ours[i], 10);
    if (!value || !same_number(tool[i], *value)) return false;
  }
  return true;
}

// --- Exceptions
// -----------------------------------------------------------------------------------

// What differs: the tool takes the encoding for illegal, rvx does, or both know it and print it
// differently.
enum class Differs { kToolIllegal, kRvxIllegal, kText };

struct Exception {
  Tool tool;
  Differs differs;
  uint32_t mask;
  uint32_t match;
  const char* reason;
};
const Exception kExceptions[] = {
#define EXCEPTION(tool, differs, mask, match, reason) \
  {Tool::k##tool, Differs::k##differs, mask, match, reason},
#include "tests/unit/isa/objdump_exceptions.inc"
#undef EXCEPTION
};

// --- The comparison
// -------------------------------------------------------------------------------

class Objdump : public testing::TestWithParam<ToolInfo> {
 protected:
  // Compares `code`, a sequence of encodings, and reports the first few differences of each row.
  void compare(const std::string& code) {
    const std::optional<Found> found = find(GetParam());
    if (!found) GTEST_SKIP() << GetParam().programs[0] << " is not installed or too old";
    IsaConfig config;
    std::string error;
    ASSERT_TRUE(IsaConfig::parse(GetParam().isa, config, error)) << error;
    const std::string text = disassembly(GetParam(), found->program, code);
    size_t at = 0;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      at = compare_line(line, at, code, config);
      if (at == std::string::npos) return;
    }
    EXPECT_EQ(at, code.size()) << found->program << " stopped early";
    for (const auto& [row, count] : differences_) {
      if (count > kShown) ADD_FAILURE() << row << ": " << count << " differences in all";
    }
    if (found->version.starts_with(GetParam().judged)) expect_no_stale_exceptions(code);
  }

 private:
  static constexpr int kShown = 3;

  // The instruction of `line` must begin at offset `at`; returns where the next one does.
  size_t compare_line(std::string_view line, size_t at, const std::string& code,
                      const IsaConfig& config) {
    const size_t colon = line.find(":");
    const size_t digits = line.find_first_not_of(' ');
    if (digits == 0 || digits == std::string_view::npos || colon == std::string_view::npos)
      return at;
    const auto address = number(line.substr(digits, colon - digits), 16);
    if (!address) return at;
    if (static_cast<size_t>(*address) != at) {
      ADD_FAILURE() << "expected address " << at << ": " << line;
      return std::string::npos;
    }
    uint32_t bits = 0;
    std::memcpy(&bits, code.data() + at, std::min<size_t>(4, code.size() - at));
    const Insn insn = decode(bits, config);
    line.remove_prefix(std::min(line.size(), line.find('\t')));
    if (GetParam().tool == Tool::kGnu && line.size() > 1) line.remove_prefix(line.find('\t', 1));
    judge(insn, at, line, config);
    return at + insn.length;
  }

  void judge(const Insn& insn, size_t at, std::string_view theirs, const IsaConfig& config) {
    // binutils prints reserved rounding modes as a last operand that it does not know.
    const auto says = [theirs](std::string_view text) {
      return theirs.find(text) != std::string_view::npos;
    };
    const bool tool_knows = !says("<unknown>") && !says("\t.") && !says("c.unimp") &&
                            (!theirs.ends_with(",unknown") || says("fence"));
    const bool rvx_knows = insn.row != Op::kIllegal;
    if (!tool_knows && !rvx_knows) return;
    Differs differs = Differs::kText;
    if (!tool_knows) {
      differs = Differs::kToolIllegal;
    } else if (!rvx_knows) {
      differs = Differs::kRvxIllegal;
    } else if (same_text(insn, at, theirs, config)) {
      return;
    }
    for (size_t i = 0; i < std::size(kExceptions); ++i) {
      const Exception& e = kExceptions[i];
      if (e.tool != GetParam().tool || e.differs != differs || (insn.bits & e.mask) != e.match)
        continue;
      used_.insert(i);
      return;
    }
    const Tokens tokens = split(theirs);
    const std::string key =
        rvx_knows ? std::string(info(insn.row).name) : std::string(tokens.empty() ? "" : tokens[0]);
    if (++differences_[key] > kShown) return;
    ADD_FAILURE() << std::hex << insn.bits << ": rvx says " << disassemble(insn.bits, config)
                  << ", the tool" << theirs;
  }

  // Of encodings of the size that was compared.
  void expect_no_stale_exceptions(const std::string& code) {
    const bool wide = (code[0] & 3) == 3;
    for (size_t i = 0; i < std::size(kExceptions); ++i) {
      const Exception& e = kExceptions[i];
      if (e.tool != GetParam().tool || ((e.match & 3) == 3) != wide) continue;
      EXPECT_TRUE(used_.contains(i)) << "no difference any more: " << e.reason;
    }
  }

  std::map<std::string, int> differences_;
  std::set<size_t> used_;
};

void append(std::string& code, uint32_t bits, size_t size) {
  code.append(reinterpret_cast<const char*>(&bits), size);
}

TEST_P(Objdump, AgreesOnEvery16BitEncoding) {
  std::string code;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 3) != 3) append(code, bits, 2);
  }
  compare(code);
}

// Half of them anything, half instructions with random fields. Not those that begin longer
// encodings, whose length the tools do not agree about.
TEST_P(Objdump, AgreesOnManyOf32Bits) {
  constexpr int kWords = 400'000;
  std::mt19937 random(32);
  std::string code;
  for (int i = 0; i < kWords; ++i) {
    uint32_t bits = static_cast<uint32_t>(random()) | 3;
    if (i % 2 != 0) {
      const OpInfo& row = info(static_cast<Op>(1 + random() % (kOpCount - 1)));
      if (row.length == 4) bits = row.match | (bits & ~row.mask);
    }
    if ((bits & 0x1f) != 0x1f) append(code, bits, 4);
  }
  compare(code);
}

INSTANTIATE_TEST_SUITE_P(Tools, Objdump, testing::ValuesIn(kTools), [](const auto& tool) {
  return tool.param.tool == Tool::kLlvm ? "Llvm" : "Gnu";
});

}  // namespace
}  // namespace rvx::isa
