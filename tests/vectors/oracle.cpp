// Runs test programs on rvx, QEMU and Spike.
#include "oracle.hpp"

#include <sys/wait.h>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "cpu/isa/isa_names.hpp"
#include "machine/machine.hpp"

namespace rvx::vectors {
namespace {

constexpr unsigned kTimeoutSeconds = 60;
constexpr unsigned kRamMiB = 128;

class TextSink final : public CharSink {
 public:
  void put(const uint8_t* bytes, size_t count) noexcept override {
    text.append(reinterpret_cast<const char*>(bytes), count);
  }
  std::string text;
};

class Rvx final : public Oracle {
 public:
  explicit Rvx(const isa::IsaConfig& isa) : isa_(isa) {}
  std::string name() const override { return "rvx"; }

  std::string run(const std::string& path) override {
    MachineConfig config;
    config.isa = isa_;
    config.kernel = path;
    config.ram_bytes = uint64_t{kRamMiB} << 20;
    config.timeout_ns = uint64_t{kTimeoutSeconds} * 1'000'000'000;
    TextSink sink;
    Machine machine(config, sink);
    if (const Outcome started = machine.start(); !started)
      throw std::runtime_error("rvx: " + started.error().text);
    const Ending ending = machine.run();
    if (ending.kind != Ending::Kind::kPass) {
      throw std::runtime_error(
          fmt::format("rvx: the program ended badly (kind {}, code {}) after: {}",
                      static_cast<int>(ending.kind), ending.code, sink.text));
    }
    return sink.text;
  }

 private:
  isa::IsaConfig isa_;
};

std::string output_of(const std::string& command, int& status) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start a shell");
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  status = pclose(pipe);
  return text;
}

class CommandOracle : public Oracle {
 public:
  CommandOracle(std::string name, std::string command)
      : name_(std::move(name)), command_(std::move(command)) {}
  std::string name() const override { return name_; }

  std::string run(const std::string& path) override {
    int status = 0;
    const std::string command =
        fmt::format("timeout {} {} '{}' 2>&1 </dev/null", kTimeoutSeconds, command_, path);
    std::string text = output_of(command, status);
    if (status != 0) {
      constexpr size_t kMost = 1000;
      const std::string tail = text.size() > kMost ? text.substr(text.size() - kMost) : text;
      throw std::runtime_error(
          fmt::format("{} failed with status {}: {}", command, WEXITSTATUS(status), tail));
    }
    return text;
  }

 private:
  std::string name_;
  std::string command_;
};

// The extensions that QEMU had before 8.2, each on or off as in `isa`, as it spelled them then.
std::string old_qemu_cpu(const isa::IsaConfig& isa) {
  using isa::Ext;
  static constexpr std::pair<const char*, Ext> kProperties[] = {
      {"m", Ext::kM},           {"a", Ext::kA},       {"f", Ext::kF},
      {"d", Ext::kD},           {"c", Ext::kC},       {"Zfh", Ext::kZfh},
      {"Zfhmin", Ext::kZfhmin}, {"zba", Ext::kZba},   {"zbb", Ext::kZbb},
      {"zbc", Ext::kZbc},       {"zbs", Ext::kZbs},   {"zbkb", Ext::kZbkb},
      {"zbkc", Ext::kZbkc},     {"zbkx", Ext::kZbkx}, {"svinval", Ext::kSvinval}};
  std::string cpu = "rv64";
  for (const auto& [name, ext] : kProperties) {
    cpu += fmt::format(",{}={}", name, isa.has(ext) ? "on" : "off");
  }
  return cpu;
}

// QEMU's CPU with what `isa` has, and nothing else where this QEMU can say that.
std::string qemu_cpu(const isa::IsaConfig& isa, Version version) {
  if (version < Version{8, 2}) return old_qemu_cpu(isa);
  if (version < Version{9, 1}) return "max";
  std::string cpu = "rv64i,mmu=on,sv39=on,pmp=on";
  for (size_t i = 1; i < isa::kSpelling.size(); ++i) {
    if (isa.has(static_cast<isa::Ext>(i))) cpu += fmt::format(",{}=on", isa::kSpelling[i]);
  }
  return cpu;
}

}  // namespace

std::unique_ptr<Oracle> make_rvx(const isa::IsaConfig& isa) { return std::make_unique<Rvx>(isa); }

std::unique_ptr<Oracle> make_qemu(const std::string& program, const isa::IsaConfig& isa,
                                  Version& version) {
  int status = 0;
  const std::string text = output_of(program + " --version 2>/dev/null", status);
  if (status != 0 || std::sscanf(text.c_str(), "QEMU emulator version %u.%u.%u", &version.major,
                                 &version.minor, &version.patch) < 2) {
    return nullptr;
  }
  return std::make_unique<CommandOracle>(
      fmt::format("QEMU {}.{}.{}", version.major, version.minor, version.patch),
      fmt::format(
          "{} -M virt -cpu {} -m {}M -display none -monitor none -serial stdio -bios none -kernel",
          program, qemu_cpu(isa, version), kRamMiB));
}

std::unique_ptr<Oracle> make_spike(const std::string& program, const isa::IsaConfig& isa) {
  return std::make_unique<CommandOracle>(
      "Spike", fmt::format("{} --isa={}_zicclsm -m{}", program, isa.to_string(), kRamMiB));
}

}  // namespace rvx::vectors
