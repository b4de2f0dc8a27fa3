// Trap handlers: one text for both levels, which differ in their CSRs.
#include "cli/fuzz/handlers.hpp"

#include <cstring>

#include "cli/fuzz/memory_map.hpp"
#include "cpu/hart_state.hpp"

namespace rvx::fuzz {
namespace {

using isa::Op;
using Label = Builder::Label;

class HandlerWriter {
 public:
  HandlerWriter(Builder& b, const HandlerPlan& plan, Random& random)
      : b_(b), plan_(plan), csr_(plan.to_supervisor ? kSupervisorCsrs : kMachineCsrs) {
    for (size_t i = 0; i < regs_.size();) {
      const auto reg = static_cast<uint8_t>(random.between(1, 31));
      bool is_taken = reg == plan.recovery;
      for (size_t j = 0; j < i; ++j) is_taken = is_taken || regs_[j] == reg;
      if (!is_taken) regs_[i++] = reg;
    }
  }

  void write() {
    b_.chunk((plan_.to_supervisor ? kSupervisorHandlerPage : kMachineHandlerPage) * kPageSize);
    b_.set_fixed(true);
    const Label entry = b_.label();
    for (int i = 0; i < 16; ++i) b_.jump(Op::jal, 0, 0, 0, entry);  // one for each vector
    b_.bind(entry);
    enter();
    decide();
    b_.bind(skip_);
    skip();
    b_.bind(recover_);
    recover();
    b_.bind(switch_);
    switch_mode();
    b_.bind(interrupt_);
    clear_interrupt();
    b_.bind(out_);
    leave();
    b_.set_fixed(false);
  }

 private:
  struct Csrs {
    int status, ie, scratch, epc, cause, ip;
  };
  static constexpr Csrs kMachineCsrs = {0x300, 0x304, 0x340, 0x341, 0x342, 0x344};
  static constexpr Csrs kSupervisorCsrs = {0x100, 0x104, 0x140, 0x141, 0x142, 0x144};

  [[nodiscard]] unsigned save() const { return regs_[0]; }  // address of the save page
  [[nodiscard]] unsigned a() const { return regs_[1]; }
  [[nodiscard]] unsigned t() const { return regs_[2]; }
  [[nodiscard]] unsigned u() const { return regs_[3]; }

  void read(unsigned reg, int csr) { b_.put(Op::csrrs, reg, 0, 0, csr); }
  void write(int csr, unsigned reg) { b_.put(Op::csrrw, 0, reg, 0, csr); }
  void alu(Op row, unsigned rd, unsigned rs1, unsigned rs2) { b_.put(row, rd, rs1, rs2); }
  void imm(Op row, unsigned rd, unsigned rs1, int64_t value) { b_.put(row, rd, rs1, 0, value); }
  void go(Label target) { b_.jump(Op::jal, 0, 0, 0, target); }

  // Adds one to the doubleword at `offset` of the save page and leaves its old value in `reg`.
  void count(unsigned reg, unsigned scratch, unsigned offset) {
    b_.put(Op::ld, reg, save(), 0, offset);
    imm(Op::addi, scratch, reg, 1);
    b_.put(Op::sd, 0, save(), scratch, offset);
  }
  // The byte or doubleword number `index` of a table in the save page, instead of the index.
  void look_up(unsigned index, unsigned table, bool is_byte) {
    if (!is_byte) imm(Op::slli, index, index, 3);
    alu(Op::add, index, index, save());
    b_.put(is_byte ? Op::lbu : Op::ld, index, index, 0, table);
  }

  void enter() {
    b_.put(Op::csrrw, save(), save(), 0, csr_.scratch);
    for (unsigned i = 1; i <= 3; ++i)
      b_.put(Op::sd, 0, save(), regs_[i], kSaveRegisters + 8 * (i - 1));
    count(a(), t(), kSaveTraps);
    read(a(), csr_.cause);
    b_.jump(Op::blt, 0, a(), 0, interrupt_);
  }

  void decide() {
    imm(Op::andi, a(), a(), 15);
    look_up(a(), kSaveActions, true);
    imm(Op::addi, t(), 0, static_cast<int>(Action::kRecover));
    b_.jump(Op::beq, 0, a(), t(), recover_);
    b_.jump(Op::blt, 0, t(), a(), switch_);
  }

