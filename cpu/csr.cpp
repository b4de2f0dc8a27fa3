// CSR access: the rows of csrs.inc, their legalisation (WARL) and effects.
#include "cpu/csr.hpp"

#include <array>

namespace rvx {
namespace {

using isa::Ext;

// What a hook answers: the access is legal, or it raises an illegal-instruction exception.
constexpr bool kLegal = true;
constexpr bool kIllegal = false;

constexpr uint64_t kMedelegMask = 0xb3ff;  // every exception but ecall from M
constexpr uint64_t kStateenSE0 = uint64_t{1} << 63;
constexpr uint64_t kStateenEnvcfg = uint64_t{1} << 62;

void assign(uint64_t& field, uint64_t value, uint64_t mask) { field = (field & ~mask) | (value & mask); }

// --- floating point -------------------------------------------------------------------------

bool fp_is_on(const Hart& h) { return (h.s.csr.mstatus & mstatus::kFS) != 0; }
void fp_written(Hart& h) {
  h.s.csr.mstatus |= mstatus::kFS;
  h.mode_changed();
}

bool read_fflags(Hart& h, uint64_t& v) { v = h.s.csr.fflags; return fp_is_on(h); }
bool write_fflags(Hart& h, uint64_t v) {
  if (!fp_is_on(h)) return kIllegal;
  h.s.csr.fflags = v & 31;
  fp_written(h);
  return kLegal;
}
bool read_frm(Hart& h, uint64_t& v) { v = h.s.csr.frm; return fp_is_on(h); }
bool write_frm(Hart& h, uint64_t v) {
  if (!fp_is_on(h)) return kIllegal;
  h.s.csr.frm = v & 7;
  fp_written(h);
  return kLegal;
}
bool read_fcsr(Hart& h, uint64_t& v) { v = h.s.csr.frm << 5 | h.s.csr.fflags; return fp_is_on(h); }
bool write_fcsr(Hart& h, uint64_t v) {
  if (!fp_is_on(h)) return kIllegal;
  h.s.csr.fflags = v & 31;
  h.s.csr.frm = (v >> 5) & 7;
  fp_written(h);
  return kLegal;
}

// --- counters -------------------------------------------------------------------------------

bool counter_is_visible(const Hart& h, uint64_t bit) { return (h.visible_counters() & bit) != 0; }

// Numbers of counters, as bits of mcounteren have them.
constexpr unsigned kCycleCounter = 0, kInstretCounter = 2, kFirstEventCounter = 3;

bool read_mcycle(Hart& h, uint64_t& v) { v = h.monitor().read(kCycleCounter); return kLegal; }
bool read_minstret(Hart& h, uint64_t& v) { v = h.monitor().read(kInstretCounter); return kLegal; }
bool write_mcycle(Hart& h, uint64_t v) { h.monitor().write(kCycleCounter, v); return kLegal; }
bool write_minstret(Hart& h, uint64_t v) { h.monitor().write(kInstretCounter, v); return kLegal; }
bool read_mcountinhibit(Hart& h, uint64_t& v) { v = h.s.csr.mcountinhibit; return kLegal; }
bool write_mcountinhibit(Hart& h, uint64_t v) { h.monitor().inhibit(v); return kLegal; }
bool read_mcyclecfg(Hart& h, uint64_t& v) { v = h.s.csr.counter_event[kCycleCounter]; return kLegal; }
bool write_mcyclecfg(Hart& h, uint64_t v) { h.monitor().select(kCycleCounter, v); return kLegal; }
bool read_minstretcfg(Hart& h, uint64_t& v) { v = h.s.csr.counter_event[kInstretCounter]; return kLegal; }
bool write_minstretcfg(Hart& h, uint64_t v) { h.monitor().select(kInstretCounter, v); return kLegal; }
bool read_cycle(Hart& h, uint64_t& v) { return counter_is_visible(h, counter::kCycle) && read_mcycle(h, v); }
bool read_instret(Hart& h, uint64_t& v) { return counter_is_visible(h, counter::kInstret) && read_minstret(h, v); }
bool read_time(Hart& h, uint64_t& v) {
  if (!counter_is_visible(h, counter::kTime)) return kIllegal;
  v = h.time();
  return kLegal;
}
// Read-only numbers: a write traps before it gets here.
bool write_cycle(Hart&, uint64_t) { return kIllegal; }
bool write_time(Hart&, uint64_t) { return kIllegal; }
bool write_instret(Hart&, uint64_t) { return kIllegal; }

// Event counters from mhpmcounter3 on, by index.
bool read_mhpmcounter(Hart& h, unsigned index, uint64_t& v) {
  const unsigned counter = index + kFirstEventCounter;
  v = counter < kHpmCounters ? h.monitor().read(counter) : 0;
  return kLegal;
}
bool write_mhpmcounter(Hart& h, unsigned index, uint64_t v) {
  if (index + kFirstEventCounter < kHpmCounters) h.monitor().write(index + kFirstEventCounter, v);
  return kLegal;
}
bool read_mhpmevent(Hart& h, unsigned index, uint64_t& v) {
  h.monitor().note_overflows();
  const unsigned counter = index + kFirstEventCounter;
  v = counter < kHpmCounters ? h.s.csr.counter_event[counter] : 0;
  return kLegal;
}
bool write_mhpmevent(Hart& h, unsigned index, uint64_t v) {
  if (index + kFirstEventCounter < kHpmCounters) h.monitor().select(index + kFirstEventCounter, v);
  return kLegal;
}
bool read_hpmcounter(Hart& h, unsigned index, uint64_t& v) {
  return counter_is_visible(h, uint64_t{1} << (index + kFirstEventCounter)) && read_mhpmcounter(h, index, v);
}
bool write_hpmcounter(Hart&, unsigned, uint64_t) { return kIllegal; }

// In modes below M it shows the counters that mcounteren lets them have.
bool read_scountovf(Hart& h, uint64_t& v) {
  v = h.monitor().overflowed() & (h.s.priv == Priv::kM ? ~uint64_t{0} : h.s.csr.mcounteren);
  return kLegal;
}
bool write_scountovf(Hart&, uint64_t) { return kIllegal; }

// --- status ---------------------------------------------------------------------------------

uint64_t with_summary(uint64_t status) {
  return (status & mstatus::kFS) == mstatus::kFS ? status | mstatus::kSD : status;
}

uint64_t mstatus_writable(const Hart& h) {
  uint64_t mask = mstatus::kMIE | mstatus::kMPIE;
  if (h.has(Ext::kU)) mask |= mstatus::kMPP | mstatus::kMPRV | mstatus::kTW;
  if (h.has(Ext::kS))
    mask |= mstatus::kSIE | mstatus::kSPIE | mstatus::kSPP | mstatus::kSUM | mstatus::kMXR | mstatus::kTVM | mstatus::kTSR;
  if (h.has(Ext::kF)) mask |= mstatus::kFS;
  return mask;
}

void set_status(Hart& h, uint64_t value, uint64_t mask) {
  uint64_t& status = h.s.csr.mstatus;
  const uint64_t old_mpp = status & mstatus::kMPP;
  assign(status, value, mask);
  const uint64_t mpp = (status & mstatus::kMPP) >> mstatus::kMppShift;
  const bool is_legal = mpp == 3 || (mpp == 1 && h.has(Ext::kS)) || (mpp == 0 && h.has(Ext::kU));
  if (!is_legal) status = (status & ~mstatus::kMPP) | old_mpp;  // CHOICE: an illegal MPP keeps the old one
  h.mode_changed();
  h.interrupts_changed();
}

bool read_mstatus(Hart& h, uint64_t& v) { v = with_summary(h.s.csr.mstatus); return kLegal; }
bool write_mstatus(Hart& h, uint64_t v) { set_status(h, v, mstatus_writable(h)); return kLegal; }
bool read_sstatus(Hart& h, uint64_t& v) {
  v = with_summary(h.s.csr.mstatus) & (kSstatusStored | mstatus::kSD);
  return kLegal;
}
bool write_sstatus(Hart& h, uint64_t v) { set_status(h, v, kSstatusMask & mstatus_writable(h)); return kLegal; }

bool read_misa(Hart& h, uint64_t& v) {
  v = uint64_t{2} << 62;
  constexpr std::pair<Ext, char> kLetters[] = {{Ext::kI, 'i'}, {Ext::kM, 'm'}, {Ext::kA, 'a'}, {Ext::kF, 'f'},
                                               {Ext::kD, 'd'}, {Ext::kC, 'c'}, {Ext::kS, 's'}, {Ext::kU, 'u'}};
  for (const auto& [ext, letter] : kLetters)
    if (h.has(ext)) v |= uint64_t{1} << (letter - 'a');
  if (h.has(Ext::kZba) && h.has(Ext::kZbb) && h.has(Ext::kZbs)) v |= 1u << ('b' - 'a');
  return kLegal;
}
bool write_misa(Hart&, uint64_t) { return kLegal; }  // CHOICE: extensions are fixed at start

bool read_mhartid(Hart& h, uint64_t& v) { v = h.id(); return kLegal; }
bool write_mhartid(Hart&, uint64_t) { return kIllegal; }

// --- traps and interrupts ---------------------------------------------------------------------

// Bit 1 of an exception pc is writable only where instructions may start on any 16-bit boundary.
uint64_t epc_mask(const Hart& h) { return ~(uint64_t{1} | h.s.misaligned_pc_bits); }
bool read_mepc(Hart& h, uint64_t& v) { v = h.s.csr.mepc & epc_mask(h); return kLegal; }
bool write_mepc(Hart& h, uint64_t v) { h.s.csr.mepc = v & epc_mask(h); return kLegal; }
bool read_sepc(Hart& h, uint64_t& v) { v = h.s.csr.sepc & epc_mask(h); return kLegal; }
bool write_sepc(Hart& h, uint64_t v) { h.s.csr.sepc = v & epc_mask(h); return kLegal; }

bool read_medeleg(Hart& h, uint64_t& v) { v = h.s.csr.medeleg; return kLegal; }
// Where instructions may start on any 16-bit boundary, no jump is misaligned: its bit is zero.
bool write_medeleg(Hart& h, uint64_t v) {
  const uint64_t impossible = h.s.misaligned_pc_bits == 0 ? 1u << cause::kInstructionAddressMisaligned : 0;
  h.s.csr.medeleg = v & kMedelegMask & ~impossible;
  return kLegal;
}
// Those that can be S-mode's.
uint64_t supervisor_interrupts(const Hart& h) {
  if (!h.has(Ext::kS)) return 0;
  return irq::kSSI | irq::kSTI | irq::kSEI | (h.has(Ext::kSscofpmf) ? irq::kLCOFI : 0);
}
bool read_mideleg(Hart& h, uint64_t& v) { v = h.s.csr.mideleg; return kLegal; }
bool write_mideleg(Hart& h, uint64_t v) {
  h.s.csr.mideleg = v & supervisor_interrupts(h);
  h.interrupts_changed();
  return kLegal;
}
uint64_t mie_writable(const Hart& h) { return supervisor_interrupts(h) | irq::kMSI | irq::kMTI | irq::kMEI; }
bool read_mie(Hart& h, uint64_t& v) { v = h.s.csr.mie; return kLegal; }
bool write_mie(Hart& h, uint64_t v) {
  assign(h.s.csr.mie, v, mie_writable(h));
  h.interrupts_changed();
  return kLegal;
}
bool read_sie(Hart& h, uint64_t& v) { v = h.s.csr.mie & h.s.csr.mideleg; return kLegal; }
bool write_sie(Hart& h, uint64_t v) {
  assign(h.s.csr.mie, v, h.s.csr.mideleg);
  h.interrupts_changed();
  return kLegal;
}
bool read_mip(Hart& h, uint64_t& v) { v = h.mip(); return kLegal; }
bool write_mip(Hart& h, uint64_t v) {
  if (!h.has(Ext::kS)) return kLegal;
  // With Sstc on, STIP is stimecmp's alone.
  const uint64_t overflow = h.has(Ext::kSscofpmf) ? irq::kLCOFI : 0;
  assign(h.s.csr.mip_software, v, irq::kSSI | irq::kSEI | overflow | (h.has_sstc() ? 0 : irq::kSTI));
  h.interrupts_changed();
  return kLegal;
}
bool read_sip(Hart& h, uint64_t& v) { v = h.mip() & h.s.csr.mideleg; return kLegal; }
bool write_sip(Hart& h, uint64_t v) {
  assign(h.s.csr.mip_software, v, (irq::kSSI | irq::kLCOFI) & h.s.csr.mideleg);
  h.interrupts_changed();
  return kLegal;
}

// "Supervisor Timer (stimecmp) Register".
bool stimecmp_is_visible(const Hart& h) {
  return h.s.priv == Priv::kM || (h.has_sstc() && (h.s.csr.mcounteren & counter::kTime));
}
bool read_stimecmp(Hart& h, uint64_t& v) { v = h.s.csr.stimecmp; return stimecmp_is_visible(h); }
bool write_stimecmp(Hart& h, uint64_t v) {
  if (!stimecmp_is_visible(h)) return kIllegal;
  h.s.csr.stimecmp = v;
  h.update_supervisor_timer();
  h.s.attention |= attention::kReschedule;
  return kLegal;
}

// --- environment configuration ----------------------------------------------------------------

uint64_t senvcfg_mask(const Hart& h) {
  uint64_t mask = envcfg::kFIOM;
  if (h.has(Ext::kZicbom)) mask |= envcfg::kCBIE | envcfg::kCBCFE;
  if (h.has(Ext::kZicboz)) mask |= envcfg::kCBZE;
  return mask;
}
void write_envcfg(uint64_t& field, uint64_t value, uint64_t mask) {
  // CBIE = 2 is reserved. CHOICE: such a write keeps the old field.
  if ((value & envcfg::kCBIE) == (2u << 4)) mask &= ~envcfg::kCBIE;
  assign(field, value, mask);
}
bool read_menvcfg(Hart& h, uint64_t& v) { v = h.s.csr.menvcfg; return kLegal; }
bool write_menvcfg(Hart& h, uint64_t v) {
  uint64_t mask = senvcfg_mask(h);
  if (h.has(Ext::kSvadu)) mask |= envcfg::kADUE;
  if (h.has(Ext::kSvpbmt)) mask |= envcfg::kPBMTE;
  if (h.has(Ext::kSstc)) mask |= envcfg::kSTCE;
  write_envcfg(h.s.csr.menvcfg, v, mask);
  if (!h.has_sstc()) h.set_lines(irq::kSTI, false);
  h.update_supervisor_timer();
  h.mode_changed();
  h.s.attention |= attention::kReschedule;
  return kLegal;
}
bool stateen_allows(const Hart& h, uint64_t bit) {
  return h.s.priv == Priv::kM || !h.has(Ext::kSmstateen) || (h.s.csr.mstateen0 & bit);
}
bool read_senvcfg(Hart& h, uint64_t& v) { v = h.s.csr.senvcfg; return stateen_allows(h, kStateenEnvcfg); }
bool write_senvcfg(Hart& h, uint64_t v) {
  if (!stateen_allows(h, kStateenEnvcfg)) return kIllegal;
  write_envcfg(h.s.csr.senvcfg, v, senvcfg_mask(h));
  h.mode_changed();
  return kLegal;
}
bool read_mstateen0(Hart& h, uint64_t& v) { v = h.s.csr.mstateen0; return kLegal; }
bool write_mstateen0(Hart& h, uint64_t v) {
  h.s.csr.mstateen0 = v & (h.has(Ext::kS) ? kStateenSE0 | kStateenEnvcfg : 0);
  return kLegal;
}
bool read_mstateen(Hart&, unsigned, uint64_t& v) { v = 0; return kLegal; }
bool write_mstateen(Hart&, unsigned, uint64_t) { return kLegal; }
bool read_sstateen0(Hart& h, uint64_t& v) { v = 0; return stateen_allows(h, kStateenSE0); }
bool write_sstateen0(Hart& h, uint64_t) { return stateen_allows(h, kStateenSE0); }
// mstateen1 to 3 are zero, and so their bit 63, which would open these to S-mode.
bool read_sstateen(Hart& h, unsigned, uint64_t& v) { v = 0; return h.s.priv == Priv::kM; }
bool write_sstateen(Hart& h, unsigned, uint64_t) { return h.s.priv == Priv::kM; }

// --- translation and protection -----------------------------------------------------------------

bool satp_is_visible(const Hart& h) { return h.s.priv != Priv::kS || !(h.s.csr.mstatus & mstatus::kTVM); }
bool read_satp(Hart& h, uint64_t& v) { v = h.s.csr.satp; return satp_is_visible(h); }
bool write_satp(Hart& h, uint64_t v) {
  if (!satp_is_visible(h)) return kIllegal;
  const uint64_t mode = v >> 60;
  // A write with an unsupported MODE has no effect at all. CHOICE: Bare keeps ASID and PPN as written.
  if (mode != 0 && !(mode >= 8 && mode <= 8 + (h.config().virtual_bits - 39) / 9)) return kLegal;
  // "ASID" is a WARL field: a modelled core may have fewer bits of it.
  h.s.csr.satp = v & h.satp_mask();
  if (MemoryModel* const model = h.port().model(); model != nullptr) model->wrote_satp();
  h.mode_changed();
  ++h.counters().satp_writes;
  h.monitor().event_happened();
  return kLegal;
}

bool read_pmpcfg(Hart& h, unsigned index, uint64_t& v) {
  if (index & 1) return kIllegal;  // RV64 has the even ones only
  v = 0;
  for (unsigned i = 0; i < 8; ++i) v |= uint64_t{h.port().pmp().cfg(index * 4 + i)} << (8 * i);
  return kLegal;
}
bool write_pmpcfg(Hart& h, unsigned index, uint64_t v) {
  if (index & 1) return kIllegal;
  bool changed = false;
  for (unsigned i = 0; i < 8; ++i) changed |= h.port().pmp().set_cfg(index * 4 + i, static_cast<uint8_t>(v >> (8 * i)));
  if (changed) h.port().flush_all();
  return kLegal;
}
bool read_pmpaddr(Hart& h, unsigned index, uint64_t& v) { v = h.port().pmp().addr(index); return kLegal; }
bool write_pmpaddr(Hart& h, unsigned index, uint64_t v) {
  if (h.port().pmp().set_addr(index, v)) h.port().flush_all();
  return kLegal;
}

// --- the table ------------------------------------------------------------------------------------

struct CsrRow {
  std::string_view name;
  Ext ext = Ext::kCount;  // kCount: no such CSR
  bool (*read)(Hart&, unsigned number, uint64_t&) = nullptr;
  bool (*write)(Hart&, unsigned number, uint64_t) = nullptr;
};

constexpr std::array<CsrRow, 4096> make_table() {
  std::array<CsrRow, 4096> table{};
#define CSR_STORED(number, name, ext, field, mask)                                                            \
  table[number] = {#name, Ext::k##ext, [](Hart& h, unsigned, uint64_t& v) { v = h.s.csr.field; return true; }, \
                   [](Hart& h, unsigned, uint64_t v) { assign(h.s.csr.field, v, mask); return true; }};
#define CSR_CONST(number, name, ext, value)                                                         \
  table[number] = {#name, Ext::k##ext, [](Hart&, unsigned, uint64_t& v) { v = value; return true; }, \
                   [](Hart&, unsigned, uint64_t) { return true; }};
#define CSR_HOOKED(number, name, ext)                                                                        \
  table[number] = {#name, Ext::k##ext, [](Hart& h, unsigned, uint64_t& v) { return read_##name(h, v); }, \
                   [](Hart& h, unsigned, uint64_t v) { return write_##name(h, v); }};
#define CSR_ARRAY(first, last, name, ext)                                                                          \
  for (unsigned n = first; n <= last; ++n)                                                                         \
    table[n] = {#name, Ext::k##ext, [](Hart& h, unsigned i, uint64_t& v) { return read_##name(h, i - first, v); }, \
                [](Hart& h, unsigned i, uint64_t v) { return write_##name(h, i - first, v); }};
#include "cpu/csrs.inc"
#undef CSR_STORED
#undef CSR_CONST
#undef CSR_HOOKED
#undef CSR_ARRAY
  return table;
}

constexpr std::array<CsrRow, 4096> kTable = make_table();

const CsrRow* row_of(const Hart& hart, unsigned number) {
  if (number >= kTable.size()) return nullptr;
  const CsrRow& row = kTable[number];
  return row.ext != Ext::kCount && hart.has(row.ext) ? &row : nullptr;
}

constexpr unsigned kMip = 0x344;

}  // namespace

bool access_csr(Hart& hart, unsigned number, CsrOp op, uint64_t operand, uint64_t& old) noexcept {
  const CsrRow* row = row_of(hart, number);
  if (row == nullptr) return false;
  const unsigned needed = (number >> 8) & 3;
  const bool is_read_only = (number >> 10) == 3;
  if (static_cast<unsigned>(hart.s.priv) < needed) return false;
  if (op != CsrOp::kRead && is_read_only) return false;
  old = 0;
  if (op != CsrOp::kWrite && !row->read(hart, number, old)) return false;
  uint64_t base = old;
  // Setting or clearing bits of mip must not latch a line that a device holds up into SEIP.
  if (number == kMip) base = hart.s.csr.mip_software;
  switch (op) {
    case CsrOp::kRead: return true;
    case CsrOp::kWrite:
    case CsrOp::kReadWrite: return row->write(hart, number, operand);
    case CsrOp::kSet: return row->write(hart, number, base | operand);
    case CsrOp::kClear: return row->write(hart, number, base & ~operand);
  }
  return false;
}

bool peek_csr(Hart& hart, unsigned number, uint64_t& value) noexcept {
  const CsrRow* row = row_of(hart, number);
  return row != nullptr && row->read(hart, number, value);
}

std::string_view csr_name(unsigned number) noexcept {
  return number < kTable.size() ? kTable[number].name : std::string_view{};
}

int csr_number(std::string_view name) noexcept {
  for (size_t i = 0; i < kTable.size(); ++i)
    if (kTable[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace rvx
