// Plans the cases of each row from its class, operand layout and mnemonic.
#include "cases.hpp"

#include <algorithm>
#include <string_view>

#include "cpu/isa/fp_format.hpp"
#include "tests/vectors/registers.hpp"

namespace rvx::vectors {

using isa::Class;
using isa::Operand;

namespace {

constexpr uint32_t kAllVectors = 1u << 20;
constexpr uint32_t kSomeVectors = 512;
constexpr uint32_t kFewVectors = 48;

constexpr unsigned kFflags = 1, kFrm = 2, kFcsr = 3, kSscratch = 0x140;

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// The format of a floating-point row's sources, from the mnemonic: the last part of fcvt.w.s,
// fadd.h.
FpFormat format_of(Op op) {
  const std::string_view last = last_part(isa::info(op).name);
  if (last == "d") return FpFormat::kD;
  return last == "h" ? FpFormat::kH : FpFormat::kS;
}

// Bytes that a load, store or atomic accesses.
unsigned access_bytes(Op op) {
  std::string_view name = isa::info(op).name;
  char size;
  if (isa::info(op).cls == Class::kAmo) {
    size = last_part(name)[0];
  } else {
    if (name[0] == 'f') name.remove_prefix(1);
    size = name[1];  // after l or s
  }
  switch (size) {
    case 'b': return 1;
    case 'h': return 2;
    case 'w': return 4;
    case 'q': return 16;
    default: return 8;
  }
}

PoolKey pool_of_registers(const Insn& insn) {
  using Kind = PoolKey::Kind;
  const Roles roles = roles_of(insn.op);
  const Class cls = isa::info(insn.op).cls;
  if (cls != Class::kFp) return {Kind::kInteger, 0, 0};
  if (roles.rs1 == Reg::File::kX) return {Kind::kIntegerSource, 0, 0};
  const unsigned sources = roles.rs3 ? 3 : roles.rs2 ? 2 : 1;
  return {Kind::kFp, static_cast<uint8_t>(format_of(insn.op)), static_cast<uint8_t>(sources)};
}

// Loads what the instruction reads and keeps what it writes. x0 needs neither.
void connect_registers(CasePlan& plan) {
  const Insn& insn = plan.insn;
  Roles roles = roles_of(insn.op);
  const isa::Format format = isa::info(insn.op).format;
  const bool is_pair = format == isa::Format::kAmoPair;
  // Fences leave the register alone that stands where others have rd.
  if (format == isa::Format::kFence || format == isa::Format::kFenceI) roles.rd = Reg::File::kX;
  const auto input = [&](Word word, const std::optional<Reg::File>& file, unsigned index) {
    if (!file || (*file == Reg::File::kX && index == 0)) return;
    plan.inputs.push_back({word, {*file, static_cast<uint8_t>(index)}});
  };
  // Where registers coincide the last one counts: the address of memory instructions.
  if (is_pair) input(kWordRdHigh, roles.rd, insn.rd + 1u);
  input(kWordRd, roles.rd, insn.rd);
  if (roles.rs3) input(kWordRs3, roles.rs3, static_cast<unsigned>(insn.imm) >> 3);
  if (is_pair) input(kWordRs3, roles.rs2, insn.rs2 + 1u);
  input(kWordRs2, roles.rs2, insn.rs2);
  input(kWordRs1, roles.rs1, insn.rs1);
  if (roles.rd) plan.outputs.push_back({*roles.rd, insn.rd});
  if (is_pair) plan.outputs.push_back({*roles.rd, static_cast<uint8_t>(insn.rd + 1)});
}

// Something that must trap. Should it run on another machine, it runs with harmless operands.
CasePlan illegal_plan(const Insn& insn, const isa::IsaConfig& isa) {
  CasePlan plan;
  plan.insn = insn;
  if (!isa.has(isa::Ext::kZca)) plan.insn.length = 4;  // so that the next one is aligned
  plan.pool = {PoolKey::Kind::kMemory, static_cast<uint8_t>(Place::kAligned), 8};
  plan.count = 2;
  for (const unsigned position : {7, 15, 20}) {
    const auto index = static_cast<uint8_t>(insn.bits >> position & 31);
    if (index != 0) plan.inputs.push_back({kWordRs1, {Reg::File::kX, index}});
  }
  return plan;
}

class RowPlanner {
 public:
  RowPlanner(Op row, const isa::IsaConfig& isa, uint64_t seed)
      : row_(row), op_(isa::info(row).expansion), isa_(isa), encoder_(row, isa, seed) {}

