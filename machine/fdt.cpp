// Device trees made for a board.
#include "machine/fdt.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <fmt/format.h>
#include <libfdt.h>

#include "machine/byte_size.hpp"

namespace rvx {
namespace {

constexpr uint32_t kUartHz = 3686400;  // of a PC's UART: what drivers divide by
constexpr uint32_t kFinisherPass = 0x5555;
constexpr uint32_t kFinisherReset = 0x7777;
// Interrupt causes of a hart, as its interrupt controller numbers them.
constexpr uint32_t kMachineSoftware = 3;
constexpr uint32_t kMachineTimer = 7;
constexpr uint32_t kSupervisorExternal = 9;
constexpr uint32_t kMachineExternal = 11;

// Phandles: the PLIC, the finisher, then two for each hart.
constexpr uint32_t kPlicPhandle = 1;
constexpr uint32_t kFinisherPhandle = 2;
constexpr uint32_t cpu_phandle(unsigned hart) { return 3 + 2 * hart; }
constexpr uint32_t intc_phandle(unsigned hart) { return 4 + 2 * hart; }

// Writes a tree from first to last. The first error stays, and all calls after it do nothing.
class TreeWriter {
 public:
  explicit TreeWriter(size_t bytes) : buffer_(bytes) {
    keep(fdt_create(buffer_.data(), static_cast<int>(buffer_.size())));
    keep(fdt_finish_reservemap(buffer_.data()));
  }

  void begin(const std::string& name) { call(fdt_begin_node, name.c_str()); }
  void begin(std::string_view name, uint64_t address) {
    begin(fmt::format("{}@{:x}", name, address));
  }
  void end() { call(fdt_end_node); }

  void flag(const char* name) { bytes(name, nullptr, 0); }
  void text(const char* name, std::string_view value) {
    const std::string terminated(value);  // several strings have NULs between them
    bytes(name, terminated.c_str(), terminated.size() + 1);
  }
  void bytes(const char* name, const void* value, size_t size) {
    call(fdt_property, name, value, static_cast<int>(size));
  }
  void cells(const char* name, const std::vector<uint32_t>& values) {
    std::vector<fdt32_t> big_endian(values.size());
    std::transform(values.begin(), values.end(), big_endian.begin(), cpu_to_fdt32);
    bytes(name, big_endian.data(), big_endian.size() * sizeof(fdt32_t));
  }
  void cell(const char* name, uint32_t value) { cells(name, {value}); }
  void pair(const char* name, uint64_t value) {
    cells(name, {static_cast<uint32_t>(value >> 32), static_cast<uint32_t>(value)});
  }
  void range(const char* name, uint64_t base, uint64_t size) {
    cells(name, {static_cast<uint32_t>(base >> 32), static_cast<uint32_t>(base),
                 static_cast<uint32_t>(size >> 32), static_cast<uint32_t>(size)});
  }

  [[nodiscard]] int status() const noexcept { return status_; }

  // Only when status() is 0.
  [[nodiscard]] std::vector<uint8_t> finish() {
    keep(fdt_finish(buffer_.data()));
    if (status_ == 0) buffer_.resize(fdt_totalsize(buffer_.data()));
    return std::move(buffer_);
  }

 private:
  void keep(int status) {
    if (status_ == 0) status_ = status;
  }
  template <class Function, class... Arguments>
  void call(Function function, Arguments... arguments) {
    if (status_ == 0) status_ = function(buffer_.data(), arguments...);
  }

  std::vector<uint8_t> buffer_;
  int status_ = 0;
};

// The tree of one input, node by node.
class BoardTree {
 public:
  BoardTree(const FdtInput& input, TreeWriter& tree) : in_(input), tree_(tree) {
    if (in_.devices.empty()) {
      for (const BoardDevice& device : in_.board->devices()) devices_.push_back(&device);
    } else {
      devices_ = in_.devices;
    }
    extensions_ = in_.isa_extensions.empty() ? isa_extension_list(in_.isa) : in_.isa_extensions;
  }

  void write() {
    tree_.begin("");
    tree_.cell("#address-cells", 2);
    tree_.cell("#size-cells", 2);
    tree_.text("compatible", in_.board->compatible);
    tree_.text("model", in_.board->model);
    write_chosen();
    write_aliases();
    write_cpus();
    tree_.begin("memory", in_.board->ram_base);
    tree_.text("device_type", "memory");
    tree_.range("reg", in_.board->ram_base, in_.ram_size);
    tree_.end();
    write_power();
    write_pmu();
    write_soc();
    if (is_spike()) {
      tree_.begin("htif");
      tree_.text("compatible", "ucb,htif0");
      tree_.end();
    }
    tree_.end();
  }

 private:
  [[nodiscard]] bool is_spike() const { return in_.board->name == "spike"; }

  [[nodiscard]] const BoardDevice* find(DeviceKind kind) const {
    for (const BoardDevice* device : devices_) {
      if (device->kind == kind) return device;
    }
    return nullptr;
  }

  [[nodiscard]] std::string uart_path() const {
    const BoardDevice* uart = find(DeviceKind::kUart);
    return uart == nullptr ? "" : fmt::format("/soc/{}@{:x}", uart->node, uart->base);
  }