  // The instruction says itself how long it is. Reading it takes the trapped code's translation.
  void skip() {
    const uint64_t view =
        plan_.to_supervisor ? mstatus::kSUM | mstatus::kMXR : mstatus::kMPRV | mstatus::kMXR;
    read(a(), csr_.epc);
    b_.load_constant(t(), view);
    b_.put(Op::csrrs, t(), t(), 0, csr_.status);
    b_.put(Op::lhu, u(), a(), 0, 0);
    write(csr_.status, t());
    imm(Op::andi, u(), u(), 3);
    imm(Op::addi, u(), u(), -3);
    imm(Op::sltiu, u(), u(), 1);
    imm(Op::slli, u(), u(), 1);
    alu(Op::add, a(), a(), u());
    imm(Op::addi, a(), a(), 2);
    write(csr_.epc, a());
    go(out_);
  }

  // Whichever alias the trapped code ran at, it goes on at that of its mode.
  void recover() {
    read_mode(a());
    look_up(a(), kSaveBases, false);
    low_bits(t(), plan_.recovery);
    alu(Op::or_, a(), a(), t());
    write(csr_.epc, a());
    go(out_);
  }

  void switch_mode() {
    count(a(), t(), kSaveSwitches);
    imm(Op::andi, a(), a(), 15);
    look_up(a(), kSaveModes, true);
    const uint64_t field = plan_.to_supervisor ? mstatus::kSPP : mstatus::kMPP;
    b_.load_constant(t(), field);
    b_.put(Op::csrrc, 0, t(), 0, csr_.status);
    imm(Op::slli, t(), a(), plan_.to_supervisor ? 8 : mstatus::kMppShift);
    b_.put(Op::csrrs, 0, t(), 0, csr_.status);
    look_up(a(), kSaveBases, false);
    read(t(), csr_.epc);
    low_bits(t(), t());
    imm(Op::addi, t(), t(), 4);
    alu(Op::or_, a(), a(), t());
    write(csr_.epc, a());
    go(out_);
  }

  // What is held up from outside stays pending: its enable bit goes.
  void clear_interrupt() {
    imm(Op::andi, a(), a(), 31);
    imm(Op::addi, t(), 0, 1);
    alu(Op::sll, t(), t(), a());
    b_.put(Op::csrrc, 0, t(), 0, csr_.ie);
    b_.put(Op::csrrc, 0, t(), 0, csr_.ip);
  }

  void leave() {
    for (unsigned i = 1; i <= 3; ++i)
      b_.put(Op::ld, regs_[i], save(), 0, kSaveRegisters + 8 * (i - 1));
    b_.put(Op::csrrw, save(), save(), 0, csr_.scratch);
    b_.put(plan_.to_supervisor ? Op::sret : Op::mret, 0, 0, 0);
  }

  // The mode that the trap came from, as Priv.
  void read_mode(unsigned reg) {
    read(reg, csr_.status);
    imm(Op::srli, reg, reg, plan_.to_supervisor ? 8 : mstatus::kMppShift);
    imm(Op::andi, reg, reg, plan_.to_supervisor ? 1 : 3);
  }
  void low_bits(unsigned to, unsigned from) {
    imm(Op::slli, to, from, 48);
    imm(Op::srli, to, to, 48);
  }

  Builder& b_;
  const HandlerPlan& plan_;
  const Csrs& csr_;
  std::array<uint8_t, 4> regs_{};
  Label skip_ = b_.label(), recover_ = b_.label(), switch_ = b_.label(), interrupt_ = b_.label(),
        out_ = b_.label();
};

}  // namespace

void put_handler(Builder& b, const HandlerPlan& plan, Random& random) {
  HandlerWriter(b, plan, random).write();
}

Segment save_page(const HandlerPlan& plan) {
  Segment page;
  page.offset = (plan.to_supervisor ? kSupervisorSavePage : kMachineSavePage) * kPageSize;
  page.bytes.resize(128);
  std::memcpy(&page.bytes[kSaveActions], plan.actions.data(), plan.actions.size());
  std::memcpy(&page.bytes[kSaveModes], plan.modes.data(), plan.modes.size());
  std::memcpy(&page.bytes[kSaveBases], plan.bases.data(), sizeof plan.bases);
  return page;
}

}  // namespace rvx::fuzz