  std::vector<GroupPlan> run() {
    switch (isa::info(row_).cls) {
      case Class::kAlu:
      case Class::kFence:
      case Class::kSystem: plan_registers(); break;
      case Class::kBranch:
      case Class::kJal:
      case Class::kJalr: plan_jumps(); break;
      case Class::kLoad:
      case Class::kStore:
      case Class::kFpLoad:
      case Class::kFpStore:
      case Class::kAmo: plan_memory(); break;
      case Class::kFp: plan_fp(); break;
      case Class::kCsr: plan_csr(); break;
    }
    plan_neighbours();
    std::erase_if(groups_, [](const GroupPlan& g) { return g.cases.empty(); });
    return std::move(groups_);
  }

 private:
  void group(std::string_view aspect) {
    groups_.push_back({row_, std::string(isa::info(row_).name) + " " + std::string(aspect), {}});
  }
  void add(const CasePlan& plan) { groups_.back().cases.push_back(plan); }

  // One case with these registers and this immediate in the current group.
  template <class Change>
  void add(Overlap overlap, int32_t imm, uint32_t count, Change change) {
    const std::optional<Insn> insn = encoder_.make(overlap, imm);
    if (!insn) return;
    CasePlan plan = base_plan(*insn);
    plan.count = count;
    change(plan);
    add(plan);
  }
  void add(Overlap overlap, int32_t imm, uint32_t count) {
    add(overlap, imm, count, [](CasePlan&) {});
  }

  CasePlan base_plan(const Insn& insn) const {
    CasePlan plan;
    plan.insn = insn;
    plan.pool = pool_of_registers(insn);
    plan.has_flags = isa::info(op_).cls == Class::kFp;
    connect_registers(plan);
    return plan;
  }

  template <class Change>
  void add_overlaps(uint32_t count, Change change) {
    group("regs");
    for (const Overlap overlap : kOverlaps) add(overlap, encoder_.some_immediate(), count, change);
    for (int i = 0; i < 3; ++i) add(Overlap::kNone, encoder_.some_immediate(), count, change);
  }
  template <class Change>
  void add_page_crossing(int32_t imm, Change change) {
    if (!isa_.has(isa::Ext::kZca)) return;
    group("page");
    add(Overlap::kNone, imm, kSomeVectors, [&](CasePlan& plan) {
      plan.crosses_page = true;
      change(plan);
    });
  }

  void plan_registers() {
    const auto nothing = [](CasePlan&) {};
    const bool is_cbo = isa::info(row_).format == isa::Format::kCbo;
    const auto change = [&](CasePlan& plan) {
      if (is_cbo) {
        plan.pool = {PoolKey::Kind::kMemory, static_cast<uint8_t>(Place::kAligned), 8};
        plan.has_memory = plan.sets_memory = true;
      }
    };
    const bool has_sources = encoder_.has_field(Operand::kRs1) || encoder_.has_field(Operand::kRs2);
    const bool is_slow =
        isa::info(row_).cls == Class::kSystem;  // QEMU translates anew after fence.i
    const uint32_t all = is_slow ? kFewVectors : has_sources ? kAllVectors : kFewVectors;
    const uint32_t some = std::min(all, kSomeVectors);
    if (encoder_.has_immediate()) {
      group("imm");
      for (const int32_t imm : encoder_.immediates()) add(Overlap::kNone, imm, some / 2, nothing);
    } else {
      group("plain");
      add(Overlap::kNone, 0, all, change);
    }
    if (is_cbo) {
      add_page_crossing(0, change);
      return;
    }
    add_overlaps(some, nothing);
    add_page_crossing(encoder_.some_immediate(), nothing);
  }

