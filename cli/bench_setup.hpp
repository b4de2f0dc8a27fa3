// What is measured where: engines as command lines with placeholders, and the files that these
// name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench_report.hpp"
#include "cli/options.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

// The machine of every guest.
struct BenchMachine {
  uint64_t memory_bytes = 0;
  unsigned harts = 1;
  std::string kernel, initrd;  // empty = Debian's kernel, the runner's initrd
  std::string append;          // more for the kernel's command line
  std::string directory;       // with programs.json, initrd.cpio, bare/, linux/, native/
};

struct BenchEngine {
  std::string name;
  BenchKind kind = BenchKind::kOther;
  std::vector<std::string> words;          // with placeholders; none: a native process
  std::vector<std::string> version_words;  // the same, to ask for its version; may be empty
};

// Words as a shell reads them: blanks part, quotes and backslashes protect. Fails upon an open
// quote.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

// {name} in a word becomes its value:
//   {rvx} {emulator} {engine}        this program, an engine's program, the engine's name
//   {memory} {harts}                 "1024M", "2"
//   {kernel} {initrd} {append}       Linux, the RAM disk with the runner, the kernel's command line
//   {bios} {jump-bios}               OpenSBI that takes the kernel's address; that jumps to
//   0x80200000 {kernel+initrd} {initrdmem}      both in one file, to load at 0x80200000; what tells
//   Linux so {program} {argument}             on the bare machine: the ELF file, its command line
using Placeholders = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Result<std::vector<std::string>> fill_in(const std::vector<std::string>& words,
                                                       const Placeholders& values);
[[nodiscard]] bool uses(const BenchEngine& engine, std::string_view placeholder);

// --engines, --peer and --qemu, for Linux or the bare machine. What cannot be measured is left out
// with a line in `skipped`.
[[nodiscard]] Result<std::vector<BenchEngine>> choose_engines(const OptionValues& options,
                                                              bool is_bare,
                                                              std::vector<std::string>& skipped);

// Values for all that `engines` use; Debian's files are fetched if one of them is needed. `extra`:
// a cpio archive to put behind the initrd, may be empty. Files that it makes live as long as this
// process.
[[nodiscard]] Result<Placeholders> linux_placeholders(const BenchMachine& machine,
                                                      const std::vector<BenchEngine>& engines,
                                                      const std::vector<uint8_t>& extra);
[[nodiscard]] Placeholders bare_placeholders(const BenchMachine& machine);

}  // namespace rvx::cli
