// Spike's execution log and commit log, written instruction by instruction.
#include "cpu/commit_log.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cpu/csr.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"

namespace rvx {
namespace {

using isa::Class;
using isa::Op;

enum RegisterKind : unsigned { kInteger = 0, kFloat = 1, kCsr = 4 };
constexpr unsigned kKindBits = 4;
constexpr unsigned key(unsigned number, RegisterKind kind) { return number << kKindBits | kind; }

constexpr unsigned kFflags = 0x001, kFrm = 0x002, kMstatus = 0x300, kSie = 0x104, kMie = 0x304,
                   kMip = 0x344;
constexpr unsigned kCacheBlock = 64;  // bytes

// CSRs that are views of others: a write is listed as one of what lies below.
struct View {
  unsigned number;
  unsigned below[2];  // 0 = none
};
constexpr View kViews[] = {
    {0x003, {kFflags, kFrm}},  // fcsr
    {0x100, {kMstatus, 0}},    // sstatus
    {0x104, {kSie, kMie}},     // sie, which is listed as well
    {0x144, {kMip, 0}},        // sip
};

// CSRs that take writes without effect: event counters and what selects their events.
bool is_constant(unsigned number) {
  return (number >= 0xb03 && number <= 0xb1f) || (number >= 0x323 && number <= 0x33f);
}

// Bytes that a load, store or atomic instruction moves, from the last letter of its mnemonic.
unsigned access_bytes(Op op) {
  std::string_view name = isa::info(op).name;
  name = name.substr(0, name.find(".aq"));
  if (name.ends_with('u')) name.remove_suffix(1);
  switch (name.back()) {
    case 'b': return 1;
    case 'h': return 2;
    case 'w': return 4;
    case 'q': return 16;
    default: return 8;
  }
}

uint64_t low_bytes(uint64_t value, unsigned bytes) {
  return bytes >= 8 ? value : value & ((uint64_t{1} << (8 * bytes)) - 1);
}

bool is_compare_and_swap(Op op) {
  return op == Op::amocas_w || op == Op::amocas_d || op == Op::amocas_q;
}

bool writes_csr(const isa::Insn& insn) {
  const isa::Format format = isa::info(insn.op).format;
  if (format != isa::Format::kCsr && format != isa::Format::kCsrImm) return false;
  return insn.op == Op::csrrw || insn.op == Op::csrrwi || insn.rs1 != 0;
}

const char* trap_name(unsigned code) {
  switch (code) {
    case cause::kInstructionAddressMisaligned: return "trap_instruction_address_misaligned";
    case cause::kInstructionAccessFault: return "trap_instruction_access_fault";
    case cause::kIllegalInstruction: return "trap_illegal_instruction";
    case cause::kBreakpoint: return "trap_breakpoint";
    case cause::kLoadAddressMisaligned: return "trap_load_address_misaligned";
    case cause::kLoadAccessFault: return "trap_load_access_fault";
    case cause::kStoreAddressMisaligned: return "trap_store_address_misaligned";
    case cause::kStoreAccessFault: return "trap_store_access_fault";
    case cause::kEcallFromU: return "trap_user_ecall";
    case cause::kEcallFromS: return "trap_supervisor_ecall";
    case cause::kEcallFromM: return "trap_machine_ecall";
    case cause::kInstructionPageFault: return "trap_instruction_page_fault";
    case cause::kLoadPageFault: return "trap_load_page_fault";
    case cause::kStorePageFault: return "trap_store_page_fault";
    default: return nullptr;
  }
}

bool has_value(unsigned code) {
  return code != cause::kEcallFromU && code != cause::kEcallFromS && code != cause::kEcallFromM;
}

}  // namespace

void CommitLog::before(Hart& hart) {
  Pending& p = pending_;
  HartState& s = hart.s;
  p.insn = isa::decode(hart.instruction_at(s.pc), hart.config());
  p.pc = s.pc;
  p.priv = s.priv;
  p.rs1 = s.x[p.insn.rs1];
  p.rs2 = s.x[p.insn.rs2];
  p.rd = s.x[p.insn.rd];
  p.fs2 = s.f[p.insn.rs2];
  p.mstatus = s.csr.mstatus;
  p.owns_fflags = isa::info(p.insn.op).cls == Class::kFp;
  if (options_.instructions) log_instruction(hart);
  if (p.owns_fflags) p.fflags = std::exchange(s.csr.fflags, 0);
}

void CommitLog::after(Hart& hart, bool exception) {
  uint64_t raised = 0;
  if (pending_.owns_fflags) {
    raised = hart.s.csr.fflags;
    hart.s.csr.fflags |= pending_.fflags;
  }
  if (options_.commits && !exception) log_commit(hart, raised);
}

void CommitLog::trap(Hart& hart, uint64_t cause_value, uint64_t pc, uint64_t value) {
  if (!options_.instructions) return;
  const auto code = static_cast<unsigned>(cause_value & 0xff);
  const bool is_interrupt = (cause_value & cause::kInterruptFlag) != 0;
  const char* known = is_interrupt ? nullptr : trap_name(code);
  const std::string name =
      known != nullptr ? known : fmt::format("{} #{}", is_interrupt ? "interrupt" : "trap", code);
  fmt::print(out_, "core{:4}: exception {}, epc 0x{:016x}\n", hart.id(), name, pc);
  if (!is_interrupt && has_value(code))
    fmt::print(out_, "core{:4}:           tval 0x{:016x}\n", hart.id(), value);
}

void CommitLog::log_instruction(Hart& hart) {
  if (repeated_.size() <= hart.id()) repeated_.resize(hart.id() + size_t{1});
  Repeated& repeated = repeated_[hart.id()];
  const Pending& p = pending_;
  if (repeated.pc == p.pc && repeated.bits == p.insn.bits) {
    ++repeated.times;
    return;
  }
  if (options_.symbol_at) {
    if (const std::string symbol = options_.symbol_at(p.pc); !symbol.empty())
      fmt::print(out_, "core{:4}: >>>>  {}\n", hart.id(), symbol);
  }
  if (repeated.times != 1)
    fmt::print(out_, "core{:4}: Executed {} times\n", hart.id(), repeated.times);
  fmt::print(out_, "core{:4}: 0x{:016x} (0x{:08x}) {}\n", hart.id(), p.pc, p.insn.bits,
             isa::disassemble(p.insn.bits, hart.config()));
  repeated = {p.pc, p.insn.bits, 1};
}

void CommitLog::log_commit(Hart& hart, uint64_t raised_fflags) {
  const Pending& p = pending_;
  std::string line =
      fmt::format("core{:4}: {} 0x{:016x} (0x{:0{}x})", hart.id(), static_cast<unsigned>(p.priv),
                  p.pc, p.insn.bits, 2 * p.insn.length);
  for (const auto& [which, value] : register_writes(hart, raised_fflags)) {
    const unsigned number = which >> kKindBits;
    switch (which & ((1u << kKindBits) - 1)) {
      case kInteger: line += fmt::format(" x{:<2} 0x{:016x}", number, value); break;
      case kFloat: line += fmt::format(" f{:<2} 0x{:016x}", number, value); break;
      default:
        line += fmt::format(" c{}_{} 0x{:016x}", number, isa::csr_name(number), value);
        break;
    }
  }
  append_memory(hart, line);
  line += '\n';
  (void)std::fwrite(line.data(), 1, line.size(), out_);
}

std::vector<CommitLog::Write> CommitLog::register_writes(Hart& hart, uint64_t raised_fflags) const {
  const isa::Insn& insn = pending_.insn;
  const HartState& s = hart.s;
  std::vector<Write> writes;
  const std::string_view syntax = isa::info(isa::info(insn.op).format).syntax;
  if (syntax.starts_with("rd") && insn.rd != 0) {
    writes.emplace_back(key(insn.rd, kInteger), s.x[insn.rd]);
    if (insn.op == Op::amocas_q) writes.emplace_back(key(insn.rd + 1u, kInteger), s.x[insn.rd + 1]);
  }
  if (syntax.starts_with("fd")) writes.emplace_back(key(insn.rd, kFloat), s.f[insn.rd]);
  if (raised_fflags != 0) add_csr(hart, kFflags, writes);
  if (writes_csr(insn)) {
    const auto number = static_cast<unsigned>(insn.imm);
    const auto* view = std::find_if(std::begin(kViews), std::end(kViews),
                                    [&](const View& v) { return v.number == number; });
    if (view == std::end(kViews)) {
      if (!is_constant(number)) add_csr(hart, number, writes);
    } else {
      for (const unsigned below : view->below)
        if (below != 0) add_csr(hart, below, writes);
    }
  }
  if (s.csr.mstatus != pending_.mstatus || insn.op == Op::mret || insn.op == Op::sret)
    add_csr(hart, kMstatus, writes);
  std::sort(writes.begin(), writes.end());
  writes.erase(std::unique(writes.begin(), writes.end()), writes.end());
  return writes;
}

void CommitLog::add_csr(Hart& hart, unsigned number, std::vector<Write>& writes) const {
  uint64_t value = 0;
  if (peek_csr(hart, number, value)) writes.emplace_back(key(number, kCsr), value);
}

// " mem 0xADDRESS" of loads, " mem 0xADDRESS 0xVALUE" of stores.
void CommitLog::append_memory(Hart& hart, std::string& line) const {
  const isa::Insn& insn = pending_.insn;
  const unsigned bytes = access_bytes(insn.op);
  const auto load = [&](uint64_t address) { line += fmt::format(" mem 0x{:016x}", address); };
  const auto store = [&](uint64_t address, uint64_t value, unsigned size) {
    line += fmt::format(" mem 0x{:016x} 0x{:0{}x}", address, low_bytes(value, size), 2 * size);
  };
  // What an atomic operation has left behind.
  const auto stored = [&](uint64_t address) {
    for (unsigned offset = 0; offset < bytes; offset += 8) {
      uint64_t value = 0;
      const unsigned size = std::min(bytes, 8u);
      if (hart.port().load(address + offset, size, value) != MemStatus::kFault)
        store(address + offset, value, size);
    }
  };
  const uint64_t address = pending_.rs1 + static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
  switch (isa::info(insn.op).cls) {
    case Class::kLoad:
    case Class::kFpLoad: load(address); break;
    case Class::kStore: store(address, pending_.rs2, bytes); break;
    case Class::kFpStore: store(address, pending_.fs2, bytes); break;
    case Class::kAmo: {
      const std::string_view name = isa::info(insn.op).name;
      if (name.starts_with("lr")) {
        load(pending_.rs1);
      } else if (name.starts_with("sc")) {
        const uint64_t failed = insn.rd == 0 ? hart.s.x[kSinkRegister] : hart.s.x[insn.rd];
        if (failed == 0) store(pending_.rs1, pending_.rs2, bytes);
      } else {
        load(pending_.rs1);
        const bool swaps = !is_compare_and_swap(insn.op) ||
                           low_bytes(hart.s.x[insn.rd], bytes) == low_bytes(pending_.rd, bytes);
        if (swaps) stored(pending_.rs1);
      }
      break;
    }
    default:
      if (insn.op == Op::cbo_zero) {
        const uint64_t block = pending_.rs1 & ~uint64_t{kCacheBlock - 1};
        for (unsigned i = 0; i < kCacheBlock; ++i) store(block + i, 0, 1);
      }
  }
}

}  // namespace rvx
