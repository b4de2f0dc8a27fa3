// One test program: found, judged before it runs, run to a verdict.
#include "cli/test_case.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "cli/ending.hpp"
#include "machine/machine.hpp"

namespace rvx::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kAttributesSection = 0x70000003;  // SHT_RISCV_ATTRIBUTES
constexpr uint8_t kFileAttributes = 1;               // Tag_File
constexpr uint8_t kArchAttribute = 5;                // Tag_RISCV_arch
constexpr uint64_t kMaxAttributes = 64 * 1024;

// Whether the file starts as a RISC-V executable does. Objects and shared libraries do not count.
bool is_riscv_program(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Elf32_Ehdr header{};  // these fields stand at the same places in both classes
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  return file.gcount() == sizeof header && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_machine == EM_RISCV && (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

std::string read_range(std::ifstream& file, uint64_t offset, uint64_t size) {
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

// The bytes of section .riscv.attributes; empty where there is none that makes sense.
std::string attributes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string head = read_range(file, 0, sizeof(Elf64_Ehdr));
  if (head.size() != sizeof(Elf64_Ehdr)) return {};
  Elf64_Ehdr header;
  std::memcpy(&header, head.data(), sizeof header);
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return {};
  const std::string table =
      read_range(file, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  for (size_t at = 0; at + sizeof(Elf64_Shdr) <= table.size(); at += sizeof(Elf64_Shdr)) {
    Elf64_Shdr section;
    std::memcpy(&section, table.data() + at, sizeof section);
    if (section.sh_type == kAttributesSection && section.sh_size <= kMaxAttributes)
      return read_range(file, section.sh_offset, section.sh_size);
  }
  return {};
}

std::optional<uint64_t> take_uleb(std::string_view& bytes) {
  uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

std::string_view take_string(std::string_view& bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const std::string_view text = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return text;
}

// The ISA string in the attributes: 'A', size, "riscv", then tag, size and the file's attributes,
// in which odd tags have strings and even ones numbers. "ELF Attributes" of the RISC-V psABI.
std::string arch_attribute(std::string_view bytes) {
  constexpr size_t kSizeField = 4;
  if (bytes.size() < 1 + kSizeField || bytes[0] != 'A') return {};
  bytes.remove_prefix(1 + kSizeField);
  if (take_string(bytes) != "riscv" || bytes.size() < 1 + kSizeField || bytes[0] != kFileAttributes)
    return {};
  bytes.remove_prefix(1 + kSizeField);
  while (!bytes.empty()) {
    const auto tag = take_uleb(bytes);
    if (!tag) return {};
    if (*tag == kArchAttribute) return std::string(take_string(bytes));
    if (*tag % 2 == 1) {
      take_string(bytes);
    } else if (!take_uleb(bytes)) {
      return {};
    }
  }
  return {};
}

// Keeps the end of what the guest prints.
class OutputTail final : public CharSink {
 public:
  explicit OutputTail(std::string& text) : text_(text) {}
  void put(const uint8_t* bytes, size_t count) noexcept override {
    text_.append(reinterpret_cast<const char*>(bytes), count);
    if (text_.size() > 2 * TestResult::kOutputBytes) trim();
  }
  void trim() {
    if (text_.size() > TestResult::kOutputBytes)
      text_.erase(0, text_.size() - TestResult::kOutputBytes);
  }

 private:
  std::string& text_;
};

// riscv-arch-test's self-checking programs say it in words, too, and both have to agree.
bool denies_pass(const std::string& output) {
  return output.find("RVCP-SUMMARY:") != std::string::npos &&
         output.find("RVCP-SUMMARY: TEST PASSED") == std::string::npos;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += (text.empty() ? "" : "; ") + (line.starts_with("rvx: ") ? line.substr(5) : line);
  return text;
}

Verdict verdict_of(Ending::Kind kind) {
  switch (kind) {
    case Ending::Kind::kPass:
    case Ending::Kind::kPowerOff: return Verdict::kPass;
    case Ending::Kind::kInstructionLimit:
    case Ending::Kind::kTimeout: return Verdict::kTimeout;
    case Ending::Kind::kFail:
    case Ending::Kind::kReset:
    case Ending::Kind::kStuck: return Verdict::kFail;
    case Ending::Kind::kStopped:
    case Ending::Kind::kNoThread: break;
  }
  return Verdict::kError;
}

uint64_t host_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

}  // namespace

const char* verdict_name(Verdict verdict) noexcept {
  static constexpr const char* kNames[kVerdicts] = {"pass", "fail", "timeout", "error", "skipped"};
  return kNames[static_cast<size_t>(verdict)];
}

Result<std::vector<std::string>> find_tests(const std::vector<std::string>& operands) {
  std::vector<std::string> found;
  for (const std::string& operand : operands) {
    std::error_code error;
    const fs::file_status status = fs::status(operand, error);
    if (!fs::exists(status))
      return not_found_error(
          fmt::format("{} does not exist; name test programs or folders of them", operand));
    if (!fs::is_directory(status)) {
      found.push_back(operand);
      continue;
    }
    const size_t first = found.size();
    fs::recursive_directory_iterator it(operand, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      std::error_code ignored;
      if (it->is_regular_file(ignored) && is_riscv_program(it->path()))
        found.push_back(it->path().string());
    }
    if (error) return usage_error(fmt::format("cannot search {}: {}", operand, error.message()));
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end());
  }
  return found;
}

std::string reason_to_skip(const std::string& path, const isa::IsaConfig& isa) {
  std::ifstream file(path, std::ios::binary);
  const std::string ident = read_range(file, 0, EI_NIDENT);
  if (ident.size() != EI_NIDENT || ident.compare(0, SELFMAG, ELFMAG) != 0) return {};
  const unsigned xlen = ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
  if (xlen != isa.xlen)
    return fmt::format("it is a program for RV{}, the harts are RV{}", xlen, isa.xlen);
  const std::string arch = arch_attribute(attributes_of(path));
  if (arch.empty()) return {};
  isa::IsaConfig needed;
  std::string error;
  if (!isa::IsaConfig::parse(arch, needed, error)) return error;
  std::string missing;
#define EXTENSION(name, spelled)                                    \
  if (needed.has(isa::Ext::k##name) && !isa.has(isa::Ext::k##name)) \
    missing += std::string(missing.empty() ? "" : ", ") + spelled;
#include "cpu/isa/extensions.inc"
#undef EXTENSION
  return missing.empty() ? "" : fmt::format("it needs {}, which the harts do not have", missing);
}

void run_test(const std::string& path, MachineConfig config, TestResult& result) {
  const uint64_t start_ns = host_ns();
  config.kernel = path;
  config.arguments = {path};
  OutputTail console(result.output);
  Machine machine(config, console);
  if (Outcome started = machine.start(); !started) {
    result.verdict = Verdict::kError;
    result.message = started.error().text;
  } else {
    const Ending ending = machine.run();
    const EndingReport report = describe_ending(ending, machine, config, 0);
    result.verdict = verdict_of(ending.kind);
    result.message = joined(report.lines);
    if (ending.kind == Ending::Kind::kReset) result.message = "the guest reset the machine";
    if (ending.kind == Ending::Kind::kFail)
      result.message = fmt::format("the guest reported {} ({})", static_cast<int64_t>(ending.code),
                                   ending.source);
    result.instructions = machine.instructions();
    console.trim();
    if (result.verdict == Verdict::kPass && denies_pass(result.output)) {
      result.verdict = Verdict::kFail;
      result.message = "it reported success but did not print RVCP-SUMMARY: TEST PASSED";
    }
  }
  result.host_ns = host_ns() - start_ns;
}

}  // namespace rvx::cli