  void write_chosen() {
    const FdtChosen& chosen = in_.chosen;
    tree_.begin("chosen");
    const std::string stdout_path = in_.stdout_path.empty() ? uart_path() : in_.stdout_path;
    if (!stdout_path.empty()) tree_.text("stdout-path", stdout_path);
    if (!chosen.bootargs.empty()) tree_.text("bootargs", chosen.bootargs);
    if (!chosen.initrd.is_empty()) {
      tree_.pair("linux,initrd-start", chosen.initrd.base);
      tree_.pair("linux,initrd-end", chosen.initrd.end());
    }
    if (!chosen.rng_seed.empty()) {
      tree_.bytes("rng-seed", chosen.rng_seed.data(), chosen.rng_seed.size());
    }
    tree_.end();
  }

  void write_aliases() {
    if (find(DeviceKind::kUart) == nullptr) return;
    tree_.begin("aliases");
    tree_.text("serial0", uart_path());
    tree_.end();
  }

  void write_cpus() {
    tree_.begin("cpus");
    tree_.cell("#address-cells", 1);
    tree_.cell("#size-cells", 0);
    tree_.cell("timebase-frequency", static_cast<uint32_t>(in_.board->timebase_hz));
    for (unsigned hart = 0; hart < in_.harts; ++hart) write_cpu(hart);
    tree_.begin("cpu-map");
    tree_.begin("cluster0");
    for (unsigned hart = 0; hart < in_.harts; ++hart) {
      tree_.begin(fmt::format("core{}", hart));
      tree_.cell("cpu", cpu_phandle(hart));
      tree_.end();
    }
    tree_.end();
    tree_.end();
    tree_.end();
  }

  void write_cpu(unsigned hart) {
    tree_.begin("cpu", hart);
    tree_.cell("phandle", cpu_phandle(hart));
    tree_.text("device_type", "cpu");
    tree_.cell("reg", hart);
    tree_.text("status", "okay");
    tree_.text("compatible", "riscv");
    tree_.text("riscv,isa", in_.isa);
    tree_.text("riscv,isa-base", isa_base());
    if (!extensions_.empty()) {
      tree_.text("riscv,isa-extensions",
                 fmt::format("{}", fmt::join(extensions_, std::string_view("\0", 1))));
    }
    if (!in_.mmu_type.empty()) tree_.text("mmu-type", in_.mmu_type);
    block_size("riscv,cbom-block-size", in_.cbom_block_size);
    block_size("riscv,cboz-block-size", in_.cboz_block_size);
    block_size("riscv,cbop-block-size", in_.cbop_block_size);
    if (is_spike()) {
      tree_.cell("riscv,pmpregions", in_.pmp_regions);
      tree_.cell("riscv,pmpgranularity", in_.pmp_granularity);
    }
    tree_.begin("interrupt-controller");
    tree_.cell("#address-cells", 0);
    tree_.cell("#interrupt-cells", 1);
    tree_.flag("interrupt-controller");
    tree_.text("compatible", "riscv,cpu-intc");
    tree_.cell("phandle", intc_phandle(hart));
    tree_.end();
    tree_.end();
  }

  void block_size(const char* name, unsigned bytes) {
    if (bytes != 0) tree_.cell(name, bytes);
  }

  // "rv64imafdc_..." has the base "rv64i".
  [[nodiscard]] std::string isa_base() const {
    if (!in_.isa_base.empty()) return in_.isa_base;
    return in_.isa.substr(0, 4) + (in_.isa.substr(0, 5).ends_with('e') ? "e" : "i");
  }

  void write_power() {
    if (find(DeviceKind::kFinisher) == nullptr) return;
    syscon("poweroff", "syscon-poweroff", kFinisherPass);
    syscon("reboot", "syscon-reboot", kFinisherReset);
  }

  void syscon(const char* name, const char* compatible, uint32_t value) {
    tree_.begin(name);
    tree_.text("compatible", compatible);
    tree_.cell("regmap", kFinisherPhandle);
    tree_.cell("offset", 0);
    tree_.cell("value", value);
    tree_.end();
  }

  void write_pmu() {
    if (in_.pmu.event_to_counters.empty()) return;
    tree_.begin("pmu");
    tree_.text("compatible", "riscv,pmu");
    tree_.cells("riscv,event-to-mhpmcounters", in_.pmu.event_to_counters);
    if (!in_.pmu.event_to_select.empty()) tree_.cells("riscv,event-to-mhpmevent", in_.pmu.event_to_select);
    if (!in_.pmu.raw_to_counters.empty()) tree_.cells("riscv,raw-event-to-mhpmcounters", in_.pmu.raw_to_counters);
    tree_.end();
  }

  void write_soc() {
    tree_.begin("soc");
    tree_.cell("#address-cells", 2);
    tree_.cell("#size-cells", 2);
    tree_.text("compatible", in_.board->soc_compatible);
    tree_.flag("ranges");
    for (const BoardDevice* device : devices_) {
      if (!device->node.empty()) write_device(*device);
    }
    tree_.end();
  }