  void plan_jumps() {
    const bool is_indirect = isa::info(row_).cls == Class::kJalr;
    const bool is_branch = isa::info(row_).cls == Class::kBranch;
    const auto change = [&](CasePlan& plan) {
      plan.jump = is_indirect ? Jump::kIndirect : Jump::kDirect;
      plan.can_fall = is_branch || !isa_.has(isa::Ext::kZca);  // where a misaligned jump traps
      if (!is_branch)
        plan.pool = {PoolKey::Kind::kJump, 0,
                     static_cast<uint8_t>(isa_.has(isa::Ext::kZca) ? 2 : 4)};
    };
    const auto direct_offset = [&](int32_t imm) { return is_indirect ? imm : far_enough(imm); };
    group("imm");
    for (const int32_t imm : encoder_.immediates())
      add(Overlap::kNone, direct_offset(imm), kFewVectors, change);
    if (is_branch) {
      group("plain");
      add(Overlap::kNone, 64, kAllVectors, change);
      add(Overlap::kNone, -64, kAllVectors, change);
    }
    group("regs");
    const auto unless_x0 = [&](Overlap overlap) {
      return !(is_indirect && overlap == Overlap::kRs1Zero);
    };
    for (const Overlap overlap : kOverlaps) {
      if (unless_x0(overlap))
        add(overlap, direct_offset(encoder_.some_immediate()), kSomeVectors, change);
    }
    for (int i = 0; i < 3; ++i) {
      add(Overlap::kNone, direct_offset(encoder_.some_immediate()), kSomeVectors, change);
    }
    add_page_crossing(direct_offset(encoder_.some_immediate()), change);
  }

  // Eight bytes of code follow at the target, and eight after a branch that is not taken.
  static int32_t far_enough(int32_t imm) {
    const bool is_far = imm >= 16 || imm <= -8;
    return is_far ? imm : imm < 0 ? imm - 16 : imm + 16;
  }

  void plan_memory() {
    const Class cls = isa::info(row_).cls;
    const unsigned bytes = access_bytes(op_);
    const bool is_load = cls == Class::kLoad || cls == Class::kFpLoad;
    const bool is_sc = op_ == Op::sc_w || op_ == Op::sc_d;
    Place place = Place::kAligned;
    const auto change = [&](CasePlan& plan) {
      plan.pool = {PoolKey::Kind::kMemory, static_cast<uint8_t>(place),
                   static_cast<uint8_t>(bytes)};
      plan.has_memory = !is_load;
      plan.sets_memory = cls == Class::kAmo;
      plan.reserve_bytes = is_sc ? bytes : 0;
    };
    const auto add_place = [&](std::string_view aspect, Place where) {
      place = where;
      group(aspect);
      add(Overlap::kNone, encoder_.some_immediate(), kAllVectors, change);
      place = Place::kAligned;
    };
    add_place("aligned", Place::kAligned);
    if (bytes > 1) add_place("misaligned", Place::kMisaligned);
    add_place("nowhere", Place::kNowhere);
    if (encoder_.has_immediate()) {
      group(cls == Class::kAmo ? "aqrl" : "imm");
      for (const int32_t imm : encoder_.immediates()) add(Overlap::kNone, imm, kFewVectors, change);
    }
    group("rd-zero");
    add(Overlap::kRdZero, encoder_.some_immediate(), kSomeVectors, change);
    group("regs");
    for (const Overlap overlap : kOverlaps) {
      // The address must stay one.
      if (overlap == Overlap::kRs1Zero || overlap == Overlap::kRdZero) continue;
      add(overlap, encoder_.some_immediate(), kSomeVectors, change);
    }
    for (int i = 0; i < 3; ++i)
      add(Overlap::kNone, encoder_.some_immediate(), kSomeVectors, change);
    add_page_crossing(encoder_.some_immediate(), change);
  }

