// One hart: trap entry and return, interrupt selection, and what follows from a change of mode.
#include "cpu/hart.hpp"

#include <bit>
#include <cstring>

#include "cpu/isa/fp_env.hpp"
#include "mmu/host_access.hpp"

namespace rvx {

const char* cause_text(uint64_t mcause) noexcept {
  if (mcause & cause::kInterruptFlag) {
    switch (mcause & ~cause::kInterruptFlag) {
#define EXCEPTION(name, code, text)
#define INTERRUPT(name, code, text) case code: return text;
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
      default: return "unknown interrupt";
    }
  }
  switch (mcause) {
#define EXCEPTION(name, code, text) case code: return text;
#define INTERRUPT(name, code, text)
#include "cpu/isa/causes.inc"
#undef EXCEPTION
#undef INTERRUPT
    default: return "unknown exception";
  }
}

Hart::Hart(unsigned id, const isa::IsaConfig& config, PhysicalMemory& memory, HartEnvironment& environment)
    : id_(id), config_(config), environment_(environment), port_(memory, s.view, id), sstc_(config.has(isa::Ext::kSstc)) {
  reset(0);
}

void Hart::reset(uint64_t pc) noexcept {
  const HostTlbView view = s.view;
  s = HartState{};
  s.view = view;
  s.pc = pc;
  s.misaligned_pc_bits = has(isa::Ext::kC) || has(isa::Ext::kZca) ? 0 : 2;
  if (has(isa::Ext::kU)) s.csr.mstatus |= mstatus::kUXL;
  if (has(isa::Ext::kS)) s.csr.mstatus |= mstatus::kSXL;
  // CHOICE: A/D bits are set by the walker from reset on where Svadu is there (menvcfg.ADUE = 1),
  // so that software which knows nothing of the extension needs no fault handler.
  if (has(isa::Ext::kSvadu)) s.csr.menvcfg |= envcfg::kADUE;
  port_.flush_all();
  monitor_.reset();
  mode_changed();
}

void Hart::attach(MemoryModel* model, bool is_exact) noexcept {
  monitor_.set_event_counts(nullptr);  // while the old model is there
  cycles_before_ = cycles();
  charged_ = s.instret;
  if (model != nullptr) {
    cycles_before_ -= model->account().total();
    model->enter(s.priv);
  }
  port_.attach(model, is_exact);
  if (model != nullptr) monitor_.set_event_counts(&model_counts_);
  mode_changed();
}

void Hart::charge_instructions() noexcept {
  if (port_.model() == nullptr) return;
  port_.model()->retired(s.instret - charged_);
  charged_ = s.instret;
}

void Hart::enter(bool to_supervisor, uint64_t cause_value, uint64_t value) noexcept {
  CsrState& c = s.csr;
  const auto from = static_cast<uint64_t>(s.priv);
  uint64_t tvec = 0;
  charge_instructions();
  if (to_supervisor) {
    c.sepc = s.pc;
    c.scause = cause_value;
    c.stval = value;
    const bool enabled = c.mstatus & mstatus::kSIE;
    c.mstatus &= ~(mstatus::kSPIE | mstatus::kSIE | mstatus::kSPP);
    if (enabled) c.mstatus |= mstatus::kSPIE;
    if (from != 0) c.mstatus |= mstatus::kSPP;
    s.priv = Priv::kS;
    tvec = c.stvec;
  } else {
    c.mepc = s.pc;
    c.mcause = cause_value;
    c.mtval = value;
    const bool enabled = c.mstatus & mstatus::kMIE;
    c.mstatus &= ~(mstatus::kMPIE | mstatus::kMIE | mstatus::kMPP);
    if (enabled) c.mstatus |= mstatus::kMPIE;
    c.mstatus |= from << mstatus::kMppShift;
    s.priv = Priv::kM;
    tvec = c.mtvec;
  }
  const bool is_vectored = (tvec & 1) && (cause_value & cause::kInterruptFlag);
  port_.end_failed_fetch();
  monitor_.mode_changed(0);  // before the trap costs cycles, which are the new mode's
  if (MemoryModel* const model = port_.model(); model != nullptr) {
    model->enter(s.priv);
    model->took_trap();
  }
  s.pc = (tvec & ~uint64_t{3}) + (is_vectored ? 4 * (cause_value & ~cause::kInterruptFlag) : 0);
  mode_changed();
}

void Hart::take_exception(unsigned code, uint64_t value) noexcept {
  ++counters_.exceptions[code & 15];
  const bool to_supervisor = s.priv != Priv::kM && ((s.csr.medeleg >> code) & 1);
  enter(to_supervisor, code, value);
}

int Hart::deliverable_interrupt() const noexcept {
  const uint64_t pending = mip() & s.csr.mie;
  if (pending == 0) return -1;
  const bool m_enabled = s.priv != Priv::kM || (s.csr.mstatus & mstatus::kMIE);
  const bool s_enabled = s.priv == Priv::kU || (s.priv == Priv::kS && (s.csr.mstatus & mstatus::kSIE));
  uint64_t ready = m_enabled ? pending & ~s.csr.mideleg : 0;
  if (ready == 0) ready = s_enabled ? pending & s.csr.mideleg : 0;
  if (ready == 0) return -1;
  // Decreasing priority, "Machine Interrupt (mip and mie) Registers".
  constexpr unsigned kOrder[] = {cause::kMachineExternal, cause::kMachineSoftware, cause::kMachineTimer,
                                 cause::kSupervisorExternal, cause::kSupervisorSoftware, cause::kSupervisorTimer,
                                 cause::kCounterOverflow};
  for (unsigned code : kOrder)
    if ((ready >> code) & 1) return static_cast<int>(code);
  return -1;
}

bool Hart::take_interrupt() noexcept {
  if (has_wakeup()) s.waiting = false;
  const int code = deliverable_interrupt();
  if (code < 0) return false;
  const auto bit = static_cast<unsigned>(code);
  ++counters_.interrupts[bit & 15];
  enter(((s.csr.mideleg >> bit) & 1) != 0, cause::kInterruptFlag | bit, 0);
  return true;
}

void Hart::set_lines(uint64_t bits, bool level) noexcept {
  if ((lines() & bits) != (level ? bits : 0)) set_lines_elsewhere(bits, level);
  if (!level) return;
  if (s.waiting && has_wakeup()) s.attention |= attention::kInterrupt;
  interrupts_changed();
}

void Hart::update_supervisor_timer() noexcept {
  if (has_sstc()) set_lines(irq::kSTI, time() >= s.csr.stimecmp);
}

void Hart::return_to(Priv to) noexcept {
  if (MemoryModel* const model = port_.model(); model != nullptr) {
    charge_instructions();
    model->returned_from_trap();
    model->enter(to);
  }
  s.priv = to;
}

bool Hart::mret() noexcept {
  if (s.priv != Priv::kM) return false;
  uint64_t& status = s.csr.mstatus;
  const auto to = static_cast<Priv>((status & mstatus::kMPP) >> mstatus::kMppShift);
  status = (status & ~mstatus::kMIE) | ((status & mstatus::kMPIE) ? mstatus::kMIE : 0);
  status |= mstatus::kMPIE;
  status &= ~mstatus::kMPP;
  if (!has(isa::Ext::kU)) status |= mstatus::kMPP;  // the least-privileged supported mode is M
  if (to != Priv::kM) status &= ~mstatus::kMPRV;
  return_to(to);
  s.pc = s.csr.mepc;
  monitor_.mode_changed(1);
  mode_changed();
  interrupts_changed();
  return true;
}

bool Hart::sret() noexcept {
  if (!has(isa::Ext::kS) || s.priv == Priv::kU || (s.priv == Priv::kS && (s.csr.mstatus & mstatus::kTSR))) return false;
  uint64_t& status = s.csr.mstatus;
  const Priv to = (status & mstatus::kSPP) ? Priv::kS : Priv::kU;
  status = (status & ~mstatus::kSIE) | ((status & mstatus::kSPIE) ? mstatus::kSIE : 0);
  status |= mstatus::kSPIE;
  status &= ~(mstatus::kSPP | mstatus::kMPRV);
  return_to(to);
  s.pc = s.csr.sepc;
  monitor_.mode_changed(1);
  mode_changed();
  interrupts_changed();
  return true;
}

bool Hart::allows_block(uint64_t field) const noexcept {
  if (s.priv == Priv::kM) return true;
  if (!(s.csr.menvcfg & field)) return false;
  return s.priv == Priv::kS || !has(isa::Ext::kS) || (s.csr.senvcfg & field);
}

uint64_t Hart::visible_counters() const noexcept {
  if (s.priv == Priv::kM) return ~uint64_t{0};
  return s.priv == Priv::kS || !has(isa::Ext::kS) ? s.csr.mcounteren : s.csr.mcounteren & s.csr.scounteren;
}

void Hart::mode_changed() noexcept {
  const CsrState& c = s.csr;
  s.may_zero_blocks = allows_block(envcfg::kCBZE);
  const uint64_t running = has(isa::Ext::kZicntr) ? visible_counters() & monitor_.running_by_instret() : 0;
  s.running_counters = static_cast<uint8_t>(running & (counter::kCycle | counter::kInstret));
  const bool has_fp = has(isa::Ext::kF) && (c.mstatus & mstatus::kFS) != 0;
  s.rounding_ok = has_fp ? isa::fp::direct_rounding(static_cast<unsigned>(c.frm)) | 1u << kNoRounding : 0;
  s.rounding_ok_dirty = (c.mstatus & mstatus::kFS) == mstatus::kFS ? s.rounding_ok : 0;

  TranslationContext fetch;
  fetch.priv = s.priv;
  fetch.hardware_ad = (c.menvcfg & envcfg::kADUE) != 0;
  fetch.pbmt = (c.menvcfg & envcfg::kPBMTE) != 0;
  fetch.napot = has(isa::Ext::kSvnapot);
  TranslationContext data = fetch;
  if (s.priv != Priv::kM) {
    fetch.satp = c.satp;
  } else if (c.mstatus & mstatus::kMPRV) {
    data.priv = static_cast<Priv>((c.mstatus & mstatus::kMPP) >> mstatus::kMppShift);
  }
  if (data.priv != Priv::kM) {
    data.satp = c.satp;
    data.sum = (c.mstatus & mstatus::kSUM) != 0;
    data.mxr = (c.mstatus & mstatus::kMXR) != 0;
  }
  port_.select(data, fetch);
}

uint32_t Hart::instruction_at(uint64_t pc) noexcept {
  uint32_t bits = 0;
  for (unsigned half = 0; half < 2; ++half) {
    uint64_t physical = 0, value = 0;
    if (port_.translate_fetch(pc + 2 * half, 2, physical) != MemStatus::kOk) return 0;
    if (port_.memory().ram().contains(physical, 2)) {
      value = load_guest<uint16_t>(port_.memory().ram().at(physical));
    } else if (!port_.memory().read_device(physical, 2, value, id_)) {
      return 0;
    }
    bits |= static_cast<uint32_t>(value & 0xffff) << (16 * half);
    if ((bits & 3) != 3) break;
  }
  return bits;
}

}  // namespace rvx
