// One hart: its state, its memory port, traps, interrupts and what it asks of the machine around it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "cpu/hart_state.hpp"
#include "cpu/model_counts.hpp"
#include "cpu/isa/isa_config.hpp"
#include "cpu/performance_monitor.hpp"
#include "mmu/memory_port.hpp"

namespace rvx {

// Exception and interrupt codes by name, from causes.inc.
namespace cause {
#define EXCEPTION(name, code, text) inline constexpr unsigned k##name = code;
#define INTERRUPT(name, code, text) inline constexpr unsigned k##name = code;
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
inline constexpr uint64_t kInterruptFlag = uint64_t{1} << 63;
}  // namespace cause

// "supervisor timer interrupt", "load page fault", ... for an mcause value.
[[nodiscard]] const char* cause_text(uint64_t mcause) noexcept;

class Hart;

// What a hart needs from outside while it runs.
class HartEnvironment {
 public:
  virtual ~HartEnvironment() = default;
  // Value of the time CSR for this hart now, in ticks of the timebase.
  [[nodiscard]] virtual uint64_t time(const Hart& hart) const noexcept = 0;
  // EBREAK at s.pc: is it a semihosting call?
  enum class Call : uint8_t {
    kNone,   // no: a breakpoint exception
    kDone,   // served, a0 set: execution continues after it
    kRetry,  // waits for input: execute the same instruction again later
  };
  [[nodiscard]] virtual Call semihosting_call(Hart& hart) noexcept = 0;
  // FENCE.I: what other harts and devices have stored so far is seen by the hart's fetches.
  virtual void fetch_fence(Hart& hart) noexcept = 0;
  // SFENCE.VMA in M-mode was executed: what firmware does where another hart waits for it.
  virtual void firmware_fence(Hart& hart) noexcept { static_cast<void>(hart); }
  // Whether event() is to be called; the same for as long as the hart lives. If not, an event costs what any other
  // instruction without effect does.
  [[nodiscard]] virtual bool observes_events() const noexcept { return false; }
  // The guest's event at s.pc: `sltu x0, rs1, rs2`, a HINT for custom use, with the values of rs1 and rs2.
  virtual void event(Hart& hart, uint64_t word, uint64_t argument) noexcept {
    static_cast<void>(hart), static_cast<void>(word), static_cast<void>(argument);
  }
};

struct HartCounters {
  std::array<uint64_t, 16> exceptions{};  // by code
  std::array<uint64_t, 16> interrupts{};  // by code
  uint64_t wfi = 0;
  uint64_t fences = 0;       // SFENCE.VMA and SINVAL.VMA
  uint64_t satp_writes = 0;

  HartCounters& operator+=(const HartCounters& other) noexcept {
    for (size_t i = 0; i < exceptions.size(); ++i) exceptions[i] += other.exceptions[i];
    for (size_t i = 0; i < interrupts.size(); ++i) interrupts[i] += other.interrupts[i];
    wfi += other.wfi;
    fences += other.fences;
    satp_writes += other.satp_writes;
    return *this;
  }
};

class Hart {
 public:
  Hart(unsigned id, const isa::IsaConfig& config, PhysicalMemory& memory, HartEnvironment& environment);

  // Registers of a trap and the mode it goes to, "Machine-Level ISA" and "Supervisor-Level ISA".
  // `value` is what xtval gets. s.pc must be the exact pc. Leaves s.pc at the handler.
  void take_exception(unsigned code, uint64_t value) noexcept;
  // Take the pending enabled interrupt of highest priority, if there is one. Wakes from WFI.
  bool take_interrupt() noexcept;

  [[nodiscard]] uint64_t mip() const noexcept { return s.csr.mip_software | lines(); }
  // The bits of mip that devices and timers hold up now.
  [[nodiscard]] uint64_t lines() const noexcept {
    return std::atomic_ref(const_cast<uint64_t&>(s.csr.mip_lines)).load(std::memory_order_relaxed);
  }
  // The interrupt that would be taken now, by code, or -1.
  [[nodiscard]] int deliverable_interrupt() const noexcept;
  // Whether WFI would end: some enabled interrupt is pending, whatever the global enables say.
  [[nodiscard]] bool has_wakeup() const noexcept { return (mip() & s.csr.mie) != 0; }

