// Puts the command line of a point together.
#include "cli/lab/point_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/lab/model_text.hpp"
#include "cli/software.hpp"
#include "machine/file_bytes.hpp"
#include "machine/model_file.hpp"

namespace rvx::cli::lab {
namespace {

constexpr const char* kMemory = "128M";
constexpr const char* kDebianMemory = "1G";
constexpr uint64_t kMaxModelBytes = 64 * 1024;

bool exists(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

class Builder {
 public:
  Builder(const Lab& lab, const Point& point, const Places& places) : lab_(lab), places_(places), scope_(lab, point) {}

  Result<PointCommand> build(const std::string& engine) {
    const Guest& guest = lab_.guest;
    const std::string program = text(guest.program, "guest.program");
    add(guest.kind == GuestKind::kBare ? "run" : "boot");
    add("--deterministic");
    const std::string own_engine = text(lab_.machine.engine, "machine.engine");
    add("--engine", own_engine.empty() ? engine : own_engine);
    add("--harts", text(lab_.machine.harts, "machine.harts"));
    const std::string memory = text(lab_.machine.memory, "machine.memory");
    add("--memory", !memory.empty() ? memory : guest.kind == GuestKind::kDebian ? kDebianMemory : kMemory);
    add_model();
    if (const auto& disk = lab_.machine.disk) {
      const std::string latency = text(disk->latency, "machine.disk.latency");
      add_file("--disk", find_file(disk->file, "machine.disk.file"), fmt::format(",cow,latency={}", latency));
    }
    add("--timeout", number_text(lab_.machine.timeout_s));
    if (lab_.machine.instructions != 0) add("--max-insns", fmt::format("{}", lab_.machine.instructions));
    for (const Template& option : lab_.machine.options) add(text(option, "machine.options"));
    add("--stats", "json={stats}");
    switch (guest.kind) {
      case GuestKind::kBare: add_bare(program); break;
      case GuestKind::kKernel: add_kernel(program); break;
      case GuestKind::kDebian: add_debian(program); break;
    }
    if (!problem_.text.empty()) return problem_;
    command_.shown = "rvx" + command_.shown;
    return std::move(command_);
  }

 private:
  void fail(Error error) {
    if (problem_.text.empty()) problem_ = std::move(error);
  }

  std::string text(const Template& filled, const char* where) {
    const Value value = fill(filled, scope_);
    if (const Missing* none = missing(value)) {
      fail(unusable_error(fmt::format("{}: {}: {}", lab_.file, where, none->text)));
      return {};
    }
    return value_text(value);
  }

  std::string joined(const std::vector<Template>& words, const char* where) {
    std::string all;
    for (const Template& one : words) all += (all.empty() ? "" : " ") + text(one, where);
    return all;
  }

  void add(const std::string& word) { add_shown(word, word); }
  void add(const std::string& option, const std::string& value) {
    add(option);
    add(value);
  }
  // `shown`: for a reader, who may copy it into a shell.
  void add_shown(const std::string& word, const std::string& shown) {
    command_.words.push_back(word);
    const bool is_plain = !shown.empty() && shown.find_first_of(" \t'\"$&|;<>()*?!") == std::string::npos;
    command_.shown += is_plain ? " " + shown : fmt::format(" '{}'", shown);
  }
  void add_file(const std::string& option, const std::string& path, const std::string& additions = {}) {
    if (!option.empty()) add(option);
    std::string quoted;
    for (const char c : path) quoted += !additions.empty() && c == ',' ? ",," : std::string(1, c);
    add_shown(quoted + additions, path.substr(path.rfind('/') + 1) + additions);
    command_.inputs.push_back(path);
  }

  // In the lab's folder or among what the build made.
  std::string find_file(const std::string& name, const char* where) {
    for (const std::string& folder : {lab_.folder, places_.firmware})
      if (const std::string path = folder + "/" + name; exists(path)) return path;
    fail(not_found_error(fmt::format("{}: {}: {} is not built; allowed: a file of the lab's folder, or of {} (cmake --build --preset release --target rvx_product)",
                                     lab_.file, where, name, places_.firmware)));
    return name;
  }

  void add_model() {
    const std::string name = text(lab_.machine.model, "machine.model");
    if (name == "none" || !problem_.text.empty()) return;
    std::string original;
    const auto presets = model_presets();
    const auto preset = std::find_if(presets.begin(), presets.end(), [&](const ModelPreset& one) { return one.name == name; });
    if (preset != presets.end()) {
      original = preset->text;
    } else {
      const auto file = FileBytes::open(lab_.folder + "/" + name, kMaxModelBytes);
      if (!file) {
        std::string names;
        for (const ModelPreset& one : presets) names += fmt::format("{}, ", one.name);
        return fail(not_found_error(fmt::format("{}: machine.model: there is no model '{}'; allowed: {}none, or a file of the lab's folder", lab_.file, name, names)));
      }
      const auto bytes = (*file)->bytes();
      original.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    std::vector<ModelChange> changes;
    for (const auto& [key, value] : lab_.machine.overrides) {
      const std::string where = "machine.overrides." + key;
      changes.emplace_back(key, value ? std::optional(text(*value, where.c_str())) : std::nullopt);
    }
    if (!problem_.text.empty()) return;
    command_.model_text = changes.empty() ? original : change_model(original, changes);
    command_.model_name = name.ends_with(".model") ? name : name + ".model";
    if (Result<ModelConfig> model = parse_model(fmt::format("{}: {}", lab_.file, command_.model_name), command_.model_text); !model)
      return fail(model.error());
    add("--model");
    add_shown("{model}", command_.model_name);
  }

  void add_bare(const std::string& program) {
    const std::string words = joined(lab_.guest.arguments, "guest.arguments");
    if (!words.empty()) add("--append", words);
    add_file("", find_file(program + ".elf", "guest.program"));
  }

  void add_kernel(const std::string& program) {
    const std::string boot = joined(lab_.guest.boot, "guest.boot"), words = joined(lab_.guest.arguments, "guest.arguments");
    add_file("--kernel", find_file("kernel.elf", "guest.kind"));
    add_file("--initrd", find_file("kernel.initrd", "guest.kind"));
    // The initrd holds all programs; that this one is among them is known by its own file.
    (void)find_file("kernel_" + program + ".elf", "guest.program");
    add("--append", fmt::format("{}{}run={}{}{}", boot, boot.empty() ? "" : " ", program, words.empty() ? "" : " ", words));
    command_.inputs.push_back(debian_directory() + "/fw_dynamic.bin");
  }

  void add_debian(const std::string& program) {
    const std::string words = joined(lab_.guest.arguments, "guest.arguments");
    for (const std::string& file : lab_.guest.files) {
      const std::string path = find_file(file, "guest.files");
      command_.added_files["lab/" + file.substr(file.rfind('/') + 1)] = path;
      command_.inputs.push_back(path);
    }
    for (const char* file : {"/fw_dynamic.bin", "/Image", "/initramfs.cpio"}) command_.inputs.push_back(debian_directory() + file);
    if (!command_.added_files.empty()) {
      add("--initrd");
      add_shown("{initrd}", "initrd-with-lab-files");
    }
    add("--exec", words.empty() ? program : program + " " + words);
  }

  const Lab& lab_;
  const Places& places_;
  ParameterScope scope_;
  PointCommand command_;
  Error problem_{kUsageStatus, ""};
};

}  // namespace

Places usual_places() {
  const std::string folder = program_directory();
  const char* replaced = std::getenv("RVX_LAB_PROGRAM");  // tests put a stand-in there
  return {replaced != nullptr ? replaced : "/proc/self/exe", folder + "/firmware"};
}

Result<PointCommand> command_of(const Lab& lab, const Point& point, const Places& places, const std::string& engine) {
  return Builder(lab, point, places).build(engine);
}

}  // namespace rvx::cli::lab
