// Straight code and control flow of fuzz programs.
#include "cli/fuzz/program_maker.hpp"

#include "cpu/isa/roles.hpp"

namespace rvx::fuzz {

using isa::Class;
using isa::Insn;
using isa::Op;

namespace {

constexpr unsigned kDeepest = 3;
constexpr unsigned kPatchedFunctions = 2;

}  // namespace

ProgramMaker::ProgramMaker(const isa::IsaConfig& isa, const ProgramPlan& plan,
                           const Registers& registers, Random& random)
    : isa_(isa), plan_(plan), regs_(registers), random_(random), rows_(isa, random) {
  for (const unsigned weight : plan.weights) total_weight_ += weight;
  const auto make_function = [&] {
    // Mostly the registers that calling conventions know.
    uint8_t link = random_.percent(70) ? 1 : random_.percent(60) ? 5 : free_reg();
    if (regs_.is_reserved(link)) link = free_reg();
    return Function{b_.label(), link};
  };
  for (unsigned i = 0; i < plan.functions; ++i) functions_.push_back(make_function());
  for (unsigned i = 0; i < kPatchedFunctions; ++i) {
    patched_.push_back(make_function());
    for (uint64_t n = random_.between(1, 3); n != 0; --n) patch_points_.push_back({b_.label(), i});
    patch_words_.push_back(b_.label());
  }
}

void ProgramMaker::make() {
  b_.chunk();
  b_.program().start = b_.here();
  main_part();
  b_.set_fixed(true);
  b_.program().end = b_.here();
  b_.jump(Op::jal, 0, 0, 0, b_.program().end);
  b_.set_fixed(false);
  for (size_t i = 0; i < functions_.size(); ++i) function(i);
  first_patch_chunk_ = b_.program().chunks.size();
  for (size_t i = 0; i < patched_.size(); ++i) patched_function(i);
}

void ProgramMaker::main_part() {
  const uint8_t counter = regs_.counters[0];
  ++loops_;
  b_.put(Op::addi, counter, 0, 0, plan_.rounds);
  const Label again = b_.here();
  // Functions that are left by a trap leave the stack where it is; it must not wander off to page tables.
  const Registers::Pointer& stack = regs_.pointers.front();
  if (stack.reg == 2) b_.load_constant(stack.reg, stack.address);
  for (unsigned i = 0; i < plan_.units; ++i) {
    if (i != 0 && random_.percent(12)) new_chunk();
    b_.start();
    guarded_unit();
  }
  b_.start();
  b_.put(Op::addi, counter, counter, 0, -1);
  const Label out = b_.label();
  b_.jump(Op::beq, 0, counter, 0, out);
  b_.jump(Op::jal, 0, 0, 0, again);
  b_.bind(out);
  --loops_;
}

// What follows stands somewhere else.
void ProgramMaker::new_chunk() {
  b_.start();
  const Label next = b_.label();
  b_.jump(Op::jal, 0, 0, 0, next);
  b_.chunk();
  b_.bind(next);
}

// A trap that cannot be skipped leads behind the unit.
void ProgramMaker::guarded_unit() {
  const Label behind = b_.label();
  b_.pc_address(regs_.recovery, behind);
  unit();
  b_.bind(behind);
}

void ProgramMaker::unit() {
  ++depth_;
  uint64_t dice = random_.below(total_weight_);
#define UNIT(name, weight)                                                   \
  {                                                                          \
    const unsigned own = plan_.weights[static_cast<size_t>(Unit::k_##name)]; \
    if (dice < own) {                                                        \
      name();                                                                \
      --depth_;                                                              \
      return;                                                                \
    }                                                                        \
    dice -= own;                                                             \
  }
  RVX_FUZZ_UNITS(UNIT)
#undef UNIT
}

void ProgramMaker::units(unsigned count) {
  for (; count != 0; --count) {
    if (depth_ >= kDeepest) {
      plain(static_cast<unsigned>(random_.between(1, 4)));
    } else {
      unit();
    }
  }
}

uint8_t ProgramMaker::other_reg(uint8_t than) {
  while (true) {
    const uint8_t reg = free_reg();
    if (reg != than) return reg;
  }
}

// --- straight code
// --------------------------------------------------------------------------------

void ProgramMaker::random_insn(RowKind kind) {
  const Insn insn = rows_.any(kind, regs_);
  const bool has_twin =
      plan_.has_twins && (kind == RowKind::kCommon || kind == RowKind::kAlu) && random_.percent(30);
  uint32_t twin = 0;
  if (has_twin) {
    const Insn other = rows_.any(kind, regs_);
    if (other.length == insn.length) twin = other.bits;
  }
  b_.put(insn).twin = twin;
}

void ProgramMaker::plain_one() {
  const uint64_t dice = random_.below(100);
  random_insn(dice < 36   ? RowKind::kCommon
              : dice < 56 ? RowKind::kAlu
              : dice < 71 ? RowKind::kLoad
              : dice < 81 ? RowKind::kStore
              : dice < 96 ? RowKind::kFp
                          : RowKind::kAmo);
}

void ProgramMaker::plain(unsigned count) {
  for (; count != 0; --count) plain_one();
}

void ProgramMaker::straight() {
  const auto count = static_cast<unsigned>(random_.between(1, 8));
  // Some stretches are of one kind.
  constexpr RowKind kKinds[] = {RowKind::kCommon, RowKind::kLoad, RowKind::kStore, RowKind::kFp,
                                RowKind::kAmo};
  if (random_.percent(70)) return plain(count);
  const RowKind kind = random_.pick(kKinds);
  for (unsigned i = 0; i < count; ++i) random_insn(kind);
}

void ProgramMaker::raw() {
  for (uint64_t n = random_.between(1, 3); n != 0; --n) {
    const auto bits = static_cast<uint32_t>(random_.next());
    if (random_.percent(40)) {
      // One bit away from something legal.
      const Insn insn = rows_.any(random_.percent(50) ? RowKind::kAlu : RowKind::kFp, regs_);
      const uint32_t changed = insn.bits ^ 1u << (2 + random_.below(8u * insn.length - 2));
      b_.put_bits(changed, insn.length);
    } else if (has_c() && random_.percent(50)) {
      b_.put_bits((bits & 0xffff) % 0xfffc, 2);
    } else {
      b_.put_bits(bits | 3, 4);
    }
  }
}

// --- control flow
// -----------------------------------------------------------------------------------

void ProgramMaker::branch_to(Label target, int skew) {
  const Insn insn = rows_.any(RowKind::kBranch, regs_);
  b_.jump(insn.row == Op::kIllegal ? Op::beq : insn.row, 0, insn.rs1, insn.rs2, target, skew);
}

void ProgramMaker::forward_branch() {
  const Label target = b_.label();
  branch_to(target);
  if (random_.percent(30)) {  // if and else
    const Label end = b_.label();
    units(1);
    b_.jump(has_c() && random_.percent(50) ? Op::c_j : Op::jal, 0, 0, 0, end);
    b_.bind(target);
    units(1);
    b_.bind(end);
    return;
  }
  units(static_cast<unsigned>(random_.between(1, 2)));
  b_.bind(target);
}

void ProgramMaker::loop() {
  if (loops_ >= regs_.counters.size()) return plain(3);
  const uint8_t counter = regs_.counters[loops_++];
  // Loops within loops soon use up what a case may run.
  const uint64_t most = !plan_.has_long_loops ? 24 : loops_ > 2 ? 30 : 300;
  const auto trips = static_cast<int>(random_.percent(plan_.has_long_loops ? 20 : 70) ? random_.between(2, 5) : random_.between(6, most));
  const Label again = b_.label();
  const bool counts_up = random_.percent(30);
  const uint8_t limit = free_reg();
  b_.put(Op::addi, counter, 0, 0, counts_up ? 0 : trips);
  b_.bind(again);
  units(static_cast<unsigned>(random_.between(1, 3)));
  b_.put(Op::addi, counter, counter, 0, counts_up ? 1 : -1);
  if (counts_up) {
    b_.put(Op::addi, limit, 0, 0, trips);
    b_.jump(random_.percent(50) ? Op::blt : Op::bltu, 0, counter, limit, again);
  } else {
    constexpr std::array kRows{Op::bne, Op::blt};
    const Op row = random_.pick(kRows);
    const bool is_short = has_c() && counter >= 8 && counter < 16 && random_.percent(50);
    if (is_short) {
      b_.jump(Op::c_bnez, 0, counter, 0, again);
    } else if (row == Op::blt) {
      b_.jump(row, 0, 0, counter, again);
    } else {
      b_.jump(row, 0, counter, 0, again);
    }
  }
  --loops_;
}

void ProgramMaker::jump_to(Label target, int skew) {
  const uint8_t reg = free_reg();
  const auto imm = static_cast<int>(random_.percent(50) ? 0 : random_.below(64)) - 32;
  // The lowest bit of a jump's sum does not count.
  const int odd = random_.percent(20) ? 1 : 0;
  const bool is_short = has_c() && random_.percent(40);
  const uint8_t link = random_.percent(50) ? 0 : free_reg();
  b_.pc_address(reg, target, (is_short ? 0 : -imm) + skew + odd);
  if (is_short && regs_.is_reserved(1)) {
    b_.put(Op::c_jr, 0, reg, 0);
  } else if (is_short) {
    b_.put(link == 0 ? Op::c_jr : Op::c_jalr, 0, reg, 0);
  } else {
    b_.put(Op::jalr, link, reg, 0, imm);
  }
}

void ProgramMaker::indirect_jump() {
  const Label target = b_.label();
  jump_to(target);
  units(1);
  b_.bind(target);
}

// One of four stubs, by a value that changes.
void ProgramMaker::jump_table() {
  const uint8_t index = free_reg();
  const uint8_t base = other_reg(index);
  const auto source =
      loops_ != 0 && random_.percent(60) ? regs_.counters[random_.below(loops_)] : free_reg();
  const Label stubs = b_.label(), end = b_.label();
  b_.put(Op::andi, index, source, 0, 3);
  b_.put(Op::slli, index, index, 0, 3);
  b_.pc_address(base, stubs);
  b_.put(Op::add, base, base, index);
  b_.put(Op::jalr, 0, base, 0, 0);
  b_.bind(stubs);
  for (int i = 0; i < 4; ++i) {
    b_.put(Op::addi, free_reg(), free_reg(), 0, i);
    b_.jump(Op::jal, 0, 0, 0, end);
  }
  b_.bind(end);
}

// To two bytes behind the start of an instruction.
void ProgramMaker::jump_into_middle() {
  const Label target = b_.label();
  if (random_.percent(50)) {
    branch_to(target, 2);
  } else if (random_.percent(50)) {
    b_.jump(Op::jal, random_.percent(50) ? 0 : free_reg(), 0, 0, target, 2);
  } else {
    jump_to(target, 2);
  }
  if (random_.percent(50)) plain(1);
  b_.bind(target);
  plain(3);
}

void ProgramMaker::call_function(const Function& f) {
  const bool is_near = random_.percent(60);
  if (is_near) {
    b_.jump(Op::jal, f.link, 0, 0, f.entry);
    return;
  }
  const uint8_t reg = random_.percent(50) ? f.link : free_reg();
  b_.pc_address(reg, f.entry);
  if (f.link == 1 && has_c() && random_.percent(50)) {
    b_.put(Op::c_jalr, 0, reg, 0);
  } else {
    b_.put(Op::jalr, f.link, reg, 0, 0);
  }
}

void ProgramMaker::call() {
  if (is_leaf_) return straight();
  if (caller_ >= functions_.size() || random_.percent(25))
    return call_function(random_.pick(patched_));
  call_function(functions_[caller_ + random_.below(functions_.size() - caller_)]);
  if (random_.percent(30))
    b_.put(Op::addi, free_reg(), free_reg(), 0, 1);  // some functions skip this
}

// In a chunk of its own, where nothing else writes the link register. Returns what is reserved
// outside.
uint32_t ProgramMaker::begin_function(const Function& f) {
  const uint32_t outer = regs_.reserved;
  b_.chunk();
  b_.start();
  b_.bind(f.entry);
  regs_.reserved |= 1u << f.link;
  return outer;
}

// Calls others, or itself a few times.
void ProgramMaker::function(size_t index) {
  const Function& f = functions_[index];
  const uint32_t outer = begin_function(f);
  caller_ = index + 1;
  const unsigned depth = depth_;
  depth_ = kDeepest - 1;
  const bool has_stack = regs_.pointers.front().reg == 2 && random_.percent(60);
  if (has_stack) {
    constexpr int kFrame = 16;
    b_.put(Op::addi, 2, 2, 0, -kFrame);
    b_.put(Op::sd, 0, 2, f.link, 8);
    units(static_cast<unsigned>(random_.between(1, 3)));
    if (random_.percent(30)) {
      // Recursion as deep as a counter of its own says.
      const uint8_t depth_reg = other_reg(f.link);
      const Label out = b_.label();
      b_.put(Op::ld, depth_reg, 2, 0, 0);
      b_.put(Op::andi, depth_reg, depth_reg, 0, 3);
      b_.jump(Op::beq, 0, depth_reg, 0, out);
      b_.put(Op::addi, depth_reg, depth_reg, 0, -1);
      b_.put(Op::sd, 0, 2, depth_reg, -kFrame);
      b_.jump(Op::jal, f.link, 0, 0, f.entry);
      b_.bind(out);
    }
    b_.put(Op::addi, f.link, regs_.recovery, 0, 0);  // where the load traps
    b_.put(Op::ld, f.link, 2, 0, 8);
    b_.put(Op::addi, 2, 2, 0, kFrame);
  } else {
    is_leaf_ = true;
    units(static_cast<unsigned>(random_.between(1, 2)));
  }
  if (random_.percent(15)) b_.put(Op::addi, f.link, f.link, 0, 4);
  if (has_c() && random_.percent(50)) {
    b_.put(Op::c_jr, 0, f.link, 0);
  } else {
    b_.put(Op::jalr, 0, f.link, 0, 0);
  }
  caller_ = 0;
  is_leaf_ = false;
  depth_ = depth;
  regs_.reserved = outer;
}

}  // namespace rvx::fuzz