  void write_device(const BoardDevice& device) {
    tree_.begin(device.node, device.base);
    tree_.text("compatible", device.compatible);
    tree_.range("reg", device.base, device.size);
    if (device.irq != 0) {
      tree_.cell("interrupt-parent", kPlicPhandle);
      tree_.cell("interrupts", device.irq);
    }
    switch (device.kind) {
      case DeviceKind::kFinisher: tree_.cell("phandle", kFinisherPhandle); break;
      case DeviceKind::kClint: lines_to_harts(kMachineSoftware, kMachineTimer); break;
      case DeviceKind::kPlic: write_plic(); break;
      case DeviceKind::kUart: write_uart(); break;
      default: break;
    }
    tree_.end();
  }

  void write_plic() {
    tree_.cell("#address-cells", 0);
    tree_.cell("#interrupt-cells", 1);
    tree_.flag("interrupt-controller");
    tree_.cell("riscv,ndev", in_.board->plic_sources);
    if (is_spike()) tree_.cell("riscv,max-priority", in_.board->plic_max_priority);
    // Contexts in this order: M and S of hart 0, M and S of hart 1, ...
    lines_to_harts(kMachineExternal, kSupervisorExternal);
    tree_.cell("phandle", kPlicPhandle);
  }

  void write_uart() {
    tree_.cell("clock-frequency",
               is_spike() ? static_cast<uint32_t>(in_.board->timebase_hz) : kUartHz);
    if (!is_spike()) return;
    tree_.cell("reg-shift", 0);
    tree_.cell("reg-io-width", 1);
  }

  void lines_to_harts(uint32_t first, uint32_t second) {
    std::vector<uint32_t> cells;
    for (unsigned hart = 0; hart < in_.harts; ++hart) {
      cells.insert(cells.end(), {intc_phandle(hart), first, intc_phandle(hart), second});
    }
    tree_.cells("interrupts-extended", cells);
  }

  const FdtInput& in_;
  TreeWriter& tree_;
  std::vector<const BoardDevice*> devices_;
  std::vector<std::string> extensions_;
};

// "zicsr2p0" to "zicsr". In "ss1p13" the number belongs to the name.
std::string without_version(std::string name) {
  const size_t p = name.find_last_not_of("0123456789");
  if (p == name.npos || p + 1 == name.size() || name[p] != 'p') return name;
  const size_t last = name.find_last_not_of("0123456789", p == 0 ? 0 : p - 1);
  const bool is_version = p > 0 && last + 1 < p;
  const bool is_numbered = last + 1 == 2 && name[0] == 's';
  if (is_version && !is_numbered) name.resize(last + 1);
  return name;
}

}  // namespace

std::vector<std::string> isa_extension_list(std::string_view isa) {
  if (isa.starts_with("rv")) isa.remove_prefix(2);
  while (!isa.empty() && std::isdigit(static_cast<unsigned char>(isa[0]))) isa.remove_prefix(1);

  std::vector<std::string> list;
  for (bool is_first = true; !isa.empty(); is_first = false) {
    const size_t end = std::min(isa.find('_'), isa.size());
    std::string part(isa.substr(0, end));
    isa.remove_prefix(std::min(end + 1, isa.size()));
    if (!is_first) {
      list.push_back(without_version(std::move(part)));
      continue;
    }
    // The first part has single letters, and perhaps a longer name at its end.
    for (size_t i = 0; i < part.size(); ++i) {
      const char letter = part[i];
      if ((letter == 'z' || letter == 's' || letter == 'x') && i > 0) {
        list.push_back(part.substr(i));
        break;
      }
      if (std::isdigit(static_cast<unsigned char>(letter)) || letter == 'p') continue;
      list.emplace_back(1, letter);
    }
  }
  return list;
}

Result<std::vector<uint8_t>> make_dtb(const FdtInput& input) {
  if (input.board == nullptr || input.harts == 0 || input.isa.size() < 5) {
    return usage_error(
        "cannot make a device tree; board, harts or ISA are missing; give all three");
  }
  // A node of a hart repeats the ISA; the rest is small.
  size_t bytes =
      16 * kKiB + input.chosen.bootargs.size() + input.harts * (kKiB + 2 * input.isa.size());
  for (; bytes <= 2 * kMaxDtbBytes; bytes *= 2) {
    TreeWriter tree(bytes);
    BoardTree(input, tree).write();
    std::vector<uint8_t> blob = tree.finish();
    if (tree.status() == -FDT_ERR_NOSPACE) continue;
    if (tree.status() != 0) {
      return usage_error(fmt::format("cannot make a device tree; libfdt says {}; report this",
                                     fdt_strerror(tree.status())));
    }
    if (blob.size() > kMaxDtbBytes) break;
    return blob;
  }
  return usage_error(fmt::format(
      "cannot make a device tree; {} harts and a kernel command line of {} exceed the {} that "
      "Linux "
      "takes; use fewer harts",
      input.harts, byte_size_text(input.chosen.bootargs.size()), byte_size_text(kMaxDtbBytes)));
}

}  // namespace rvx
