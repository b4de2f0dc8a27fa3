// Every choice that makes a machine, as one plain struct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "devices/virtio/disk.hpp"
#include "devices/virtio/port_forward.hpp"
#include "jit/options.hpp"
#include "machine/byte_size.hpp"
#include "mmu/model/model_config.hpp"

namespace rvx {

struct DiskConfig {
  std::string path;
  DiskMode mode = DiskMode::kReadWrite;
  uint64_t latency_ns = 0;  // machine time from request to completion
  std::string id;           // what a -device names it by
  std::optional<unsigned> slot;  // virtio slot, 0 = lowest address; otherwise the highest that is free
};

struct NetConfig {
  bool enabled = false;
  bool is_restricted = false;  // only forwards, no way out
  std::vector<PortForward> forwards;
};

// How the machine's clock runs.
enum class TimeMode : uint8_t {
  kDeterministic,  // machine time counts retired instructions; two runs are equal
  kRealTime,       // machine time is the host's; idle harts sleep
};

// What executes instructions.
enum class EngineKind : uint8_t { kInterpreter, kJit };

enum class SemihostingMode : uint8_t { kOff, kOn };

struct MachineConfig {
  std::string board = "virt";
  uint64_t ram_bytes = 0;  // 0 = the board's default
  unsigned harts = 1;      // 1 to kMaxHarts
  isa::IsaConfig isa = isa::IsaConfig::all();

  // What to run. Paths; empty = none.
  std::string firmware;  // runs first, in M-mode
  std::string kernel;    // an ELF or image; without firmware it runs first
  std::string initrd;
  std::string dtb;
  std::string bootargs;
  std::vector<uint8_t> initrd_extra;  // a cpio archive appended to the initrd

  std::vector<DiskConfig> disks;  // in the order of slots, highest first
  NetConfig net;
  bool entropy = false;         // a virtio entropy device
  bool virtio_console = false;  // a virtio console beside the UART

  TimeMode time_mode = TimeMode::kDeterministic;
  uint64_t seed = 0;       // of rng-seed and entropy in deterministic mode
  uint64_t quantum = 10'000;  // instructions in a hart's turn, deterministic mode with several harts
  size_t code_cache_bytes = size_t{32} << 20;
  EngineKind engine = EngineKind::kJit;
  jit::Options jit;

  std::optional<ModelConfig> model;  // of each hart's TLBs, caches and cycles; deterministic mode only
  bool model_is_exact = false;       // every access goes to the model
  uint64_t model_from = 0;           // the model begins when all harts together have retired so many instructions,
  bool model_from_mark = false;      // or (then model_from is kNever) at the guest's first Event::kMark
  static constexpr uint64_t kNever = ~uint64_t{0};
  bool observes_events = false;  // tell of the guest's events, and measure what it asks for
  bool observes_views = false;   // and of the hart's address translation at each

  bool htif = true;               // watch tohost where the program has it
  std::string htif_root;          // host directory for the guest's files; empty = none
  std::vector<std::string> arguments;  // argv for HTIF and semihosting, program first
  SemihostingMode semihosting = SemihostingMode::kOff;

  std::optional<uint64_t> max_instructions;  // of all harts together
  std::optional<uint64_t> timeout_ns;        // host time
  bool detect_stuck = true;                  // end when nothing can wake the guest

  static constexpr unsigned kMaxHarts = 8;
};

}  // namespace rvx
