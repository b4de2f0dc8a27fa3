// What is measured where: engines as command lines with placeholders, and the files that these
// name.
#include "cli/bench_setup.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "cli/bench_programs.hpp"
#include "cli/boot_defaults.hpp"
#include "cli/software.hpp"
#include "machine/byte_size.hpp"
#include "machine/cpio.hpp"
#include "machine/file_bytes.hpp"
#include "machine/image_format.hpp"

namespace rvx::cli {
namespace {

struct EngineRow {
  std::string_view name;
  BenchKind kind;
  std::string_view program;
  bool by_default;
  std::string_view version, linux_command, bare_command;
};

constexpr EngineRow kEngineRows[] = {
#define BENCH_ENGINE(name, kind, program, by_default, version, linux_command, bare_command) \
  {name, BenchKind::kind, program, by_default, version, linux_command, bare_command},
#include "cli/bench_engines.inc"
#undef BENCH_ENGINE
};

constexpr std::string_view kNative = "native";
constexpr uint64_t kLoadAddress = 0x8020'0000;  // of a kernel, by RVVM and fw_jump
constexpr uint64_t kLoadAlignment = 2 * kMiB;
constexpr uint64_t kLeastInitrdOffset = 64 * kMiB;  // fw_jump puts the device tree at 0x82200000

// A program as exec would find it; empty when there is none.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string{};
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const size_t end = rest.find(':');
    const std::string file = fmt::format("{}/{}", rest.substr(0, end), name);
    if (is_program(file)) return file;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return {};
}

// One engine of the table, or of --peer.
struct Candidate {
  std::string name;
  BenchKind kind;
  std::string command;
  std::string program;  // empty = the command says it
  std::string version;  // empty = it cannot be asked
};

// What could be measured, in the order of tables. --engines, or nothing, chooses among these.
Result<std::vector<Candidate>> candidates(const OptionValues& options, bool is_bare) {
  std::vector<Candidate> all{{std::string(kNative), BenchKind::kNative, "", "", ""}};
  for (const EngineRow& row : kEngineRows) {
    const std::string command(is_bare ? row.bare_command : row.linux_command);
    const std::string program(row.program), version(row.version);
    if (row.name != "*") {
      all.push_back({std::string(row.name), row.kind, command, program, version});
      continue;
    }
    std::string_view names = option_row(Flag::kEngine).value;
    while (!names.empty()) {
      const size_t end = names.find('|');
      all.push_back({std::string(names.substr(0, end)), row.kind, command, program, version});
      names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 1);
    }
  }
  for (const std::string& text : options.all(Flag::kPeer)) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      return usage_error(fmt::format(
          "--peer {}: give NAME=COMMAND, such as --peer old='qemu-system-riscv64 … -kernel "
          "{{kernel}} -initrd {{initrd}} -append {{append}}'",
          text));
    }
    const std::string name = text.substr(0, equals);
    const auto same = [&](const Candidate& one) { return one.name == name; };
    if (std::any_of(all.begin(), all.end(), same))
      return usage_error(fmt::format("--peer {}: there is an engine of that name", name));
    all.push_back({name, BenchKind::kOther, text.substr(equals + 1), "", ""});
  }
  return all;
}

struct Choice {
  std::string name;
  std::string program;  // NAME=PROGRAM
};

// What --engines names; nothing: the default.
Result<std::vector<Choice>> named_engines(const OptionValues& options,
                                          const std::vector<Candidate>& all) {
  std::vector<Choice> choices;
  for (const std::string& text : options.all(Flag::kEngines)) {
    if (text.empty()) return usage_error("--engines needs names, as jit,qemu, not ''");
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = rest.find(',');
      const std::string_view item = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const size_t equals = item.find('=');
      Choice choice{std::string(item.substr(0, equals)),
                    equals == std::string_view::npos ? "" : std::string(item.substr(equals + 1))};
      const auto same = [&](const Candidate& one) { return one.name == choice.name; };
      if (std::none_of(all.begin(), all.end(), same)) {
        std::string known;
        for (const Candidate& one : all) known += (known.empty() ? "" : ", ") + one.name;
        return usage_error(
            fmt::format("--engines: no engine is called '{}'; there are {}", choice.name, known));
      }
      choices.push_back(std::move(choice));
    }
  }
  return choices;
}

bool is_default(const Candidate& candidate) {
  for (const EngineRow& row : kEngineRows)
    if (row.name == candidate.name) return row.by_default;
  return true;
}

