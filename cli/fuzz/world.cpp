// The small machine: how a case is put into it, its device, and how two of them are compared.
#include "cli/fuzz/world.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cli/fuzz/memory_map.hpp"
#include "cpu/csr.hpp"
#include "cpu/isa/decode.hpp"

namespace rvx::fuzz {
namespace {

constexpr uint64_t kLines = irq::kMSI | irq::kMTI | irq::kMEI | irq::kSEI | irq::kSTI;

uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 31)) * 0x9fb21c651e98df25;
  return value ^ (value >> 28);
}

// RAM that no world has now: its host pages are there already, which saves more time than a case
// takes.
thread_local std::vector<std::unique_ptr<Ram>> free_rams;

std::unique_ptr<Ram> take_ram() {
  if (free_rams.empty()) return std::make_unique<Ram>(kRamBase, kRamBytes);
  std::unique_ptr<Ram> ram = std::move(free_rams.back());
  free_rams.pop_back();
  return ram;
}

}  // namespace

void FuzzDevice::note(uint64_t a, uint64_t b) noexcept {
  ++accesses;
  hash = mixed(hash + mixed(a) + mixed(b + 1));
}

bool FuzzDevice::read(uint64_t offset, unsigned size, uint64_t& value) noexcept {
  if (offset >= kDeviceRefused) return false;
  note(offset, size);
  if (offset == kDeviceExit) hart_->s.attention |= attention::kExit;
  value = hash >> (64 - 8 * size);
  return true;
}

bool FuzzDevice::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
  if (offset >= kDeviceRefused) return false;
  if (size < 8) value &= (uint64_t{1} << (8 * size)) - 1;
  note(offset << 8 | size, value);
  const auto change = [&](bool level) {
    hart_->set_lines(value & kLines, level);
    hart_->s.attention |= attention::kReschedule;
  };
  switch (offset) {
    case kDeviceRaise: change(true); break;
    case kDeviceLower: change(false); break;
    case kDeviceExit: hart_->s.attention |= attention::kExit; break;
    case kDeviceTimer:
      timer = value;
      hart_->s.attention |= attention::kReschedule;
      break;
    default: break;
  }
  return true;
}

World::World(const Case& c, const Layout& layout, const EngineChoice& engine)
    : ram_(take_ram()), memory_(*ram_, bus_), hart_(0, c.isa, memory_, *this) {
  static_cast<void>(bus_.attach("device", kDeviceBase, kDeviceBytes, device_));
  device_.attach(hart_);
  std::memcpy(ram_->host(), layout.ram.data(), layout.ram.size());
  hart_.reset(0);
  for (const auto& [number, value] : c.csrs) {
    uint64_t old = 0;
    static_cast<void>(access_csr(hart_, number, CsrOp::kWrite, value, old));
  }
  for (const auto& [index, value] : c.x) hart_.s.x[index] = value;
  for (const auto& [index, value] : c.f) hart_.s.f[index] = value;
  hart_.s.pc = c.code_base + (layout.offset[c.program.labels[c.program.start]] & kCodeMask);
  hart_.s.priv = c.priv;
  hart_.monitor().mode_changed(0);
  hart_.mode_changed();
  engine_ = engine.make(hart_, memory_, c);
  service();
  hart_.interrupts_changed();
}

World::~World() { free_rams.push_back(std::move(ram_)); }

void World::service() noexcept {
  hart_.s.attention &= attention::kInterrupt;
  hart_.monitor().note_overflows();
  hart_.set_lines(irq::kMTI, hart_.s.instret >= device_.timer);
  hart_.update_supervisor_timer();
}

uint64_t World::deadline() const noexcept {
  uint64_t next = ~uint64_t{0};
  const uint64_t now = hart_.s.instret;
  const uint64_t room = hart_.monitor().instruction_room();
  if (room != PerformanceMonitor::kUnlimited) next = now + room;
  if (device_.timer > now) next = std::min(next, device_.timer);
  if (hart_.has_sstc() && hart_.s.csr.stimecmp > now) next = std::min(next, hart_.s.csr.stimecmp);
  return next;
}

namespace {

class Comparison {
 public:
  Comparison(World& a, World& b) : a_(a), b_(b) {}

  std::vector<std::string> run() {
    registers();
    control();
    model();
    memory();
    return std::move(lines_);
  }