  void plan_fp() {
    const auto nothing = [](CasePlan&) {};
    const bool is_fli = isa::info(row_).format == isa::Format::kFli;
    if (is_fli) {
      group("plain");
      for (unsigned index = 0; index < 32; ++index) {
        Insn insn;
        insn.row = row_;
        insn.rd = 7;
        insn.rs1 = static_cast<uint8_t>(index);
        CasePlan plan = base_plan(*encoder_.decoded(insn));
        plan.count = 4;
        add(plan);
      }
      add_page_crossing(0, nothing);
    } else if (isa::info(isa::info(row_).format).layout.has_rm) {
      plan_rounding();
    } else {
      group("plain");
      add(Overlap::kNone, 0, kAllVectors);
      add_overlaps(kSomeVectors, nothing);
      add_page_crossing(0, nothing);
      plan_boxing(0);
    }
    plan_fp_off();
  }

  void plan_rounding() {
    static constexpr const char* kModes[] = {"rne", "rtz", "rdn", "rup", "rmm"};
    using isa::fp::kDynamic;
    for (unsigned rm = 0; rm < 5; ++rm) {
      group(kModes[rm]);
      add(Overlap::kNone, static_cast<int32_t>(rm), kAllVectors);
    }
    for (unsigned frm = 0; frm < 5; ++frm) {
      group(std::string("dyn-") + kModes[frm]);
      const auto set = [&](CasePlan& plan) { plan.frm = static_cast<uint8_t>(frm); };
      add(Overlap::kNone, kDynamic, kSomeVectors, set);
      // A static mode beside another one in frm.
      add(Overlap::kNone, static_cast<int32_t>((frm + 1) % 5), kSomeVectors / 4, set);
    }
    group("dyn-reserved");
    for (unsigned frm = 5; frm < 8; ++frm) {
      const auto set = [&](CasePlan& plan) { plan.frm = static_cast<uint8_t>(frm); };
      add(Overlap::kNone, kDynamic, kFewVectors, set);
    }
    group("static-frm-reserved");
    add(Overlap::kNone, 0, kFewVectors, [](CasePlan& plan) { plan.frm = 6; });
    group("rm-reserved");
    for (const uint32_t rm : {5u, 6u}) {
      add(Overlap::kNone, kDynamic, kFewVectors,
          [&](CasePlan& plan) { plan.insn.bits = (plan.insn.bits & ~(7u << 12)) | rm << 12; });
    }
    group("regs");
    for (const Overlap overlap : kOverlaps) {
      for (const int32_t rm : {0, 3}) add(overlap, rm, kSomeVectors / 2);
    }
    for (int i = 0; i < 3; ++i) add(Overlap::kNone, kDynamic, kSomeVectors);
    add_page_crossing(kDynamic, [](CasePlan&) {});
    plan_boxing(kDynamic);
  }

  void plan_boxing(int32_t imm) {
    const std::optional<Insn> insn = encoder_.make(Overlap::kNone, imm);
    PoolKey pool = pool_of_registers(*insn);
    if (pool.kind != PoolKey::Kind::kFp || format_of(op_) == FpFormat::kD) return;
    pool.kind = PoolKey::Kind::kBoxing;
    group("boxing");
    add(Overlap::kNone, imm, kAllVectors, [&](CasePlan& plan) { plan.pool = pool; });
  }

  void plan_fp_off() {
    group("fs-off");
    const auto change = [&](CasePlan& plan) {
      std::erase_if(plan.inputs,
                    [](const CasePlan::Input& i) { return i.reg.file == Reg::File::kF; });
      std::erase_if(plan.outputs, [](const Reg& r) { return r.file == Reg::File::kF; });
      plan.has_flags = false;
      plan.fp_off = true;
    };
    add(Overlap::kNone, 0, kFewVectors, change);
  }

  // Encodings that differ from one of the row in a bit, or have a field that is zero, and are
  // illegal.
  void plan_neighbours() {
    const std::optional<Insn> insn = encoder_.make(Overlap::kNone, encoder_.some_immediate());
    group("neighbours");
    if (!insn) return;
    for (unsigned bit = 0; bit < 8u * insn->length; ++bit)
      add_illegal(insn->bits ^ uint32_t{1} << bit, insn->length);
    for (const Operand operand : {Operand::kRd, Operand::kRs1, Operand::kRs2, Operand::kImm}) {
      Insn changed = *insn;
      if (operand == Operand::kRd) changed.rd = 0;
      if (operand == Operand::kRs1) changed.rs1 = 0;
      if (operand == Operand::kRs2) changed.rs2 = 0;
      if (operand == Operand::kImm) changed.imm = 0;
      add_illegal(isa::encode(changed), insn->length);
    }
  }