// Replaces what of {emulator} and {engine} the template holds. Empty: its program is not there.
Result<BenchEngine> engine_of(const Candidate& candidate, const std::string& program) {
  BenchEngine engine{candidate.name, candidate.kind, {}, {}};
  auto words = split_words(candidate.command);
  if (!words)
    return usage_error(fmt::format("the command of {}: {}", candidate.name, words.error().text));
  if (words->empty()) return engine;
  const std::string wanted = program.empty() ? candidate.program : program;
  std::string found = wanted;
  if (wanted != "{rvx}") {
    found = find_program(wanted.empty() ? words->front() : wanted);
    if (found.empty())
      return not_found_error(fmt::format("{}: there is no program {}", candidate.name,
                                         wanted.empty() ? words->front() : wanted));
  }
  engine.version_words = split_words(candidate.version).value();
  engine.words = std::move(*words);
  for (std::vector<std::string>* line : {&engine.words, &engine.version_words}) {
    for (std::string& word : *line) {
      if (word == "{emulator}") word = found;
      if (word == "{engine}") word = candidate.name;
    }
  }
  return engine;
}

// --- Files
// ----------------------------------------------------------------------------------------

// A file of this process' own; its path works in children.
Result<std::string> file_in_memory(std::vector<std::span<const uint8_t>> parts) {
  const int fd = ::memfd_create("rvx-bench", MFD_CLOEXEC);
  if (fd < 0) return usage_error("cannot make a file in memory");
  for (std::span<const uint8_t> part : parts) {
    while (!part.empty()) {
      const ssize_t written = ::write(fd, part.data(), part.size());
      if (written <= 0)
        return usage_error(fmt::format("cannot write a file in memory: {}", std::strerror(errno)));
      part = part.subspan(static_cast<size_t>(written));
    }
  }
  return fmt::format("/proc/{}/fd/{}", ::getpid(), fd);
}

// An uncompressed kernel, zeroes up to where the initrd may lie, and the initrd.
Outcome join_kernel_and_initrd(Placeholders& values) {
  const auto kernel = FileBytes::open(values["kernel"]);
  if (!kernel) return kernel.error();
  const auto initrd = FileBytes::open(values["initrd"]);
  if (!initrd) return initrd.error();
  const std::span<const uint8_t> image = (*kernel)->bytes();
  const auto header = find_linux_header(image);
  if (!header)
    return unusable_error(fmt::format("{} is no uncompressed Linux image", values["kernel"]));
  const uint64_t size = std::max({header->image_size, uint64_t{image.size()}, kLeastInitrdOffset});
  const uint64_t offset = (size + kLoadAlignment - 1) / kLoadAlignment * kLoadAlignment;
  const std::vector<uint8_t> gap(offset - image.size());
  auto path = file_in_memory({image, gap, (*initrd)->bytes()});
  if (!path) return path.error();
  values["kernel+initrd"] = *path;
  values["initrdmem"] =
      fmt::format("initrdmem={:#x},{}", kLoadAddress + offset, (*initrd)->bytes().size());
  return std::monostate{};
}

Outcome find_initrd(const BenchMachine& machine, const std::vector<uint8_t>& extra,
                    Placeholders& values) {
  std::string& path = values["initrd"];
  path = machine.initrd;
  for (const char* name : {"initrd.cpio", "initrd.cpio.gz"}) {
    if (!path.empty()) break;
    const std::string file = fmt::format("{}/{}", machine.directory, name);
    if (::access(file.c_str(), R_OK) == 0) path = file;
  }
  if (path.empty()) {
    return not_found_error(fmt::format(
        "there is no initrd.cpio in {}; in the source folder: cmake --build --preset release "
        "--target rvx_bench_programs",
        machine.directory));
  }
  if (extra.empty()) return std::monostate{};
  const auto initrd = FileBytes::open(path);
  if (!initrd) return initrd.error();
  const std::vector<uint8_t> gap(cpio_padding((*initrd)->bytes().size()));
  auto joined = file_in_memory({(*initrd)->bytes(), gap, extra});
  if (!joined) return joined.error();
  path = *joined;
  return std::monostate{};
}

