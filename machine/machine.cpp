// A whole machine: making and wiring its parts, loading, reset.
#include "machine/machine.hpp"

#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "devices/virtio/block.hpp"
#include "devices/virtio/console.hpp"
#include "devices/virtio/entropy.hpp"
#include "devices/virtio/net.hpp"

namespace rvx {
namespace {

constexpr size_t kRngSeedBytes = 32;

// splitmix64: fills the device tree's rng-seed of deterministic machines.
uint64_t next_random(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::vector<uint8_t> rng_seed(const MachineConfig& config) {
  std::vector<uint8_t> seed(kRngSeedBytes);
  if (config.time_mode == TimeMode::kRealTime &&
      getrandom(seed.data(), seed.size(), 0) == static_cast<ssize_t>(seed.size()))
    return seed;
  uint64_t state = config.seed;
  for (size_t i = 0; i < seed.size(); i += 8) {
    const uint64_t word = next_random(state);
    std::memcpy(seed.data() + i, &word, 8);
  }
  return seed;
}

std::string mmu_type(const isa::IsaConfig& isa) { return isa.has(isa::Ext::kS) ? fmt::format("riscv,sv{}", isa.virtual_bits) : "none"; }

}  // namespace

Machine::Machine(const MachineConfig& config, CharSink& console)
    : config_(config), console_(console), clock_(config.time_mode) {}

Machine::~Machine() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

Outcome Machine::start() {
  board_ = find_board(config_.board);
  if (board_ == nullptr) {
    std::string names;
    for (const Board& board : kBoards) names += fmt::format("{}{}", names.empty() ? "" : ", ", board.name);
    return usage_error(fmt::format("no machine is called '{}'; there are {}", config_.board, names));
  }
  if (config_.harts < 1 || config_.harts > MachineConfig::kMaxHarts)
    return usage_error(fmt::format("{} harts were asked for; 1 to {} are possible", config_.harts, MachineConfig::kMaxHarts));
  if (config_.ram_bytes == 0) config_.ram_bytes = board_->default_ram;
  if (config_.ram_bytes % kPageSize != 0 || config_.ram_bytes < 64 * kKiB)
    return usage_error("the size of RAM must be a multiple of 4 KiB and at least 64 KiB; give for example -m 1G");

  ram_ = std::make_unique<Ram>(board_->ram_base, config_.ram_bytes);
  if (!ram_->is_valid())
    return usage_error(fmt::format("no {} of RAM for the guest: {}; give a smaller -m", byte_size_text(config_.ram_bytes), ram_->error()));
  memory_ = std::make_unique<PhysicalMemory>(*ram_, bus_);
  safe_points_ = std::make_unique<SafePoints>(config_.harts, [this](unsigned hart, const HartMail& mail) { act_on_mail(hart, mail); });
  jit::Options jit_options = config_.jit;  // the cache is what all harts have together
  jit_options.code_bytes /= config_.harts;
  jit_options.observes_events = config_.observes_events;
  for (unsigned id = 0; id < config_.harts; ++id) {
    harts_.push_back(std::make_unique<Hart>(id, config_.isa, *memory_, static_cast<HartEnvironment&>(*this)));
    codes_.push_back(std::make_unique<CodeCache>(*harts_[id], *safe_points_, config_.code_cache_bytes));
    HotCode* hot = nullptr;
    if (config_.engine == EngineKind::kJit) {
      if (workshop_ == nullptr) workshop_ = std::make_unique<jit::Workshop>(config_.harts, jit_options.code_bytes);
      jit::Translator& translator = *translators_.emplace_back(std::make_unique<jit::Translator>(*memory_, jit_options, *workshop_, id));
      translator.symbol_at = [this](uint64_t va) {
        const auto symbol = images_.symbols.symbolise(va);
        return symbol ? symbol->text() : std::string();
      };
      if (config_.jit.perf_map && !translator.open_perf_map())
        return usage_error(fmt::format("cannot write '{}': {}", jit::PerfMap::path(), std::strerror(errno)));
      codes_[id]->attach(translator);
      hot = &translator;
    }
    interpreters_.push_back(std::make_unique<Interpreter>(*codes_[id], hot));
  }
  if (Outcome made = make_devices(); !made.ok()) return made;
  if (Outcome loaded = load(); !loaded.ok()) return loaded;
  const auto has_room = [this] {
    // Whoever reads faster than the polls come gets a poll at once.
    console_has_room_ = true;
    if (Hart* hart = device_user()) hart->s.attention |= attention::kReschedule;
    if (on_console_room) on_console_room();
  };
  if (uart_ != nullptr) uart_->on_room = has_room;
  if (htif_ != nullptr) htif_->on_room = has_room;
  if (semihosting_ != nullptr) semihosting_->on_room = has_room;
  write_reset_code();
  for (auto& hart : harts_) hart->reset(board_->reset_vector());
  prepare_models();
  if (config_.time_mode == TimeMode::kRealTime) {
    wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    memory_->set_concurrent();
    for (auto& hart : harts_) hart->s.is_concurrent = true;
    clock_.on_earlier = [this] { wake_host(); };
  }
  return std::monostate{};
}

Outcome Machine::make_devices() {
  const auto attach = [&](const BoardDevice& row, Device& device) {
    // Rows of board.inc do not overlap (a test checks it).
    static_cast<void>(bus_.attach(std::string(row.name), row.base, row.size, device));
  };

  if (const BoardDevice* row = board_->find(DeviceKind::kClint)) {
    clint_ = std::make_unique<Clint>(config_.harts, clock_, 1'000'000'000 / board_->timebase_hz);
    clint_->on_change = [this](unsigned hart) {
      Hart* const user = device_user();
      const bool interrupts = clint_->msip(hart) && !(harts_[hart]->lines() & irq::kMSI);
      if (interrupts && user != nullptr) sent_ipi(*user, hart);
      set_lines(*harts_[hart], irq::kMSI, clint_->msip(hart));
      // On a thread of its own a hart looks at its timers itself.
      if (!memory_->is_concurrent() || user == harts_[hart].get()) {
        update_timers(*harts_[hart]);
      } else {
        safe_points_->wake(hart);
      }
      // Whoever runs now has to hear of new deadlines, of its own or another hart's.
      if (user != nullptr) user->s.attention |= attention::kReschedule;
    };
    attach(*row, *clint_);
  }
  if (const BoardDevice* row = board_->find(DeviceKind::kPlic)) {
    plic_ = std::make_unique<Plic>(board_->plic_sources, board_->plic_max_priority, config_.harts,
                                   [this](unsigned context, bool level) {
                                     set_lines(*harts_[context / 2], context % 2 == 0 ? irq::kMEI : irq::kSEI, level);
                                   });
    attach(*row, *plic_);
  }
  if (const BoardDevice* row = board_->find(DeviceKind::kUart)) {
    uart_ = std::make_unique<Uart16550>(console_, plic_->line(row->irq));
    attach(*row, *uart_);
  }
  if (const BoardDevice* row = board_->find(DeviceKind::kRtc)) {
    rtc_ = std::make_unique<GoldfishRtc>(clock_, plic_->line(row->irq));
    attach(*row, *rtc_);
  }
  if (const BoardDevice* row = board_->find(DeviceKind::kFinisher)) {
    finisher_ = std::make_unique<Finisher>([this](Finisher::Kind kind, uint32_t code) {
      switch (kind) {
        case Finisher::Kind::kPass: finish({Ending::Kind::kPass, 0, "finisher"}); break;
        case Finisher::Kind::kFail: finish({Ending::Kind::kFail, code, "finisher"}); break;
        case Finisher::Kind::kReset: finish({Ending::Kind::kReset, 0, "finisher"}); break;
      }
    });
    attach(*row, *finisher_);
  }
  return make_virtio();
}

Outcome Machine::make_virtio() {
  const size_t slots = board_->count(DeviceKind::kVirtio);
  for (const DiskConfig& disk : config_.disks) {
    if (virtio_devices_.size() == slots)
      return usage_error(fmt::format("no slot is free for the disk '{}'; machine '{}' has {} virtio slots", disk.path, board_->name, slots));
    DiskOpening opening = open_disk(disk.path, disk.mode);
    if (opening.disk == nullptr)
      return usage_error(fmt::format("cannot use the disk '{}': {}", disk.path, opening.error));
    VirtioBlock::Options options;
    options.latency_ns = disk.latency_ns;
    virtio_devices_.push_back(std::make_unique<VirtioBlock>(*memory_, clock_, std::move(opening.disk), options));
  }
  if (config_.net.enabled) {
    SlirpNet::Options options;
    options.is_restricted = config_.net.is_restricted;
    options.forwards = config_.net.forwards;
    SlirpNet::Opening opening = SlirpNet::open(options);
    if (opening.net == nullptr) return usage_error(opening.error);
    slirp_ = opening.net.get();
    auto net = std::make_unique<VirtioNet>(*memory_, std::move(opening.net));
    poll_sources_.push_back(net.get());
    virtio_devices_.push_back(std::move(net));
  }
  if (config_.entropy) {
    std::optional<uint64_t> seed;
    if (config_.time_mode == TimeMode::kDeterministic) seed = config_.seed;
    virtio_devices_.push_back(std::make_unique<VirtioEntropy>(*memory_, seed));
  }
  if (config_.virtio_console) virtio_devices_.push_back(std::make_unique<VirtioConsole>(*memory_, console_));
  if (virtio_devices_.size() > slots)
    return usage_error(fmt::format("{} virtio devices were asked for; machine '{}' has {} slots", virtio_devices_.size(), board_->name, slots));

  // Disks that name a slot have it; the others and the other devices take the highest that is free,
  // in their order, as in QEMU. virtio_devices_ begins with the disks.
  std::vector<VirtioDevice*> by_slot(slots, nullptr);
  for (size_t n = 0; n < config_.disks.size(); ++n) {
    const std::optional<unsigned> slot = config_.disks[n].slot;
    if (!slot) continue;
    if (*slot >= slots || by_slot[*slot] != nullptr)
      return usage_error(fmt::format("the disk '{}' cannot have virtio slot {}; it is taken or there is none; machine '{}' has slots 0 to {}",
                                     config_.disks[n].path, *slot, board_->name, slots - 1));
    by_slot[*slot] = virtio_devices_[n].get();
  }
  size_t free = slots;
  for (size_t n = 0; n < virtio_devices_.size(); ++n) {
    if (n < config_.disks.size() && config_.disks[n].slot) continue;
    do --free;
    while (by_slot[free] != nullptr);
    by_slot[free] = virtio_devices_[n].get();
  }
  for (size_t slot = 0; slot < slots; ++slot) {
    const BoardDevice& row = *board_->find(DeviceKind::kVirtio, slot);
    virtio_slots_.push_back(std::make_unique<VirtioMmio>(by_slot[slot], plic_->line(row.irq)));
    static_cast<void>(bus_.attach(std::string(row.name), row.base, row.size, *virtio_slots_.back()));
  }
  return std::monostate{};
}

FdtInput describe_machine(const MachineConfig& config, const Board& board) {
  FdtInput fdt;
  fdt.board = &board;
  fdt.ram_size = config.ram_bytes == 0 ? board.default_ram : config.ram_bytes;
  fdt.harts = config.harts;
  fdt.isa = config.isa.to_string();
  fdt.mmu_type = mmu_type(config.isa);
  if (config.isa.has(isa::Ext::kZicbom)) fdt.cbom_block_size = kCacheBlock;
  if (config.isa.has(isa::Ext::kZicboz)) fdt.cboz_block_size = kCacheBlock;
  if (config.isa.has(isa::Ext::kZicbop)) fdt.cbop_block_size = kCacheBlock;
  if (board.name == "virt") fdt.pmu = describe_pmu(config.model && config.model->has_tlbs(), config.model && config.model->has_caches());
  fdt.chosen.bootargs = config.bootargs;
  fdt.chosen.rng_seed = rng_seed(config);
  return fdt;
}

Outcome Machine::load() {
  BootRequest request;
  request.firmware = config_.firmware;
  request.kernel = config_.kernel;
  request.initrd = config_.initrd;
  request.initrd_extra = config_.initrd_extra;
  request.dtb = config_.dtb;
  request.fdt = describe_machine(config_, *board_);
  Result<BootImages> loaded = load_boot_images(*ram_, request);
  if (!loaded) return loaded.error();
  images_ = std::move(loaded).value();

  if (config_.htif && images_.program_symbols != nullptr) {
    const auto tohost = images_.program_symbols->find_physical("tohost");
    if (tohost && ram_->contains(*tohost, 8)) {
      auto fromhost = images_.program_symbols->find_physical("fromhost");
      if (fromhost && !ram_->contains(*fromhost, 8)) fromhost.reset();
      HtifOptions options;
      options.root = config_.htif_root;
      options.arguments = config_.arguments;
      htif_ = std::make_unique<Htif>(*memory_, console_, *tohost, fromhost, options, [this](uint64_t code) {
        finish({code == 0 ? Ending::Kind::kPass : Ending::Kind::kFail, code, "htif"});
      });
      if (!htif_->error().empty()) return usage_error(htif_->error());
      memory_->flags(*tohost).fetch_or(page_flag::kWatched);
      if (fromhost) memory_->flags(*fromhost).fetch_or(page_flag::kWatched);
    }
  }
  if (config_.semihosting != SemihostingMode::kOff) {
    SemihostingOptions options;
    options.root = config_.htif_root;
    for (const std::string& argument : config_.arguments)
      options.command_line += options.command_line.empty() ? argument : " " + argument;
    semihosting_ = std::make_unique<Semihosting>(console_, clock_, options);
    if (!semihosting_->error().empty()) return usage_error(semihosting_->error());
  }
  return std::monostate{};
}

// The boot ROM: registers as the reset contract says, then a jump. Words as QEMU's virt has them:
// a0 = hart id, a1 = device tree, a2 = fw_dynamic's information, which follows the code.
void Machine::write_reset_code() {
  constexpr uint32_t kFwDynamicMagic = 0x4942534f;  // "OSBI"
  constexpr uint64_t kFwDynamicVersion = 2, kNextModeS = 1;
  constexpr std::array<uint32_t, 6> kCode = {
      0x00000297,  // auipc t0, 0
      0x02828613,  // addi  a2, t0, 40
      0xf1402573,  // csrr  a0, mhartid
      0x0202b583,  // ld    a1, 32(t0)
      0x0182b283,  // ld    t0, 24(t0)
      0x00028067,  // jr    t0
  };
  std::vector<uint8_t> bytes(0x28 + 6 * 8);
  std::memcpy(bytes.data(), kCode.data(), sizeof kCode);
  const auto put = [&](size_t at, uint64_t value) { std::memcpy(bytes.data() + at, &value, 8); };
  put(0x18, images_.entry);
  put(0x20, images_.layout.dtb.base);
  put(0x28, kFwDynamicMagic);
  put(0x30, kFwDynamicVersion);
  put(0x38, images_.next_entry);
  put(0x40, kNextModeS);
  put(0x48, 0);  // options
  put(0x50, 0);  // preferred boot hart
  rom_ = std::make_unique<Rom>(std::move(bytes));
  const BoardDevice& row = *board_->find(DeviceKind::kRom);
  static_cast<void>(bus_.attach(std::string(row.name), row.base, row.size, *rom_));
}

void Machine::end_console_input() noexcept {
  if (htif_ != nullptr) htif_->end_input();
  if (semihosting_ != nullptr) semihosting_->end_input();
}

CharReceiver& Machine::console_input() noexcept {
  if (semihosting_ != nullptr) return *semihosting_;
  if (htif_ != nullptr) return *htif_;
  return *uart_;
}

const std::vector<PortForward>* Machine::forwards() const noexcept {
  return slirp_ == nullptr ? nullptr : &slirp_->forwards();
}

void Machine::finish(Ending ending) noexcept {
  end_run(std::move(ending));
  if (Hart* hart = device_user()) hart->s.attention |= attention::kExit;
}

void Machine::end_run(Ending ending) noexcept {
  {
    const std::lock_guard lock(ending_mutex_);
    if (ending_) return;
    ending_ = std::move(ending);
    has_ended_.store(true);
  }
  for (auto& hart : harts_) safe_points_->wake(hart->id());
  wake_host();
}

void Machine::set_lines(Hart& hart, uint64_t bits, bool level) noexcept {
  if (!memory_->is_concurrent() || device_user() == &hart) return hart.set_lines(bits, level);
  hart.set_lines_elsewhere(bits, level);
  if (level) safe_points_->wake(hart.id());
}

void Machine::wake_host() noexcept {
  const uint64_t one = 1;
  if (wake_fd_ >= 0) static_cast<void>(!::write(wake_fd_, &one, sizeof one));
}

Hart* Machine::device_user() noexcept {
  const unsigned user = memory_->device_user();
  return user < harts_.size() ? harts_[user].get() : nullptr;
}

void Machine::act_on_mail(unsigned hart, const HartMail& mail) noexcept {
  switch (mail.kind) {
    case HartMail::Kind::kCodeChanged: return codes_[hart]->drop_page(mail.page);
    case HartMail::Kind::kDropWriteEntries: return harts_[hart]->port().drop_write_entries(mail.page);
  }
}

// A device's section that is going on may have told the guest already that new bytes are there, and
// tells the holders of code again when it ends.
void Machine::fetch_fence(Hart& hart) noexcept {
  if (memory_->is_concurrent()) const DeviceSection after(*memory_, hart.id());
  safe_points_->pass(hart.id());
}

uint64_t Machine::time(const Hart&) const noexcept { return clint_ == nullptr ? clock_.now_ns() / 100 : clint_->mtime(); }

namespace {

// Guest virtual memory of one hart, byte by byte: semihosting is no fast path.
class HartMemory final : public Semihosting::Memory {
 public:
  explicit HartMemory(MemoryPort& port) : port_(port) {}
  bool read(uint64_t address, void* bytes, size_t count) noexcept override {
    auto* to = static_cast<uint8_t*>(bytes);
    for (size_t i = 0; i < count; ++i) {
      uint64_t byte = 0;
      if (port_.load(address + i, 1, byte) == MemStatus::kFault) return false;
      to[i] = static_cast<uint8_t>(byte);
    }
    return true;
  }
  bool write(uint64_t address, const void* bytes, size_t count) noexcept override {
    const auto* from = static_cast<const uint8_t*>(bytes);
    for (size_t i = 0; i < count; ++i)
      if (port_.store(address + i, 1, from[i]) == MemStatus::kFault) return false;
    return true;
  }

 private:
  MemoryPort& port_;
};

}  // namespace

HartEnvironment::Call Machine::semihosting_call(Hart& hart) noexcept {
  if (semihosting_ == nullptr) return Call::kNone;
  // The call is the middle of three uncompressed instructions in one page, "RISC-V Semihosting".
  constexpr uint32_t kBefore = 0x01f01013, kCall = 0x00100073, kAfter = 0x40705013;
  const uint64_t pc = hart.s.pc;
  if (((pc - 4) & ~kPageMask) != ((pc + 7) & ~kPageMask)) return Call::kNone;
  if (hart.instruction_at(pc) != kCall || hart.instruction_at(pc - 4) != kBefore || hart.instruction_at(pc + 4) != kAfter)
    return Call::kNone;
  constexpr unsigned kA0 = 10, kA1 = 11;
  const DeviceSection section(*memory_, hart.id());
  HartMemory memory(hart.port());
  const Semihosting::Result result = semihosting_->call(hart.s.x[kA0], hart.s.x[kA1], config_.isa.xlen, memory);
  if (result.waits) return Call::kRetry;
  hart.s.x[kA0] = result.a0;
  if (result.exit) finish({result.code == 0 ? Ending::Kind::kPass : Ending::Kind::kFail, result.code, "semihosting"});
  return Call::kDone;
}

void Machine::update_timers(Hart& hart) noexcept {
  if (clint_ != nullptr) hart.set_lines(irq::kMTI, clint_->mtime() >= clint_->mtimecmp(hart.id()));
  hart.update_supervisor_timer();
}

uint64_t Machine::timer_deadline_ns(const Hart& hart) const noexcept {
  // A timer whose interrupt is pending already has nothing more to tell.
  uint64_t deadline = MachineClock::kNever;
  if (clint_ == nullptr) return deadline;
  if (!(hart.lines() & irq::kMTI)) deadline = clint_->deadline_ns(clint_->mtimecmp(hart.id()));
  if (hart.has_sstc() && !(hart.lines() & irq::kSTI))
    deadline = std::min(deadline, clint_->deadline_ns(hart.s.csr.stimecmp));
  return deadline;
}

}  // namespace rvx
