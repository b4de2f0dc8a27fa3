// From options to a machine's configuration and what to do around its run.
#include "cli/run_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/values.hpp"
#include "machine/board.hpp"
#include "machine/model_file.hpp"

namespace rvx::cli {
namespace {

Outcome apply_board(const std::string& text, MachineConfig& machine, RunPlan* plan) {
  for (const ListPart& part : split_list(text)) {
    if (!part.value || part.key == "type") {
      const std::string name = part.value.value_or(part.key);
      machine.board = name == "spike_v1.10" ? "spike" : name;
      const auto known = [&](const Board& board) { return board.name == machine.board; };
      if (std::none_of(std::begin(kBoards), std::end(kBoards), known)) {
        return usage_error(fmt::format("{}: no machine is called '{}'; see rvx machine list",
                                       spelling(Flag::kMachine), name));
      }
    } else if (part.key == "dumpdtb" && plan != nullptr) {
      plan->dtb_file = *part.value;
    } else if (part.key == "signature" && plan != nullptr) {
      plan->signature_file = *part.value;
    } else if (part.key == "signature-granularity" && plan != nullptr) {
      auto bytes = parse_number("signature-granularity", *part.value, 1, 4096);
      if (!bytes) return bytes.error();
      plan->signature_granularity = static_cast<unsigned>(*bytes);
    } else if (!((part.key == "aclint" || part.key == "iommu-sys" || part.key == "acpi" ||
                  part.key == "usb") &&
                 part.value == "off") &&
               part.key != "graphics" && part.key != "accel") {
      return usage_error(
          fmt::format("{} {}: '{}' is not possible", spelling(Flag::kMachine), text, part.key));
    }
  }
  return std::monostate{};
}

Outcome apply_machine(const OptionValues& options, MachineConfig& machine, RunPlan* plan) {
  for (const std::string& text : options.all(Flag::kMachine))
    if (Outcome done = apply_board(text, machine, plan); !done) return done;
  if (const std::string* text = options.last(Flag::kMemory)) {
    auto bytes = parse_memory("-m", *text);
    if (!bytes) return bytes.error();
    machine.ram_bytes = *bytes;
  }
  if (const std::string* text = options.last(Flag::kHarts)) {
    auto harts = parse_harts("-smp", *text);
    if (!harts) return harts.error();
    machine.harts = *harts;
  }
  if (const std::string* text = options.last(Flag::kIsa)) {
    std::string error;
    if (!isa::IsaConfig::parse(*text, machine.isa, error))
      return usage_error(fmt::format("--isa {}: {}", *text, error));
  }
  if (const std::string* text = options.last(Flag::kMmu)) {
    if (*text != "sv39" && *text != "sv48" && *text != "sv57") return usage_error(fmt::format("--mmu {}: sv39, sv48 or sv57", *text));
    machine.isa.virtual_bits = static_cast<unsigned>(std::stoul(text->substr(2)));
  }
  if (const std::string* text = options.last(Flag::kJitWindow)) {
    auto instructions = parse_number("--jit-window", *text, 0, uint64_t{1} << 62);
    if (!instructions) return instructions.error();
    machine.jit.window_threshold = *instructions;
  }
  if (const std::string* text = options.last(Flag::kJitThreshold)) {
    auto runs = parse_jit_threshold(*text);
    if (!runs) return runs.error();
    machine.jit.threshold = *runs;
  }
  machine.jit.is_synchronous = options.has(Flag::kJitSynchronous);
  if (const std::string* text = options.last(Flag::kJitCache)) {
    auto bytes = parse_jit_cache(*text);
    if (!bytes) return bytes.error();
    machine.jit.code_bytes = *bytes;
  }
  if (const std::string* name = options.last(Flag::kEngine)) {
    if (*name == "interp" || *name == "interpreter") machine.engine = EngineKind::kInterpreter;
    else if (*name == "jit") machine.engine = EngineKind::kJit;
    else return usage_error(fmt::format("no engine is called '{}'; there are interp and jit", *name));
  }
  return std::monostate{};
}

// -device virtio-blk-device,drive=ID,bus=virtio-mmio-bus.N: the slot of a disk that -drive made.
Outcome apply_qemu_disk_device(const std::string& text, MachineConfig& machine) {
  constexpr std::string_view kBus = "virtio-mmio-bus.";
  std::string id, bus;
  for (const ListPart& part : split_list(text)) {
    if (part.key == "drive") id = part.value.value_or("");
    if (part.key == "bus") bus = part.value.value_or("");
  }
  if (!bus.starts_with(kBus)) return std::monostate{};
  auto slot = parse_number("-device bus", bus.substr(kBus.size()), 0, 255);
  if (!slot) return slot.error();
  for (DiskConfig& disk : machine.disks)
    if (disk.id == id) disk.slot = static_cast<unsigned>(*slot);
  return std::monostate{};
}

// QEMU's -device for what is a virtio device here. Disks and networks come from -drive and -netdev.
Outcome apply_qemu_device(const std::string& text, MachineConfig& machine) {
  const std::string name = split_list(text).front().key;
  if (name.starts_with("virtio-blk")) return apply_qemu_disk_device(text, machine);
  if (name == "virtserialport") return std::monostate{};
  if (name.starts_with("virtio-net")) {
    machine.net.enabled = true;
  } else if (name.starts_with("virtio-rng")) {
    machine.entropy = true;
  } else if (name.starts_with("virtio-serial") || name == "virtconsole") {
    machine.virtio_console = true;
  } else {
    return usage_error(
        fmt::format("-device {}: there is no such device; there are virtio-blk-device, "
                    "virtio-net-device, virtio-rng-device, virtio-serial-device",
                    name));
  }
  return std::monostate{};
}

// A turn ends reservations. A constrained LR/SC loop has at most 16 instructions ("Eventual Success of
// Store-Conditional Instructions"): so many hold the rest of one round and a whole one.
constexpr uint64_t kLeastQuantum = 32;

// Numbers that go into the configuration as they are.
Outcome apply_numbers(const OptionValues& options, MachineConfig& machine) {
  struct Row {
    Flag flag;
    uint64_t low, high;
  };
  static constexpr Row kRows[] = {{Flag::kSeed, 0, ~uint64_t{0}},
                                  {Flag::kQuantum, kLeastQuantum, 1'000'000'000},
                                  {Flag::kMaxInsns, 1, ~uint64_t{0}}};
  for (const Row& row : kRows) {
    const std::string* text = options.last(row.flag);
    if (text == nullptr) continue;
    auto value = parse_number(spelling(row.flag), *text, row.low, row.high);
    if (!value) return value.error();
    if (row.flag == Flag::kSeed) machine.seed = *value;
    if (row.flag == Flag::kQuantum) machine.quantum = *value;
    if (row.flag == Flag::kMaxInsns) machine.max_instructions = *value;
  }
  if (const std::string* text = options.last(Flag::kTimeout)) {
    auto ns = parse_seconds("--timeout", *text);
    if (!ns) return ns.error();
    machine.timeout_ns = *ns;
  }
  return std::monostate{};
}

Outcome apply_time(const OptionValues& options, TimeMode default_time, MachineConfig& machine) {
  const bool deterministic = options.has(Flag::kDeterministic) || options.has(Flag::kIcount);
  if (deterministic && options.has(Flag::kRealTime))
    return usage_error("--deterministic and --real-time exclude each other; give one of them");
  machine.time_mode = deterministic                  ? TimeMode::kDeterministic
                      : options.has(Flag::kRealTime) ? TimeMode::kRealTime
                                                     : default_time;
  return std::monostate{};
}

// After apply_time().
Outcome apply_model(const OptionValues& options, MachineConfig& machine) {
  const std::string* const name = options.last(Flag::kModel);
  if (name == nullptr) {
    for (const Flag flag : {Flag::kModelExact, Flag::kModelFrom})
      if (options.has(flag)) return usage_error(fmt::format("{} tells how a model is used; add --model", spelling(flag)));
    return std::monostate{};
  }
  if (options.has(Flag::kRealTime)) return usage_error("--model counts cycles, which are the machine's time; leave --real-time out");
  auto model = load_model(*name);
  if (!model) return model.error();
  machine.model = std::move(model).value();
  machine.model_is_exact = options.has(Flag::kModelExact);
  machine.time_mode = TimeMode::kDeterministic;
  if (const std::string* text = options.last(Flag::kModelFrom)) {
    if (*text == "mark") {
      machine.model_from_mark = machine.observes_events = true;
      machine.model_from = MachineConfig::kNever;
      return std::monostate{};
    }
    auto from = parse_number("--model-from", *text, 0, ~uint64_t{0});
    if (!from) return from.error();
    machine.model_from = *from;
  }
  return std::monostate{};
}

Outcome apply_output(const OptionValues& options, RunPlan& plan) {
  plan.log_instructions = options.has(Flag::kLogInsns);
  plan.log_commits = options.has(Flag::kLogCommits);
  if (const std::string* file = options.last(Flag::kLogFile)) plan.log_file = *file;
  if (const std::string* file = options.last(Flag::kSignature)) plan.signature_file = *file;
  if (const std::string* text = options.last(Flag::kSignatureGranularity)) {
    auto bytes = parse_number(spelling(Flag::kSignatureGranularity), *text, 1, 4096);
    if (!bytes) return bytes.error();
    plan.signature_granularity = static_cast<unsigned>(*bytes);
  }
  if (const std::string* text = options.last(Flag::kStats)) {
    auto file = parse_stats(*text);
    if (!file) return file.error();
    plan.wants_stats = true;
    plan.stats_file = *file;
  }
  if (const std::string* file = options.last(Flag::kEvents)) plan.events_file = *file;
  plan.machine.observes_events |= plan.wants_stats || options.has(Flag::kEvents);
  plan.machine.observes_views = options.has(Flag::kEventViews);
  if (plan.machine.observes_views && plan.events_file.empty()) return usage_error("--event-views goes into a log of events; add --events FILE");
  plan.machine.jit.perf_map = options.has(Flag::kPerfMap);
  if (plan.machine.jit.perf_map && plan.machine.engine != EngineKind::kJit)
    return usage_error("--perf-map names what the JIT translated; add --engine jit");
  if (const std::string* file = options.last(Flag::kJitReport)) {
    if (plan.machine.engine != EngineKind::kJit) return usage_error("--jit-report tells of the JIT; add --engine jit");
    plan.jit_report_file = *file;
    plan.machine.jit.report = true;
  }
  if (const std::string* text = options.last(Flag::kJitReportTop)) {
    auto count = parse_number("--jit-report-top", *text, 0, 1'000'000);
    if (!count) return count.error();
    plan.jit_report_top = *count;
  }
  plan.raw_terminal = options.has(Flag::kNoGraphic);
  if (const std::string* where = options.last(Flag::kSerial)) {
    if (*where != "stdio" && *where != "mon:stdio")
      return usage_error(fmt::format(
          "-serial {} is not possible; the serial port is stdin and stdout, redirect those",
          *where));
    plan.raw_terminal = true;
  }
  plan.dumps_dts = options.has(Flag::kDumpDts);
  if (const std::string* file = options.last(Flag::kDumpDtb)) plan.dtb_file = *file;
  return std::monostate{};
}

Outcome apply_semihosting(const OptionValues& options, MachineConfig& machine) {
  if (options.has(Flag::kSemihosting)) machine.semihosting = SemihostingMode::kOn;
  for (const std::string& text : options.all(Flag::kSemihostingConfig)) {
    for (const ListPart& part : split_list(text)) {
      if (part.key == "enable" || (part.key == "on" && !part.value))
        machine.semihosting =
            part.value.value_or("on") == "on" ? SemihostingMode::kOn : SemihostingMode::kOff;
      if (part.key == "arg" && part.value) machine.arguments.push_back(*part.value);
    }
  }
  if (const std::string* dir = options.last(Flag::kHtifRoot)) machine.htif_root = *dir;
  return std::monostate{};
}

}  // namespace

Outcome apply_machine_options(const OptionValues& options, MachineConfig& machine) {
  return apply_machine(options, machine, nullptr);
}

Outcome apply_device_options(const OptionValues& options, MachineConfig& machine) {
  for (const std::string& text : options.all(Flag::kDisk)) {
    auto disk = parse_disk("--disk", text);
    if (!disk) return disk.error();
    if (options.has(Flag::kSnapshot) && disk->mode == DiskMode::kReadWrite)
      disk->mode = DiskMode::kCopyOnWrite;
    machine.disks.push_back(*disk);
  }
  for (const std::string& text : options.all(Flag::kNet))
    if (Outcome done = parse_net("--net", text, machine.net); !done) return done;
  for (const std::string& text : options.all(Flag::kForward)) {
    auto forward = parse_forward("--fwd", text);
    if (!forward) return forward.error();
    machine.net.forwards.push_back(*forward);
    machine.net.enabled = true;
  }
  if (options.has(Flag::kRestrict)) machine.net.is_restricted = true;
  if (options.has(Flag::kRng)) machine.entropy = true;
  if (options.has(Flag::kVirtioConsole)) machine.virtio_console = true;
  for (const std::string& text : options.all(Flag::kDevice))
    if (Outcome done = apply_qemu_device(text, machine); !done) return done;
  if (machine.net.is_restricted && !machine.net.enabled)
    return usage_error("--restrict limits a network, and there is none; add --net user");
  return std::monostate{};
}

Result<RunPlan> make_plan(const OptionValues& options, TimeMode default_time) {
  RunPlan plan;
  for (const auto step : {
           +[](const OptionValues&o, RunPlan&p) { return apply_machine(o, p.machine, &p); },
           +[](const OptionValues&o, RunPlan&p) { return apply_device_options(o, p.machine); },
           +[](const OptionValues&o, RunPlan&p) { return apply_numbers(o, p.machine); },
           +[](const OptionValues&o, RunPlan&p) { return apply_semihosting(o, p.machine); },
           +[](const OptionValues&o, RunPlan&p) { return apply_output(o, p); },
       }) {
    if (Outcome done = step(options, plan); !done) return done.error();
  }
  if (Outcome done = apply_time(options, default_time, plan.machine); !done) return done.error();
  if (Outcome done = apply_model(options, plan.machine); !done) return done.error();
  if (const std::string* file = options.last(Flag::kDtb)) plan.machine.dtb = *file;
  plan.restarts_on_reset = !options.has(Flag::kNoReboot);
  return plan;
}

}  // namespace rvx::cli
