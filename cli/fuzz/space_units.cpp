// What fuzz programs do to address spaces: switches, changes of page tables with their fences, PMP.
#include <array>

#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/program_maker.hpp"
#include "cpu/hart_state.hpp"

namespace rvx::fuzz {

using isa::Ext;
using isa::Op;

namespace {

constexpr int kSatp = 0x180, kSstatus = 0x100, kSepc = 0x141;
constexpr int kPmpcfg0 = 0x3a0, kPmpaddr0 = 0x3b0;

// Bits of a page's entry that are turned over.
constexpr uint64_t kFrameBit = uint64_t{1} << 10;
constexpr std::array<uint64_t, 9> kTurned{kFrameBit, kFrameBit, 2 * kFrameBit, 3 * kFrameBit, pte::kW, pte::kR | pte::kW, pte::kV, pte::kU, pte::kA | pte::kD};

}  // namespace

void ProgramMaker::space_change() {
  if (plan_.spaces.empty()) return straight();
  for (uint64_t n = random_.between(1, 3); n != 0; --n) {
    const uint8_t reg = free_reg();
    b_.begin_bundle();
    b_.load_constant(reg, random_.pick(plan_.spaces).satp);
    csr_row(Op::csrrw, random_.percent(70) ? 0 : reg, reg, kSatp);
    b_.end_bundle();
    if (random_.percent(20)) stray_fence();
    for (uint64_t uses = random_.between(1, 3); uses != 0; --uses) random_insn(random_.percent(70) ? RowKind::kLoad : RowKind::kStore);
  }
}

// What must follow a change of the entry that maps `range` bytes from `va` on in `space`: one of the
// instructions that suffice.
void ProgramMaker::change_fence(const Space& space, uint64_t va, uint64_t range, bool is_for_all) {
  const uint8_t address = free_reg();
  const uint8_t asid = other_reg(address);
  const bool by_address = random_.percent(60);
  const bool by_asid = !is_for_all && random_.percent(40);
  if (by_address) b_.load_constant(address, va + random_.below(range));
  if (by_asid) b_.load_constant(asid, (space.satp >> 44) & 0xffff);
  const unsigned rs1 = by_address ? address : 0, rs2 = by_asid ? asid : 0;
  if (isa_.has(Ext::kSvinval) && random_.percent(25)) {
    b_.put(Op::sfence_w_inval, 0, 0, 0);
    b_.put(Op::sinval_vma, 0, rs1, rs2);
    b_.put(Op::sfence_inval_ir, 0, 0, 0);
  } else {
    b_.put(Op::sfence_vma, 0, rs1, rs2);
  }
}

// Mostly of a page that something points to, or the page before it.
const DataEntry& ProgramMaker::used_entry(const Space& space, const Registers::Pointer& pointer) {
  const uint64_t place = pointer.address - random_.below(2) * kPageSize;
  if (random_.percent(85))
    for (const DataEntry& entry : space.data_entries)
      if (place - entry.va < entry.range) return entry;
  return random_.pick(space.data_entries);
}

// Often in a loop of its own, so that what is changed was used by translated code.
void ProgramMaker::entry_change() {
  if (plan_.spaces.empty()) return straight();
  const Space& space = random_.pick(plan_.spaces);
  const Registers::Pointer& pointer = random_.pick(regs_.pointers);
  const DataEntry& entry = used_entry(space, pointer);
  if (loops_ >= regs_.counters.size() || random_.percent(60)) return change_entry(space, entry, pointer.reg);
  const uint8_t counter = regs_.counters[loops_++];
  b_.put(Op::addi, counter, 0, 0, static_cast<int>(random_.between(3, loops_ > 2 ? 6 : 20)));
  const Label again = b_.here();
  change_entry(space, entry, pointer.reg);
  b_.put(Op::addi, counter, counter, 0, -1);
  b_.jump(Op::bne, 0, counter, 0, again);
  --loops_;
}

// Near the boundary of pages, where pointers are.
void ProgramMaker::use(uint8_t pointer) {
  constexpr std::array kRows{Op::ld, Op::ld, Op::lw, Op::lbu, Op::sd, Op::sb};
  const Op row = random_.pick(kRows);
  const uint8_t reg = free_reg();
  const auto at = static_cast<int>(random_.below(random_.percent(50) ? 16 : 256)) * 8;
  b_.put(row, row == Op::sd || row == Op::sb ? 0 : reg, pointer, reg, random_.percent(50) ? at : -at);
}

// Writes the entry of a data page or of a large leaf and fences. In a loop, mostly with another value each time.
void ProgramMaker::change_entry(const Space& space, const DataEntry& entry, uint8_t pointer) {
  const bool is_page = entry.range == kPageSize;
  const bool returns = random_.percent(30);
  if (returns) b_.put(Op::ecall, 0, 0, 0);
  const uint8_t slot = free_reg();
  const uint8_t value = other_reg(slot);
  uint8_t mask = other_reg(slot);
  while (mask == value) mask = other_reg(slot);
  b_.begin_bundle();
  b_.load_constant(slot, entry.slot);
  if (!is_page || random_.percent(60)) {
    const uint64_t turned = random_.pick(kTurned);
    b_.load_constant(mask, is_page || turned < kFrameBit ? turned : pte::kW);
    b_.put(Op::ld, value, slot, 0, 0);
    b_.put(Op::xor_, value, value, mask);
  } else {
    b_.load_constant(value, any_data_entry(plan_.spaces_plan, entry.page, random_, 60) | entry.flags);
  }
  b_.put(Op::sd, 0, slot, value, 0);
  change_fence(space, entry.va, entry.range, entry.is_for_all);
  if (random_.percent(30)) b_.put(Op::ld, value, slot, 0, 0);  // accessed and dirty bits too
  forget_slot(slot);
  b_.end_bundle();
  if (returns) leave_for_user();
  for (uint64_t n = random_.below(4); n != 0; --n) use(pointer);
  for (uint64_t n = random_.below(3); n != 0; --n) random_insn(random_.percent(60) ? RowKind::kLoad : RowKind::kStore);
}

// From whichever mode may.
void ProgramMaker::leave_for_user() {
  const uint8_t reg = free_reg();
  const Label target = b_.label();
  b_.address(reg, target, plan_.user_base);
  csr_row(Op::csrrw, 0, reg, kSepc);
  set_bits(kSstatus, mstatus::kSPP, false);
  b_.put(Op::sret, 0, 0, 0);
  b_.bind(target);
}

// Maps a code page or its twin, perhaps the one that runs: what stands here is in both.
void ProgramMaker::code_entry_change() {
  if (plan_.spaces.empty()) return straight();
  const Space& space = random_.pick(plan_.spaces);
  if (space.code_entries.empty()) return straight();
  const CodeEntry& entry = random_.pick(space.code_entries);
  const uint8_t slot = free_reg();
  const uint8_t value = other_reg(slot);
  const uint64_t to = random_.pick(entry.to);
  b_.begin_bundle();
  b_.load_constant(slot, entry.slot);
  b_.load_constant(value, to);
  b_.put(Op::sd, 0, slot, value, 0);
  change_fence(space, entry.va, kPageSize, entry.is_for_all);
  forget_slot(slot);
  b_.end_bundle();
}

// What stores there later by chance would change an entry without a fence: whoever still has the old one is right, too.
void ProgramMaker::forget_slot(uint8_t slot) { b_.put(Op::addi, slot, 0, 0, 0); }

void ProgramMaker::stray_fence() {
  if (random_.percent(30) && isa_.has(Ext::kSvinval)) b_.put(Op::sfence_w_inval, 0, 0, 0);
  const unsigned rs1 = random_.percent(50) ? random_.pick(regs_.pointers).reg : 0;
  const unsigned rs2 = random_.percent(50) ? free_reg() : 0;
  if (rs2 != 0 && !plan_.spaces.empty() && random_.percent(70)) b_.load_constant(rs2, (random_.pick(plan_.spaces).satp >> 44) & 0xffff);
  b_.put(Op::sfence_vma, 0, rs1, rs2);
}

// Regions smaller than a page, over data.
void ProgramMaker::protection_change() {
  constexpr unsigned kFirstEntry = 3, kEntries = 4;  // entry 2 is where the first of them may begin
  const uint8_t reg = free_reg();
  const uint64_t at = kDataBase + random_.below(kDataPages * kPageSize);
  const uint64_t ones = random_.percent(50) ? 0 : (uint64_t{1} << random_.below(10)) - 1;
  b_.load_constant(reg, ((at >> 2) & ~(ones * 2 + 1)) | ones);
  csr_row(Op::csrrw, 0, reg, kPmpaddr0 + static_cast<int>(kFirstEntry + random_.below(kEntries)));
  uint64_t cfg = random_.next() & 0x1f1f1f1f000000;
  if (random_.percent(15))
    cfg |= uint64_t{0x80} << (8 * random_.between(kFirstEntry, kFirstEntry + kEntries - 1));
  if (random_.percent(40)) cfg = 0;
  b_.load_constant(reg, cfg);
  csr_row(Op::csrrw, 0, reg, kPmpcfg0);
}

}  // namespace rvx::fuzz