  // A device or timer raises or lowers bits of mip.
  void set_lines(uint64_t bits, bool level) noexcept;
  // The same from another thread than that which runs the hart. It looks at its next safe point.
  void set_lines_elsewhere(uint64_t bits, bool level) noexcept {
    std::atomic_ref lines(s.csr.mip_lines);
    static_cast<void>(level ? lines.fetch_or(bits) : lines.fetch_and(~bits));
  }
  // Re-evaluate STIP from stimecmp against the time (Sstc).
  void update_supervisor_timer() noexcept;
  [[nodiscard]] bool has_sstc() const noexcept { return sstc_ && (s.csr.menvcfg & envcfg::kSTCE); }

  // xRET. False: illegal in the current mode. On success s.pc is the return address.
  [[nodiscard]] bool mret() noexcept;
  [[nodiscard]] bool sret() noexcept;

  // After anything changed that decides translation or what may be used: privilege, mstatus, satp, menvcfg,
  // senvcfg, frm, which counters run. (mcounteren and scounteren are about modes below those that write them.)
  void mode_changed() noexcept;
  // Ask for the interrupt check at the next instruction boundary if one became deliverable.
  void interrupts_changed() noexcept {
    if (deliverable_interrupt() >= 0) s.attention |= attention::kInterrupt;
  }

  // Reset to the given pc in M-mode; registers zero.
  void reset(uint64_t pc) noexcept;

  // Whether the environment configuration of the modes above lets a cache-block instruction run: a field of
  // menvcfg for S, and of senvcfg too for U.
  [[nodiscard]] bool allows_block(uint64_t envcfg_field) const noexcept;
  // The counters that the mode in force may read, bits as in mcounteren. "Hardware Performance Monitor".
  [[nodiscard]] uint64_t visible_counters() const noexcept;

  [[nodiscard]] unsigned id() const noexcept { return id_; }
  [[nodiscard]] const isa::IsaConfig& config() const noexcept { return config_; }
  [[nodiscard]] bool has(isa::Ext e) const noexcept { return config_.has(e); }
  [[nodiscard]] MemoryPort& port() noexcept { return port_; }
  [[nodiscard]] const MemoryPort& port() const noexcept { return port_; }
  [[nodiscard]] HartEnvironment& environment() noexcept { return environment_; }
  [[nodiscard]] const HartCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] HartCounters& counters() noexcept { return counters_; }
  [[nodiscard]] PerformanceMonitor& monitor() noexcept { return monitor_; }
  [[nodiscard]] const PerformanceMonitor& monitor() const noexcept { return monitor_; }
  [[nodiscard]] uint64_t time() const noexcept { return environment_.time(*this); }

  // From now on memory is the model's, and cycles are what it charges. nullptr ends that. See MemoryPort::attach.
  void attach(MemoryModel* model, bool is_exact) noexcept;
  // How many bits of an ASID satp holds; 16 after construction.
  void set_asid_bits(unsigned bits) noexcept { satp_mask_ = ~(((uint64_t{1} << 16) - (uint64_t{1} << bits)) << 44); }
  [[nodiscard]] uint64_t satp_mask() const noexcept { return satp_mask_; }
  // Cycles up to here: modelled ones, or one for each instruction that retired.
  [[nodiscard]] uint64_t cycles() const noexcept {
    const MemoryModel* const model = port_.model();
    if (model == nullptr) return cycles_before_ + s.instret - charged_;
    return cycles_before_ + model->account().total() + (s.instret - charged_) * model->config().cycles.instruction;
  }
  // The cycles that an instruction costs by itself.
  [[nodiscard]] uint64_t instruction_cycles() const noexcept { return port_.model() == nullptr ? 1 : port_.model()->config().cycles.instruction; }
  // Charge the model with what has retired so far, in the mode in force.
  void charge_instructions() noexcept;

  // The fetch of the instruction at s.pc again, for xtval of illegal instructions; 0 when it cannot be had.
  [[nodiscard]] uint32_t instruction_at(uint64_t pc) noexcept;

  HartState s;

 private:
  void enter(bool to_supervisor, uint64_t cause_value, uint64_t value) noexcept;
  void return_to(Priv to) noexcept;

  unsigned id_;
  isa::IsaConfig config_;
  HartEnvironment& environment_;
  MemoryPort port_;
  HartCounters counters_;
  PerformanceMonitor monitor_{*this};
  bool sstc_;
  ModelCounts model_counts_{*this};
  uint64_t satp_mask_ = ~uint64_t{0};
  uint64_t cycles_before_ = 0;  // those that passed before the model was attached
  uint64_t charged_ = 0;        // instret that is in cycles_before_ or in the model's account
};

}  // namespace rvx
