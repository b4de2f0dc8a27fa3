// What fuzz programs do to the machine: CSRs, modes, their own code, interrupts, devices.
#include <array>

#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/program_maker.hpp"
#include "cli/fuzz/words.hpp"
#include "cpu/csr.hpp"
#include "cpu/event_counts.hpp"
#include "cpu/hart_state.hpp"
#include "cpu/system.hpp"

namespace rvx::fuzz {

using isa::Ext;
using isa::Insn;
using isa::Op;

namespace {

constexpr int kFflags = 0x001, kFrm = 0x002, kFcsr = 0x003;
constexpr int kSstatus = 0x100, kMstatus = 0x300, kSie = 0x104, kMie = 0x304, kSip = 0x144, kMip = 0x344;
constexpr int kSepc = 0x141, kMepc = 0x341, kTime = 0xc01, kStimecmp = 0x14d;
constexpr int kSscratch = 0x140, kScause = 0x142, kStval = 0x143;
constexpr int kSenvcfg = 0x10a, kMenvcfg = 0x30a, kMedeleg = 0x302, kMideleg = 0x303;
constexpr unsigned kSieBit = 2;  // of sstatus
static_assert(kSieBit == mstatus::kSIE);

// CSRs that may hold anything while no trap is handled.
constexpr int kFreeCsrs[] = {0x106, 0x10a, 0x10c, 0x141, 0x142, 0x143, 0x144, 0x104, 0x301, 0x302,
                             0x303, 0x304, 0x306, 0x30a, 0x30c, 0x320, 0x323, 0x341, 0x342, 0x343,
                             0x344, 0x7a0, 0x7a1, 0xb00, 0xb02, 0xb03, 0x001, 0x002, 0x003};
constexpr int kCounters[] = {0xc00, 0xc01, 0xc02, 0xc03, 0xc04, 0xc1f, 0xb00, 0xb02, 0xb03, 0xb04, 0xb1f, 0x324, 0xda0};
constexpr int kBlock = static_cast<int>(kCacheBlock);
constexpr unsigned kPatchDataWords = 2 * kBlock / 4;  // some block lies in them
constexpr uint64_t kPlainStatus =
    mstatus::kSIE | mstatus::kMIE | mstatus::kSPIE | mstatus::kMPIE | mstatus::kSUM | mstatus::kMXR;

}  // namespace

// --- CSRs
// -----------------------------------------------------------------------------------------

Op ProgramMaker::any_csr_row() {
  constexpr std::array kRows{Op::csrrw, Op::csrrs, Op::csrrc, Op::csrrwi, Op::csrrsi, Op::csrrci};
  return random_.pick(kRows);
}

void ProgramMaker::csr_row(Op row, unsigned rd, unsigned rs1, int csr) {
  b_.put(row, rd, rs1, 0, csr);
}

void ProgramMaker::set_bits(int csr, uint64_t bits, bool level) {
  const uint8_t reg = free_reg();
  b_.load_constant(reg, bits);
  csr_row(level ? Op::csrrs : Op::csrrc, random_.percent(70) ? 0 : reg, reg, csr);
}

void ProgramMaker::fp_control() {
  if (!isa_.has(Ext::kF)) return straight();
  const uint64_t dice = random_.below(10);
  if (dice < 3) {
    csr_row(Op::csrrwi, random_.percent(50) ? 0 : free_reg(),
            static_cast<unsigned>(random_.below(random_.percent(85) ? 5 : 8)), kFrm);
  } else if (dice < 5) {
    csr_row(Op::csrrs, free_reg(), 0, random_.percent(50) ? kFflags : kFcsr);
  } else if (dice < 6) {
    csr_row(any_csr_row(), random_.percent(30) ? 0 : free_reg(), random_.percent(20) ? 0 : free_reg(), kFflags);
  } else if (dice < 7) {
    csr_row(any_csr_row(), free_reg(), free_reg(), random_.percent(50) ? kFcsr : kFrm);
  } else if (dice < 8) {
    // Off, and perhaps on again.
    set_bits(random_.percent(50) ? kMstatus : kSstatus, mstatus::kFS, false);
    random_insn(RowKind::kFp);
    if (random_.percent(70))
      set_bits(random_.percent(50) ? kMstatus : kSstatus,
               random_.between(1, 3) << mstatus::kFsShift, true);
  } else {
    // Initial or clean, so that what comes next makes it dirty.
    const int csr = random_.percent(50) ? kMstatus : kSstatus;
    const uint64_t bit = uint64_t{1} << mstatus::kFsShift;
    set_bits(csr, random_.percent(50) ? bit : bit << 1, true);
    set_bits(csr, random_.percent(50) ? bit << 1 : bit, false);
    if (random_.percent(40)) csr_row(random_.percent(50) ? Op::csrrw : Op::csrrwi, 0, free_reg(), kFflags);
    else random_insn(RowKind::kFp);
    csr_row(Op::csrrs, free_reg(), 0, csr);
  }
  random_insn(RowKind::kFp);
}

void ProgramMaker::counter_read() {
  for (uint64_t n = random_.between(1, 3); n != 0; --n) {
    csr_row(Op::csrrs, free_reg(), 0, random_.pick(kCounters));
    if (random_.percent(50)) plain(1);
  }
}

// An event for a counter, modes in which it stands still, and perhaps an overflow soon.
void ProgramMaker::counter_event() {
  const uint8_t reg = free_reg();
  constexpr std::array kOwn{HpmEvent::kCycles, HpmEvent::kInstructions, HpmEvent::kExceptions, HpmEvent::kInterrupts, HpmEvent::kFences, HpmEvent::kSatpWrites};
  const auto number = static_cast<int>(random_.between(3, 5));
  const HpmEvent event = random_.pick(kOwn);
  for (const HpmEventRow& row : kHpmEvents)
    if (row.event == event) b_.load_constant(reg, row.code | (random_.percent(50) ? random_.next() & (hpmevent::kFilters | hpmevent::kOF) : 0));
  csr_row(Op::csrrw, 0, reg, 0x320 + number);
  if (random_.percent(60)) {
    b_.load_constant(reg, -random_.below(random_.percent(50) ? 10 : 2000));
    csr_row(Op::csrrw, 0, reg, 0xb00 + number);
  }
  if (random_.percent(20)) {
    b_.load_constant(reg, random_.next() & hpmevent::kFilters);
    csr_row(Op::csrrw, random_.percent(50) ? 0 : reg, reg, random_.percent(50) ? 0x321 : 0x322);
  }
  if (random_.percent(50)) set_bits(kMie, irq::kLCOFI, true);
  if (random_.percent(50)) change_interrupt_enable();
}

void ProgramMaker::csr_access() {
  const uint8_t reg = free_reg();
  if (random_.percent(60)) {
    const uint8_t source = free_reg();
    if (random_.percent(50)) b_.load_constant(source, random_.pick(word_pool()));
    int csr = random_.pick(kFreeCsrs);
    // Without sscratch there is no handler for what is delegated.
    if (plan_.has_free_scratch && (csr == kMedeleg || csr == kMideleg)) csr = kSepc;
    csr_row(any_csr_row(), random_.percent(30) ? 0 : reg, random_.percent(20) ? 0 : source, csr);
  } else {
    // Reads any number, whether there is such a CSR or not.
    const auto number = static_cast<int>(random_.below(4096));
    csr_row(random_.percent(50) ? Op::csrrs : Op::csrrc, reg, 0, number);
  }
}

// What kernels do often: sstatus.SIE, sscratch exchanged, CSRs of the last trap.
void ProgramMaker::supervisor_csr() {
  if (random_.percent(25)) {
    set_bits(kSie, irq::kSSI | (random_.next() & 0xaaa), true);
    if (random_.percent(50)) change_interrupt_enable();
    set_bits(kSip, irq::kSSI, random_.percent(80));
  }
  for (uint64_t n = random_.between(1, 4); n != 0; --n) {
    const uint64_t dice = random_.below(10);
    constexpr std::array kRead{kScause, kStval, kSepc, kSscratch, kSstatus, kSie, kSip};
    if (dice < 5) change_interrupt_enable();
    else if (dice < 8) exchange_csr();
    else csr_row(random_.percent(80) ? Op::csrrs : Op::csrrc, random_.percent(90) ? free_reg() : 0, 0, random_.pick(kRead));
    if (random_.percent(30)) plain(1);
  }
}

void ProgramMaker::change_interrupt_enable() {
  const uint8_t source = free_reg();
  const uint8_t rd = random_.percent(40) ? 0 : random_.percent(30) ? source : free_reg();
  if (random_.percent(50)) {
    const auto bits = static_cast<unsigned>(random_.percent(80) ? kSieBit : random_.below(32));
    return csr_row(random_.percent(50) ? Op::csrrsi : Op::csrrci, rd, bits, kSstatus);
  }
  constexpr std::array<uint64_t, 6> kValues{0, kSieBit, kSieBit, kSieBit, kSieBit | mstatus::kSPIE, mstatus::kSUM};
  b_.load_constant(source, random_.percent(85) ? random_.pick(kValues) : random_.next() & kPlainStatus);
  csr_row(random_.percent(50) ? Op::csrrs : Op::csrrc, rd, source, kSstatus);
}

void ProgramMaker::exchange_csr() {
  constexpr std::array kStored{kSscratch, kSscratch, kScause, kStval, kSepc};
  const int csr = random_.pick(kStored);
  const uint8_t source = free_reg();
  const uint8_t rd = random_.percent(25) ? 0 : random_.percent(50) ? source : free_reg();
  if (csr == kSscratch) {
    const bool is_kept = !plan_.has_free_scratch || random_.percent(20);
    b_.load_constant(source, is_kept ? page_address(kSupervisorSavePage) : random_.pick(word_pool()));
    return csr_row(Op::csrrw, rd, source, csr);
  }
  csr_row(random_.percent(70) ? Op::csrrw : any_csr_row(), rd, random_.percent(10) ? 0 : source, csr);
}

void ProgramMaker::status_change() {
  const bool is_machine = random_.percent(60);
  const int csr = is_machine ? kMstatus : kSstatus;
  uint64_t bits = random_.next() & kPlainStatus;
  if (random_.percent(20)) bits |= mstatus::kTW;
  if (plan_.may_restrict && random_.percent(30))
    bits |= random_.next() & (mstatus::kTVM | mstatus::kTSR);
  if (is_machine && random_.percent(35)) {
    // Loads and stores as another mode, for a while.
    set_bits(kMstatus, mstatus::kMPP, false);
    set_bits(kMstatus, mstatus::kMPRV | random_.below(2) << mstatus::kMppShift | bits, true);
    for (uint64_t n = random_.between(1, 5); n != 0; --n)
      random_insn(random_.percent(50)   ? RowKind::kLoad
                  : random_.percent(70) ? RowKind::kStore
                                        : RowKind::kAmo);
    if (random_.percent(80)) set_bits(kMstatus, mstatus::kMPRV, false);
    return;
  }
  set_bits(csr, bits, random_.percent(60));
  if (random_.percent(30)) set_bits(is_machine ? kMie : kSie, random_.next() & 0xaaa, true);
  if (random_.percent(20)) set_bits(is_machine ? kMip : kSip, irq::kSSI, random_.percent(70));
}

void ProgramMaker::trap() {
  constexpr uint32_t kWriteOfCycle = 0xc0001073;  // csrw cycle, zero
  switch (random_.below(6)) {
    case 0: b_.put(Op::ebreak, 0, 0, 0); break;
    case 1: b_.put(has_c() ? Op::c_ebreak : Op::ebreak, 0, 0, 0); break;
    case 2: b_.put_bits(kWriteOfCycle, 4); break;
    case 3: has_c() ? b_.put_bits(0, 2) : b_.put_bits(~uint32_t{0}, 4); break;
    default: b_.put(Op::ecall, 0, 0, 0); break;
  }
}

// By an environment call, or by what a handler ends with.
void ProgramMaker::mode_change() {
  const uint64_t dice = random_.below(10);
  if (dice < 5) {
    b_.put(Op::ecall, 0, 0, 0);
    return;
  }
  const uint8_t reg = free_reg();
  const Label target = b_.label();
  const bool is_machine = dice < 8;
  uint64_t mode = random_.below(is_machine ? 3 : 2);
  if (mode == 2) mode = 3;
  const unsigned bases[] = {plan_.user_base, plan_.supervisor_base, 0, 0};
  b_.address(reg, target, bases[mode]);
  csr_row(Op::csrrw, 0, reg, is_machine ? kMepc : kSepc);
  set_bits(is_machine ? kMstatus : kSstatus, is_machine ? mstatus::kMPP : mstatus::kSPP, false);
  if (mode != 0)
    set_bits(is_machine ? kMstatus : kSstatus, mode << (is_machine ? mstatus::kMppShift : 8), true);
  b_.put(is_machine ? Op::mret : Op::sret, 0, 0, 0);
  if (random_.percent(30)) plain(1);
  b_.bind(target);
}

// --- code that changes
// ----------------------------------------------------------------------------

// A function with instructions that are replaced, and a word of data among them.
void ProgramMaker::patched_function(size_t index) {
  const Function& f = patched_[index];
  const uint32_t outer = begin_function(f);
  for (const PatchPoint& point : patch_points_) {
    if (point.function != index) continue;
    plain(static_cast<unsigned>(random_.below(3)));
    b_.bind(point.at);
    b_.put(Op::addi, free_reg(), free_reg(), 0, 1);
  }
  const Label behind = b_.label();
  b_.set_fixed(true);  // what is written without a fence must stay data
  b_.jump(Op::jal, 0, 0, 0, behind);
  b_.bind(patch_words_[index]);
  for (unsigned i = 0; i < kPatchDataWords; ++i) b_.put_bits(static_cast<uint32_t>(random_.next()) | 3, 4);
  b_.set_fixed(false);
  b_.bind(behind);
  plain(static_cast<unsigned>(random_.below(3)));
  b_.put(Op::jalr, 0, f.link, 0, 0);
  regs_.reserved = outer;
}

void ProgramMaker::patch() {
  if (!isa_.has(Ext::kZifencei) || is_leaf_) return straight();
  const PatchPoint& point = random_.pick(patch_points_);
  const uint8_t value = free_reg();
  const uint8_t place = other_reg(value);
  b_.begin_bundle();
  b_.pc_address(place, point.at);
  if (random_.percent(25)) {
    // The same bytes again change nothing, so that no fence is needed.
    b_.put(Op::lw, value, place, 0, 0);
    b_.put(Op::sw, 0, place, value, 0);
  } else {
    Insn insn;
    do insn = rows_.any(random_.percent(60) ? RowKind::kCommon : RowKind::kAlu, regs_);
    while (insn.length != 4);
    b_.load_constant(value, static_cast<uint64_t>(static_cast<int32_t>(insn.bits)));
    switch (random_.below(4)) {
      case 0:
        b_.put(Op::sh, 0, place, value, 0);
        b_.put(Op::srli, value, value, 0, 16);
        b_.put(Op::sh, 0, place, value, 2);
        break;
      case 1:
        if (isa_.has(
                Ext::kZaamo)) {  // traps where the instruction is not aligned, and changes nothing
          b_.put(Op::amoswap_w, 0, place, value, 0);
          break;
        }
        [[fallthrough]];
      default: b_.put(Op::sw, 0, place, value, 0);
    }
    b_.put(Op::fence_i, 0, 0, 0);
  }
  b_.end_bundle();
  if (random_.percent(70)) call_function(patched_[point.function]);
}

void ProgramMaker::patch_data() {
  if (is_leaf_) return straight();
  const size_t index = random_.below(patched_.size());
  const uint8_t place = free_reg();
  const uint8_t value = other_reg(place);
  if (isa_.has(Ext::kZicboz) && random_.percent(30)) {
    b_.pc_address(place, patch_words_[index], kBlock - 1);
    b_.put(Op::cbo_zero, 0, place, 0);
    if (random_.percent(60)) call_function(patched_[index]);
    return;
  }
  b_.pc_address(place, patch_words_[index]);
  b_.put(random_.percent(50) ? Op::lw : Op::lbu, value, place, 0,
         static_cast<int>(random_.below(4)));
  b_.put(Op::addi, value, value, 0, 3);
  b_.put(random_.percent(50) ? Op::sw : Op::sb, 0, place, value,
         static_cast<int>(random_.below(4)));
  if (random_.percent(60)) call_function(patched_[index]);
}

// --- atomics, timers, devices
// ---------------------------------------------------------------------

// LR and SC, mostly in a loop that a counter of its own ends in any case.
void ProgramMaker::reservation() {
  if (!isa_.has(Ext::kZalrsc)) return straight();
  const bool is_word = random_.percent(50);
  const uint8_t place = random_.pick(regs_.pointers).reg;
  const uint8_t value = free_reg();
  const uint8_t done = other_reg(value);
  const auto order = static_cast<int>(random_.below(4));
  uint8_t trips = other_reg(value);
  while (trips == done) trips = other_reg(value);
  const bool loops = random_.percent(60);
  if (loops) b_.put(Op::addi, trips, 0, 0, 3);
  const Label again = b_.here(), out = b_.label();
  b_.put(is_word ? Op::lr_w : Op::lr_d, random_.percent(90) ? value : 0, place, 0, order);
  if (loops) {
    b_.put(Op::addi, trips, trips, 0, -1);
    b_.jump(Op::beq, 0, trips, 0, out);
  }
  b_.put(Op::addi, value, value, 0, 1);
  if (random_.percent(20)) plain(1);
  const bool is_other_size = random_.percent(8);
  b_.put(is_word != is_other_size ? Op::sc_w : Op::sc_d, random_.percent(90) ? done : 0,
         random_.percent(92) ? place : random_.pick(regs_.pointers).reg, value, order);
  if (loops) b_.jump(Op::bne, 0, done, 0, again);
  b_.bind(out);
}

void ProgramMaker::timer() {
  const uint8_t when = free_reg();
  csr_row(Op::csrrs, when, 0, kTime);
  b_.put(Op::addi, when, when, 0, static_cast<int>(random_.below(random_.percent(50) ? 20 : 400)));
  if (random_.percent(60)) {
    csr_row(Op::csrrw, 0, when, kStimecmp);
  } else {
    const uint8_t place = other_reg(when);
    b_.load_constant(place, kDeviceBase + kDeviceTimer);
    b_.put(Op::sd, 0, place, when, 0);
  }
  if (random_.percent(60)) set_bits(random_.percent(50) ? kMie : kSie, irq::kMTI | irq::kSTI, true);
}

void ProgramMaker::device() {
  const uint8_t place = free_reg();
  const uint8_t value = other_reg(place);
  constexpr std::array<uint64_t, 4> kPlaces{kDeviceRaise, kDeviceLower, kDeviceExit, 8};
  b_.load_constant(place, kDeviceBase);
  b_.load_constant(value, random_.next() & 0xaaa);
  const auto offset = static_cast<int>(random_.pick(kPlaces));
  constexpr std::array kStores{Op::sd, Op::sw, Op::sh, Op::sd};
  b_.put(random_.pick(kStores), 0, place, value, offset);
  if (random_.percent(50)) {
    constexpr std::array kLoads{Op::ld, Op::lw, Op::lhu, Op::lb};
    const uint64_t from = random_.percent(20) ? kDeviceExit : random_.below(32) * 8;
    b_.put(random_.pick(kLoads), value, place, 0, static_cast<int>(from));
  }
}

void ProgramMaker::wait() {
  const uint64_t dice = random_.below(10);
  if (dice < 5) {
    b_.put(Op::wfi, 0, 0, 0);
  } else if (isa_.has(Ext::kZawrs)) {
    b_.put(dice < 8 ? Op::wrs_nto : Op::wrs_sto, 0, 0, 0);
  }
}

void ProgramMaker::cache_block() {
  if (!rows_.has(RowKind::kCacheBlock)) return straight();
  if (!isa_.has(Ext::kZicboz) || random_.percent(40)) return random_insn(RowKind::kCacheBlock);
  // At any address, now and then where code is that cannot be written.
  const uint8_t place = free_reg();
  const int csr = random_.percent(50) ? kSenvcfg : kMenvcfg;
  const bool is_off = random_.percent(15);
  if (is_off) set_bits(csr, envcfg::kCBZE, false);
  if (random_.percent(10)) b_.load_constant(place, kCodeBases[random_.below(kCodeBases.size())] + random_.below(kFirstPatchPage * kPageSize));
  else b_.put(Op::addi, place, random_.pick(regs_.pointers).reg, 0, static_cast<int>(random_.below(4096)) - 2048);
  b_.put(Op::cbo_zero, 0, place, 0);
  if (is_off && random_.percent(80)) set_bits(csr, envcfg::kCBZE, true);
  if (random_.percent(30)) random_insn(RowKind::kLoad);
}

}  // namespace rvx::fuzz