 private:
  void check(std::string_view name, uint64_t a, uint64_t b) {
    if (a != b) lines_.push_back(fmt::format("{}: {:#x} and {:#x}", name, a, b));
  }

  void registers() {
    const HartState& a = a_.hart().s;
    const HartState& b = b_.hart().s;
    check("instret", a.instret, b.instret);
    check("pc", a.pc, b.pc);
    if (std::memcmp(a.x, b.x, 32 * 8) != 0 || a.x[0] != 0)
      for (unsigned i = 0; i < 32; ++i) check(isa::x_name(i), a.x[i], b.x[i]);
    if (a.x[0] != 0 && b.x[0] != 0) lines_.push_back("x0 is not zero in both");
    if (std::memcmp(a.f, b.f, sizeof a.f) != 0)
      for (unsigned i = 0; i < 32; ++i) check(isa::f_name(i), a.f[i], b.f[i]);
  }

  void control() {
    HartState& a = a_.hart().s;
    HartState& b = b_.hart().s;
    check("privilege", static_cast<uint64_t>(a.priv), static_cast<uint64_t>(b.priv));
    check("waiting", a.waiting, b.waiting);
    check("trap_loops", a.trap_loops, b.trap_loops);
    check("attention", a.attention, b.attention);
    check("pauses", a.pauses, b.pauses);
    // Engines keep it as an address of the host, 0 for none.
    const auto place = [](World& w) {
      const uint64_t host = w.hart().s.reservation;
      return host == 0 ? 0 : host - reinterpret_cast<uint64_t>(w.ram().host()) + kRamBase;
    };
    check("reservation", place(a_), place(b_));
    if (a.reservation != 0) check("reserved_value", a.reserved_value, b.reserved_value);
    csrs_.clear();
    const auto collect = [this](const char*, uint64_t& value) { csrs_.push_back(value); };
    a.csr.visit_state(collect);
    size_t at = 0;
    const auto compare = [&](const char* name, uint64_t& value) {
      check(name, csrs_[at++], value);
    };
    b.csr.visit_state(compare);
    const Pmp& pa = a_.hart().port().pmp();
    const Pmp& pb = b_.hart().port().pmp();
    for (unsigned i = 0; i < Pmp::kEntries; ++i) {
      check("pmpcfg", pa.cfg(i), pb.cfg(i));
      check("pmpaddr", pa.addr(i), pb.addr(i));
    }
    const HartCounters& ca = a_.hart().counters();
    const HartCounters& cb = b_.hart().counters();
    for (unsigned i = 0; i < ca.exceptions.size(); ++i) {
      check("exceptions", ca.exceptions[i], cb.exceptions[i]);
      check("interrupts", ca.interrupts[i], cb.interrupts[i]);
    }
    check("wfi", ca.wfi, cb.wfi);
    check("device accesses", a_.device().accesses, b_.device().accesses);
    check("device", a_.device().hash, b_.device().hash);
    check("mtimecmp", a_.device().timer, b_.device().timer);
  }

  // Whatever a model has counted.
  void model() {
    if (a_.hart().port().model() == nullptr || b_.hart().port().model() == nullptr) return;
    check("cycles", a_.hart().cycles(), b_.hart().cycles());
    std::vector<uint64_t> counters;
    a_.hart().charge_instructions();
    b_.hart().charge_instructions();
    a_.hart().port().model()->each_counter(true, [&](const std::string&, uint64_t value) { counters.push_back(value); });
    size_t at = 0;
    b_.hart().port().model()->each_counter(true, [&](const std::string& name, uint64_t value) { check(name, counters[at++], value); });
  }

  void memory() {
    const uint8_t* a = a_.ram().host();
    const uint8_t* b = b_.ram().host();
    for (uint64_t page = 0; page < kRamBytes; page += kPageSize) {
      if (std::memcmp(a + page, b + page, kPageSize) == 0) continue;
      for (uint64_t at = page; at < page + kPageSize; at += 8) {
        uint64_t va = 0, vb = 0;
        std::memcpy(&va, a + at, 8);
        std::memcpy(&vb, b + at, 8);
        if (va != vb) check(fmt::format("memory at {:#x}", kRamBase + at), va, vb);
      }
    }
  }

  World& a_;
  World& b_;
  std::vector<std::string> lines_;
  std::vector<uint64_t> csrs_;
};

}  // namespace

std::vector<std::string> differences(World& a, World& b) { return Comparison(a, b).run(); }

}  // namespace rvx::fuzz
