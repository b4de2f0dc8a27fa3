// Execution of CSR and system instructions.
#include "cpu/system.hpp"

#include <cstring>
#include <optional>

#include "cpu/csr.hpp"
#include "cpu/isa/fp_env.hpp"

namespace rvx {
namespace {

using isa::Op;
using Kind = SystemOutcome::Kind;


SystemOutcome next() { return {Kind::kNext}; }
SystemOutcome illegal(uint32_t bits) { return {Kind::kException, cause::kIllegalInstruction, bits}; }
SystemOutcome fault(Hart& h) { return {Kind::kException, h.port().fault().code, h.port().fault().address}; }

// "CSR Instructions": CSRRW with rd = x0 does not read; set and clear with rs1 = x0 (or immediate 0)
// do not write.
SystemOutcome csr(Hart& h, const PreOp& op, Op which, uint32_t bits) {
  const bool is_immediate = which == Op::csrrwi || which == Op::csrrsi || which == Op::csrrci;
  const uint64_t operand = is_immediate ? op.rs1 : h.s.x[op.rs1];
  CsrOp kind = CsrOp::kReadWrite;
  if (which == Op::csrrw || which == Op::csrrwi) {
    if (op.rd == kSinkRegister) kind = CsrOp::kWrite;
  } else if (op.rs1 == 0) {
    kind = CsrOp::kRead;
  } else {
    kind = which == Op::csrrs || which == Op::csrrsi ? CsrOp::kSet : CsrOp::kClear;
  }
  uint64_t old = 0;
  if (!access_csr(h, static_cast<unsigned>(op.imm), kind, operand, old)) return illegal(bits);
  h.s.x[op.rd] = old;
  return next();
}

// SFENCE.VMA and SINVAL.VMA. rs1 or rs2 being x0 counts by register number, not by value.
SystemOutcome sfence(Hart& h, const PreOp& op, uint32_t bits) {
  if (h.s.priv == Priv::kU || (h.s.priv == Priv::kS && (h.s.csr.mstatus & mstatus::kTVM))) return illegal(bits);
  std::optional<uint64_t> va;
  std::optional<uint16_t> asid;
  if (op.rs1 != 0) va = h.s.x[op.rs1];
  if (op.rs2 != 0) asid = static_cast<uint16_t>(h.s.x[op.rs2]);
  h.port().fence(va, asid);
  if (h.s.priv == Priv::kM) h.environment().firmware_fence(h);
  ++h.counters().fences;
  h.monitor().event_happened();
  return next();
}

// "Wait for Interrupt". CHOICE: with TW set, and in U-mode, WFI traps at once.
SystemOutcome wfi(Hart& h, uint32_t bits) {
  if (h.s.priv == Priv::kU || (h.s.priv == Priv::kS && (h.s.csr.mstatus & mstatus::kTW))) return illegal(bits);
  ++h.counters().wfi;
  if (!h.has_wakeup()) {
    h.s.waiting = true;
    h.s.attention |= attention::kWait;
  }
  return next();
}

// "Wait-on-Reservation-Set Instructions": stalling is optional; other harts get their turn.
SystemOutcome wait_on_reservation(Hart& h, Op which, uint32_t bits) {
  if (which == Op::wrs_nto && h.s.priv != Priv::kM && (h.s.csr.mstatus & mstatus::kTW) && h.s.reservation != 0)
    return illegal(bits);
  h.s.attention |= attention::kYield;
  return next();
}

SystemOutcome cache_block(Hart& h, const PreOp& op, Op which, uint32_t bits) {
  const uint64_t va = h.s.x[op.rs1];
  if (which == Op::cbo_zero) {
    if (!h.s.may_zero_blocks) return illegal(bits);
    return h.port().zero_block(va, kCacheBlock) == MemStatus::kOk ? next() : fault(h);
  }
  // CBIE has two bits; any non-zero value enables (as flush or as invalidate, which are the same here).
  const uint64_t field = which == Op::cbo_inval ? envcfg::kCBIE : envcfg::kCBCFE;
  if (!h.allows_block(field)) return illegal(bits);
  return h.port().check_block(va, kCacheBlock) == MemStatus::kOk ? next() : fault(h);
}

SystemOutcome breakpoint(Hart& h) {
  switch (h.environment().semihosting_call(h)) {
    case HartEnvironment::Call::kDone: return next();
    case HartEnvironment::Call::kRetry:
      h.s.attention |= attention::kYield;
      return {Kind::kJump};
    case HartEnvironment::Call::kNone: break;
  }
  return {Kind::kException, cause::kBreakpoint, h.s.pc};
}

SystemOutcome environment_call(const Hart& h) {
  constexpr unsigned kCodes[] = {cause::kEcallFromU, cause::kEcallFromS, 0, cause::kEcallFromM};
  return {Kind::kException, kCodes[static_cast<unsigned>(h.s.priv)], 0};
}

SystemOutcome execute(Hart& h, const PreOp& op, Op which, uint32_t bits) {
  switch (which) {
    case Op::csrrw:
    case Op::csrrs:
    case Op::csrrc:
    case Op::csrrwi:
    case Op::csrrsi:
    case Op::csrrci: return csr(h, op, which, bits);
    case Op::ecall: return environment_call(h);
    case Op::ebreak: return breakpoint(h);
    case Op::mret: return h.mret() ? SystemOutcome{Kind::kJump} : illegal(bits);
    case Op::sret: return h.sret() ? SystemOutcome{Kind::kJump} : illegal(bits);
    case Op::wfi: return wfi(h, bits);
    case Op::sfence_vma:
    case Op::sinval_vma: return sfence(h, op, bits);
    case Op::sfence_w_inval:
    case Op::sfence_inval_ir: return h.s.priv == Priv::kU ? illegal(bits) : next();
    case Op::fence_i:
      // The hart's own stores to predecoded code drop it as they happen.
      h.environment().fetch_fence(h);
      return next();
    case Op::wrs_nto:
    case Op::wrs_sto: return wait_on_reservation(h, which, bits);
    case Op::cbo_inval:
    case Op::cbo_clean:
    case Op::cbo_flush:
    case Op::cbo_zero: return cache_block(h, op, which, bits);
    case Op::sltu:
      h.environment().event(h, h.s.x[op.rs1], h.s.x[op.rs2]);
      return next();
    default: return illegal(bits);
  }
}

}  // namespace

SystemOutcome execute_system(Hart& h, const PreOp& op, Op which, uint32_t bits) noexcept {
  CsrState& c = h.s.csr;
  c.fflags = isa::fp::fflags_from_mxcsr(isa::fp::read_mxcsr());
  const SystemOutcome outcome = execute(h, op, which, bits);
  isa::fp::write_mxcsr(isa::fp::mxcsr_for(static_cast<unsigned>(c.frm), static_cast<unsigned>(c.fflags)));
  return outcome;
}

}  // namespace rvx