  void add_illegal(uint32_t bits, unsigned length) {
    const Insn insn = isa::decode(bits, isa_);
    const bool is_long = (bits & 31) == 31;  // 48 bits or more
    if (insn.op != Op::kIllegal || insn.length != length || is_long) return;
    CasePlan plan = illegal_plan(insn, isa_);
    const std::vector<CasePlan>& others = groups_.back().cases;
    const auto is_same = [&](const CasePlan& other) { return other.insn.bits == insn.bits; };
    if (std::none_of(others.begin(), others.end(), is_same)) add(plan);
  }

  void plan_csr() {
    const bool is_imm = isa::info(row_).format == isa::Format::kCsrImm;
    for (const unsigned csr : {kSscratch, kFcsr, kFrm, kFflags}) {
      if (csr != kSscratch && !isa_.has(isa::Ext::kF)) continue;
      group("csr-" + isa::csr_name(csr));
      const auto change = [&](CasePlan& plan) { plan.csr = static_cast<int>(csr); };
      const auto imm = static_cast<int32_t>(csr);
      for (int i = 0; i < (is_imm ? 16 : 2); ++i)
        add(Overlap::kNone, imm, kSomeVectors / 4, change);
      for (const Overlap overlap : kOverlaps) add(overlap, imm, kSomeVectors / 4, change);
    }
    add_page_crossing(kSscratch, [](CasePlan& plan) { plan.csr = kSscratch; });
  }

  Op row_;
  Op op_;
  const isa::IsaConfig& isa_;
  RowEncoder encoder_;
  std::vector<GroupPlan> groups_;
};

// That a row traps where its extension is off.
std::vector<GroupPlan> plan_disabled(Op row, const isa::IsaConfig& isa, uint64_t seed) {
  RowEncoder encoder(row, isa::IsaConfig::all(), seed);
  GroupPlan group{row, std::string(isa::info(row).name) + " disabled", {}};
  for (int i = 0; i < 4; ++i) {
    const std::optional<Insn> known = encoder.make(Overlap::kNone, encoder.some_immediate());
    if (!known) continue;
    const Insn insn = isa::decode(known->bits, isa);
    if (insn.op == Op::kIllegal) group.cases.push_back(illegal_plan(insn, isa));
  }
  if (group.cases.empty()) return {};
  return {group};
}

}  // namespace

Pool make_pool(const PoolKey& key, uint64_t seed) {
  const auto format = static_cast<FpFormat>(key.format);
  switch (key.kind) {
    case PoolKey::Kind::kInteger: return integer_pool(seed);
    case PoolKey::Kind::kIntegerSource: return integer_source_pool(seed);
    case PoolKey::Kind::kFp: return fp_pool(format, key.size, seed);
    case PoolKey::Kind::kBoxing: return boxing_pool(format, key.size, seed);
    case PoolKey::Kind::kJump: return jump_pool(key.size);
    case PoolKey::Kind::kMemory: break;
  }
  return memory_pool(key.size, static_cast<Place>(key.format), seed);
}

const char* untested_reason(Op row) noexcept {
  switch (isa::info(row).expansion) {
    case Op::mret:
    case Op::sret: return "changes the privilege mode";
    case Op::wfi:
    case Op::wrs_nto:
    case Op::wrs_sto: return "waits";
    default: return nullptr;
  }
}

std::vector<GroupPlan> plan_row(Op row, const isa::IsaConfig& isa, uint64_t seed) {
  if (!isa::is_enabled(row, isa)) return plan_disabled(row, isa, seed);
  if (untested_reason(row) != nullptr) return {};
  return RowPlanner(row, isa, seed * 1000 + static_cast<uint64_t>(row)).run();
}

}  // namespace rvx::vectors
