// Rows that the interpreter executes for generated code, and what CSR and cache-block instructions do without it.
#include <bit>
#include <array>

#include "cpu/csr.hpp"
#include "cpu/hot_code.hpp"
#include "cpu/interpreter.hpp"
#include "cpu/isa/fp_env.hpp"
#include "cpu/system.hpp"
#include "jit/emitter.hpp"

namespace rvx::jit {
namespace {

using namespace asmjit;
using x86::rax, x86::rbp, x86::rcx, x86::rdx;

Mem csr_field(size_t offset) { return x86::qword_ptr(rbp, static_cast<int32_t>(offsetof(HartState, csr) + offset)); }

// fflags by the low bits of MXCSR, and the other way round.
constexpr uint32_t kSticky = 0x3f;
constexpr std::array<uint8_t, kSticky + 1> kFlagsOfMxcsr = [] {
  std::array<uint8_t, kSticky + 1> table{};
  for (uint32_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint8_t>(isa::fp::fflags_from_mxcsr(i));
  return table;
}();
constexpr std::array<uint8_t, 32> kMxcsrOfFlags = [] {
  std::array<uint8_t, 32> table{};
  for (uint32_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint8_t>(isa::fp::mxcsr_bits_from_fflags(i));
  return table;
}();

}  // namespace

void Emitter::reload_written(const IrInsn& insn) {
  const RegSet written = effects_of(region_, insn).writes;
  for (unsigned n = 1; n < 32; ++n) {
    if ((written & x_bit(n)) != 0 && has_home(n)) a.mov(x_home(n), x_memory(n));
    if ((written & f_bit(n)) != 0 && homes_->f[n] >= 0) a.vmovq(xmm(homes_->f[n]), f_memory(n));
  }
  if ((written & f_bit(0)) != 0 && homes_->f[0] >= 0) a.vmovq(xmm(homes_->f[0]), f_memory(0));
}

void Emitter::call_row_here(const IrInsn& insn) {
  const isa::Class c = isa::info(insn.insn.op).cls;
  if (c == isa::Class::kFp || c == isa::Class::kFpLoad || c == isa::Class::kFpStore) require_fp(insn);
  const bool is_system = c == isa::Class::kCsr || c == isa::Class::kSystem;
  Site* site = site_here(insn, is_system ? Site::Kind::kSystem : Site::Kind::kCall);
  site->bits = insn.insn.bits;
  Label stub = a.newLabel(), back = a.newLabel();
  const bool is_inline = emit_zero_block(insn, stub) || emit_supervisor_csr(insn, stub) || emit_counter_read(insn, stub) || emit_fp_csr(insn, stub);
  const auto call = [this, site, &insn] {
    call_slow(site);
    reload_written(insn);
  };
  if (is_inline) {
    later_here([this, call, stub, back] {
      a.bind(stub);
      call();
      a.jmp(back);
    });
    a.bind(back);
  } else {
    call();
  }
  if (c != isa::Class::kCsr) state_.boxed = 0;
  if (!is_system || keeps_fp(insn.insn)) return;
  state_.rounding = 0;
  state_.is_fs_dirty = false;
}

// x[reg] to a register of the host that may be changed.
void Emitter::copy_x(Gp to, unsigned reg) {
  if (reg == 0) a.xor_(to.r32(), to.r32());
  else if (has_home(reg)) a.mov(to, x_home(reg));
  else a.mov(to, x_memory(reg));
}

void Emitter::set_x(unsigned reg, Gp from) {
  if (reg == 0) return;
  if (has_home(reg)) a.mov(x_home(reg), from);
  else a.mov(x_memory(reg), from);
}

// CBO.ZERO of a block whose page the host TLB has for stores. False: another instruction, nothing emitted.
bool Emitter::emit_zero_block(const IrInsn& insn, const Label& stub) {
  if (insn.insn.op != isa::Op::cbo_zero) return false;
  constexpr auto kBlock = static_cast<int32_t>(kCacheBlock);
  static_assert(kBlock == 2 * 32);
  if (unit_shift() < static_cast<uint32_t>(std::countr_zero(unsigned{kCacheBlock}))) return false;  // several modelled lines
  taken_ |= 7;
  copy_x(rax, insn.insn.rs1);
  a.cmp(x86::byte_ptr(rbp, static_cast<int32_t>(offsetof(HartState, may_zero_blocks))), 0);
  a.je(stub);
  a.and_(rax, -kBlock);
  find_aligned(kBlock, true, stub);
  a.vpxor(x86::xmm0, x86::xmm0, x86::xmm0);
  a.vmovdqu(x86::ymmword_ptr(rdx), x86::ymm0);
  a.vmovdqu(x86::ymmword_ptr(rdx, kBlock / 2), x86::ymm0);
  return true;
}

// What kernels do on the way into traps and around critical sections, in S-mode: sstatus.SIE set and cleared,
// sscratch exchanged, CSRs read that hold what was written. False: another instruction, nothing emitted.
bool Emitter::emit_supervisor_csr(const IrInsn& insn, const Label& stub) {
  using isa::Op;
  const Op op = insn.insn.op;
  if (isa::info(op).cls != isa::Class::kCsr) return false;
  const unsigned number = insn.insn.bits >> 20, rd = insn.insn.rd, rs1 = insn.insn.bits >> 15 & 31;
  const bool is_set = op == Op::csrrs || op == Op::csrrsi, has_register = op == Op::csrrs || op == Op::csrrc;
  constexpr unsigned kSstatus = 0x100;
  const int stored = plain_supervisor_csr(number);
  const bool is_read = is_csr_read(insn.insn) && (stored >= 0 || number == kSstatus);
  const bool is_write = op == Op::csrrw && stored >= 0;
  const bool is_sie = number == kSstatus && ((has_register && rs1 != 0) || ((op == Op::csrrsi || op == Op::csrrci) && rs1 == mstatus::kSIE));
  if (!is_read && !is_write && !is_sie) return false;

  taken_ |= 7;
  a.cmp(x86::byte_ptr(rbp, static_cast<int32_t>(offsetof(HartState, priv))), static_cast<int>(Priv::kS));
  a.jne(stub);
  if (stored >= 0) {
    const Mem field = csr_field(static_cast<size_t>(stored));
    if (is_write) copy_x(rcx, rs1);
    if (rd != 0) a.mov(rax, field);
    if (is_write) a.mov(field, rcx);
    set_x(rd, rax);
    return true;
  }

  const Mem status = csr_field(offsetof(CsrState, mstatus));
  if (is_sie && has_register) {
    copy_x(rcx, rs1);
    a.test(rcx, ~static_cast<int32_t>(mstatus::kSIE));
    a.jnz(stub);
  }
  if (is_sie && is_set) {  // If an interrupt waits for it, the interpreter looks at which.
    a.mov(rax, csr_field(offsetof(CsrState, mip_software)));
    a.or_(rax, csr_field(offsetof(CsrState, mip_lines)));
    a.test(csr_field(offsetof(CsrState, mie)), rax);
    a.jnz(stub);
  }
  if (rd != 0) {
    // SD is FS being Dirty, both of its bits.
    static_assert(mstatus::kFS == uint64_t{3} << 13 && mstatus::kSD == uint64_t{1} << 63);
    a.mov(rax, status);
    a.mov(rdx, rax);
    a.shr(rdx, 1);
    a.and_(rdx, rax);
    a.shr(rdx, 13);
    a.shl(rdx, 63);
    a.and_(rax, constant(kSstatusStored));
    a.or_(rax, rdx);
  }
  if (is_sie && has_register) {
    if (!is_set) a.not_(rcx);
    if (is_set) a.or_(status, rcx);
    else a.and_(status, rcx);
  } else if (is_sie) {
    if (is_set) a.or_(status, static_cast<int32_t>(mstatus::kSIE));
    else a.and_(status, ~static_cast<int32_t>(mstatus::kSIE));
  }
  set_x(rd, rax);
  return true;
}

// cycle, instret, and in M-mode what they show. False: another instruction, nothing emitted.
bool Emitter::emit_counter_read(const IrInsn& insn, const Label& stub) {
  constexpr unsigned kCycle = 0xc00, kInstret = 0xc02, kMcycle = 0xb00, kMinstret = 0xb02;
  const unsigned number = insn.insn.bits >> 20;
  const bool is_cycle = number == kCycle || number == kMcycle, is_instret = number == kInstret || number == kMinstret;
  if (!is_csr_read(insn.insn) || !(is_cycle || is_instret)) return false;
  taken_ |= 1;
  if (number == kMcycle || number == kMinstret) {
    a.cmp(x86::byte_ptr(rbp, static_cast<int32_t>(offsetof(HartState, priv))), static_cast<int>(Priv::kM));
    a.jne(stub);
  }
  a.test(x86::byte_ptr(rbp, static_cast<int32_t>(offsetof(HartState, running_counters))), static_cast<int>(is_cycle ? counter::kCycle : counter::kInstret));
  a.jz(stub);
  if (insn.insn.rd == 0) return true;
  // What has retired is where the run ends, less what is left of it.
  a.mov(rax, x86::qword_ptr(rbp, static_cast<int32_t>(offsetof(HartState, run))));
  a.mov(rax, x86::qword_ptr(rax, static_cast<int32_t>(offsetof(InterpreterRun, until))));
  if (model_.is_there) {
    a.add(rax, x86::r15);
    a.sub(rax, state_field(offsetof(HartState, model_limit)));
  } else {
    a.sub(rax, x86::r15);
  }
  a.add(rax, csr_field(offsetof(CsrState, counter_offset) + sizeof(uint64_t) * (is_cycle ? 0 : 2)));
  a.add(rax, state_.pending - static_cast<int32_t>(kMaxStretch));
  set_x(insn.insn.rd, rax);
  return true;
}

// fflags, frm and fcsr read, and fflags written while FS is Dirty. False: another instruction, nothing emitted.
bool Emitter::emit_fp_csr(const IrInsn& insn, const Label& stub) {
  constexpr unsigned kFflags = 1, kFrm = 2, kFcsr = 3;
  const unsigned number = insn.insn.bits >> 20, rd = insn.insn.rd, rs1 = insn.insn.bits >> 15 & 31;
  const bool has_immediate = insn.insn.op == isa::Op::csrrwi;
  const bool is_write = number == kFflags && (insn.insn.op == isa::Op::csrrw || has_immediate);
  if (number < kFflags || number > kFcsr || !(is_write || is_csr_read(insn.insn))) return false;

  taken_ |= 7;
  const size_t field = is_write ? offsetof(HartState, rounding_ok_dirty) : offsetof(HartState, rounding_ok);
  a.test(x86::dword_ptr(rbp, static_cast<int32_t>(field)), Imm(uint32_t{1} << kNoRounding));
  a.jz(stub);
  const Mem mxcsr = x86::dword_ptr(rbp, static_cast<int32_t>(offsetof(HartState, region_value)));
  const auto look_up = [&](Gp index, const uint8_t* table) {
    a.mov(rcx, reinterpret_cast<uint64_t>(table));
    a.movzx(index.r32(), x86::byte_ptr(rcx, index));
  };
  if (number != kFrm) a.vstmxcsr(mxcsr);
  if (is_write && !has_immediate) copy_x(rdx, rs1);
  if (rd != 0) {
    if (number == kFrm) {
      a.mov(rax, csr_field(offsetof(CsrState, frm)));
    } else {
      a.mov(x86::eax, mxcsr);
      a.and_(x86::eax, kSticky);
      look_up(rax, kFlagsOfMxcsr.data());
    }
    if (number == kFcsr) {
      a.mov(rcx, csr_field(offsetof(CsrState, frm)));
      a.shl(rcx, 5);
      a.or_(rax, rcx);
    }
    set_x(rd, rax);
  }
  if (!is_write) return true;
  a.and_(mxcsr, ~static_cast<int32_t>(kSticky));
  if (has_immediate) {
    if (rs1 != 0) a.or_(mxcsr, static_cast<int32_t>(kMxcsrOfFlags[rs1]));
  } else {
    a.and_(x86::edx, 31);
    look_up(rdx, kMxcsrOfFlags.data());
    a.or_(mxcsr, x86::edx);
  }
  a.vldmxcsr(mxcsr);
  return true;
}

}  // namespace rvx::jit