Placeholders machine_placeholders(const BenchMachine& machine) {
  return {{"rvx", "/proc/self/exe"},
          {"memory", fmt::format("{}M", machine.memory_bytes / kMiB)},
          {"harts", fmt::format("{}", machine.harts)}};
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      *word += text[++i];
    } else {
      *word += c;
    }
  }
  if (quote != 0) return usage_error(fmt::format("a quote {} is not closed", quote));
  if (word) words.push_back(std::move(*word));
  return words;
}

Result<std::vector<std::string>> fill_in(const std::vector<std::string>& words,
                                         const Placeholders& values) {
  std::vector<std::string> filled;
  for (const std::string_view word : words) {
    std::string& out = filled.emplace_back();
    for (size_t at = 0; at < word.size();) {
      const size_t end = word[at] == '{' ? word.find('}', at) : std::string_view::npos;
      if (end == std::string_view::npos) {
        out += word[at++];
        continue;
      }
      const std::string_view name = word.substr(at + 1, end - at - 1);
      const auto value = values.find(name);
      if (value == values.end()) {
        std::string known;
        for (const auto& one : values) known += fmt::format(" {{{}}}", one.first);
        return usage_error(fmt::format("nothing stands for {{{}}} here; there are{}", name, known));
      }
      out += value->second;
      at = end + 1;
    }
  }
  return filled;
}

bool uses(const BenchEngine& engine, std::string_view placeholder) {
  const std::string text = fmt::format("{{{}}}", placeholder);
  return std::any_of(engine.words.begin(), engine.words.end(),
                     [&](const std::string& word) { return word.find(text) != std::string::npos; });
}

Result<std::vector<BenchEngine>> choose_engines(const OptionValues& options, bool is_bare,
                                                std::vector<std::string>& skipped) {
  const auto all = candidates(options, is_bare);
  if (!all) return all.error();
  const auto named = named_engines(options, *all);
  if (!named) return named.error();
  const std::string* qemu = options.last(Flag::kQemu);
  std::vector<BenchEngine> engines;
  for (const Candidate& candidate : *all) {
    const auto choice = std::find_if(named->begin(), named->end(),
                                     [&](const Choice& one) { return one.name == candidate.name; });
    if (named->empty() ? !is_default(candidate) : choice == named->end()) continue;
    std::string program = choice == named->end() ? "" : choice->program;
    if (program.empty() && candidate.name == "qemu" && qemu != nullptr) program = *qemu;
    auto engine = engine_of(candidate, program);
    if (!engine && engine.error().status == kUsageStatus) return engine.error();
    if (!engine) {
      skipped.push_back(engine.error().text);
    } else if (engine->kind != BenchKind::kNative && uses(*engine, "program") != is_bare) {
      skipped.push_back(fmt::format("{}: its command is not for {}", candidate.name,
                                    is_bare ? "the bare machine" : "Linux"));
    } else {
      engines.push_back(std::move(*engine));
    }
  }
  if (engines.empty()) {
    std::string why;
    for (const std::string& line : skipped) why += "; " + line;
    return usage_error("there is nothing to measure" + why);
  }
  return engines;
}

Result<Placeholders> linux_placeholders(const BenchMachine& machine,
                                        const std::vector<BenchEngine>& engines,
                                        const std::vector<uint8_t>& extra) {
  const auto needs = [&](std::initializer_list<std::string_view> names) {
    for (const BenchEngine& engine : engines)
      for (const std::string_view name : names)
        if (uses(engine, name)) return true;
    return false;
  };
  Placeholders values = machine_placeholders(machine);
  values["append"] = debian_bootargs(true) + (machine.append.empty() ? "" : " ") + machine.append;
  values["bios"] = debian_directory() + "/fw_dynamic.bin";
  values["jump-bios"] = debian_directory() + "/fw_jump.bin";
  const bool needs_kernel = needs({"kernel", "kernel+initrd"}) && machine.kernel.empty();
  if (needs_kernel || needs({"bios", "jump-bios"}))
    if (Outcome fetched = fetch_debian(); !fetched) return fetched.error();
  values["kernel"] = machine.kernel.empty() ? debian_directory() + "/Image" : machine.kernel;
  if (needs({"initrd", "kernel+initrd"}))
    if (Outcome found = find_initrd(machine, extra, values); !found) return found.error();
  if (needs({"kernel+initrd"}))
    if (Outcome joined = join_kernel_and_initrd(values); !joined) return joined.error();
  return values;
}

Placeholders bare_placeholders(const BenchMachine& machine) {
  return machine_placeholders(machine);
}

}  // namespace rvx::cli
