// The architectural state of one hart, as a plain struct with offsets that engines may rely on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mmu/host_tlb.hpp"
#include "mmu/types.hpp"

namespace rvx {

// Bits of mstatus and sstatus, "Machine Status (mstatus and mstatush) Registers".
namespace mstatus {
inline constexpr uint64_t kSIE = 1u << 1, kMIE = 1u << 3, kSPIE = 1u << 5, kMPIE = 1u << 7, kSPP = 1u << 8;
inline constexpr unsigned kMppShift = 11, kFsShift = 13;
inline constexpr uint64_t kMPP = 3u << kMppShift, kFS = 3u << kFsShift;
inline constexpr uint64_t kMPRV = 1u << 17, kSUM = 1u << 18, kMXR = 1u << 19;
inline constexpr uint64_t kTVM = 1u << 20, kTW = 1u << 21, kTSR = 1u << 22;
inline constexpr uint64_t kUXL = uint64_t{2} << 32, kSXL = uint64_t{2} << 34, kSD = uint64_t{1} << 63;
}  // namespace mstatus

// Bits of menvcfg and senvcfg, "Machine Environment Configuration (menvcfg) Register".
namespace envcfg {
inline constexpr uint64_t kFIOM = 1, kCBIE = 3u << 4, kCBCFE = 1u << 6, kCBZE = 1u << 7;
inline constexpr uint64_t kADUE = uint64_t{1} << 61, kPBMTE = uint64_t{1} << 62, kSTCE = uint64_t{1} << 63;
}  // namespace envcfg

// Bits of mcounteren, scounteren and mcountinhibit.
namespace counter {
inline constexpr uint64_t kCycle = 1, kTime = 2, kInstret = 4;
}

// Bits of mhpmevent, and of mcyclecfg and minstretcfg: modes in which the counter stands still.
namespace hpmevent {
inline constexpr uint64_t kOF = uint64_t{1} << 63;
inline constexpr uint64_t kMINH = uint64_t{1} << 62, kSINH = uint64_t{1} << 61, kUINH = uint64_t{1} << 60;
inline constexpr uint64_t kFilters = kMINH | kSINH | kUINH;
inline constexpr uint64_t kSelector = (uint64_t{1} << 56) - 1;
}  // namespace hpmevent

// Interrupt bits of mip and mie.
namespace irq {
inline constexpr uint64_t kSSI = 1u << 1, kMSI = 1u << 3, kSTI = 1u << 5, kMTI = 1u << 7, kSEI = 1u << 9, kMEI = 1u << 11;
inline constexpr uint64_t kLCOFI = 1u << 13;
}

// Why an engine gave control back for something besides its budget; bits of HartState::attention.
namespace attention {
inline constexpr uint32_t kInterrupt = 1;   // an enabled interrupt may be pending
inline constexpr uint32_t kReschedule = 2;  // a timer deadline or a device's state changed
inline constexpr uint32_t kWait = 4;        // WFI with nothing pending
inline constexpr uint32_t kYield = 8;       // WRS or pause: another hart should have a turn
inline constexpr uint32_t kExit = 16;       // the machine is asked to stop
}  // namespace attention

// CHOICE: mhpmcounter3 to mhpmcounter10 count; mhpmcounter11 to 31 and their mhpmevent are read-only zero.
inline constexpr unsigned kHpmCounters = 11;

// CSRs that are stored as they are; the rest is computed by csr.cpp from other state.
struct CsrState {
  uint64_t mstatus = 0;
  uint64_t mtvec = 0, medeleg = 0, mideleg = 0, mie = 0;
  uint64_t mip_software = 0;  // the bits of mip that software has set
  uint64_t mip_lines = 0;     // the bits that devices and timers hold up
  uint64_t mscratch = 0, mepc = 0, mcause = 0, mtval = 0;
  uint64_t mcounteren = 0, mcountinhibit = 0, menvcfg = 0, mstateen0 = 0;
  uint64_t stvec = 0, sscratch = 0, sepc = 0, scause = 0, stval = 0;
  uint64_t scounteren = 0, senvcfg = 0, satp = 0, stimecmp = ~uint64_t{0};
  uint64_t frm = 0;
  uint64_t fflags = 0;  // while guest code runs the accrued flags are in the host's MXCSR instead
  // By counter, numbers as in mcountinhibit (1 is not used). While it runs its value is the running count of its
  // event plus the offset; while it stands still it is in counter_frozen. PerformanceMonitor's.
  std::array<uint64_t, kHpmCounters> counter_offset{}, counter_frozen{};
  std::array<uint64_t, kHpmCounters> counter_event{};  // mcyclecfg, -, minstretcfg, mhpmevent3 and on

  template <class V> void visit_state(V& v) {
    v("mstatus", mstatus); v("mtvec", mtvec); v("medeleg", medeleg); v("mideleg", mideleg); v("mie", mie);
    v("mip_software", mip_software); v("mip_lines", mip_lines);
    v("mscratch", mscratch); v("mepc", mepc); v("mcause", mcause); v("mtval", mtval);
    v("mcounteren", mcounteren); v("mcountinhibit", mcountinhibit); v("menvcfg", menvcfg); v("mstateen0", mstateen0);
    v("stvec", stvec); v("sscratch", sscratch); v("sepc", sepc); v("scause", scause); v("stval", stval);
    v("scounteren", scounteren); v("senvcfg", senvcfg); v("satp", satp); v("stimecmp", stimecmp);
    v("frm", frm); v("fflags", fflags);
    for (unsigned n = 0; n < kHpmCounters; ++n) {
      v("counter_offset", counter_offset[n]); v("counter_frozen", counter_frozen[n]); v("counter_event", counter_event[n]);
    }
  }
};

// The register that writes to x0 go to, so that no handler tests for it.
inline constexpr unsigned kSinkRegister = 32;

struct InterpreterRun;
struct PreOp;

// What predecoded floating-point instructions without a rounding field have as imm: a reserved value.
inline constexpr unsigned kNoRounding = 5;

struct HartState {
  uint64_t x[33] = {};  // x[0] stays zero; x[kSinkRegister] takes writes to x0
  uint64_t f[32] = {};  // NaN-boxed
  uint64_t pc = 0;
  uint64_t instret = 0;  // retired since reset; exact whenever code outside an engine runs
  HostTlbView view;
  // Bit n: a floating-point instruction whose imm has n in its low five bits (rounding field, and
  // whatever part of rs3 stands above it) can use the host's MXCSR as it is. Bit kNoRounding stands
  // for instructions without a rounding field: floating point is on.
  uint32_t rounding_ok = 0;
  uint32_t rounding_ok_dirty = 0;  // the same while mstatus.FS is Dirty, otherwise 0: it need not be set
  Priv priv = Priv::kM;
  bool may_zero_blocks = false;   // CBO.ZERO is enabled in the mode in force
  uint8_t running_counters = 0;   // bits as in mcounteren: cycle and instret, if the mode in force may read them and they are instret plus their offset
  bool waiting = false;           // in WFI
  bool trap_loops = false;        // traps follow each other and nothing retires: only an interrupt can end that
  uint8_t misaligned_pc_bits = 0; // bits a jump target must not have: 2 without the C extension
  uint32_t attention = 0;
  bool stops_early = false;       // a budget may be left a little before its end, where translated code needs more
  bool is_concurrent = false;     // other threads work on memory while this hart runs
  // The host address of the last LR, until an SC: 0 where there is no reservation. LR sets both words,
  // and any SC sets this one to 0 and stores only if it was its own address, and memory still holds the
  // value, in one compare-and-swap of its own size. Where harts take turns the scheduler ends
  // reservations with each turn.
  // CHOICE: where they run at the same time SC succeeds if memory holds what LR read, though it may
  // have held something else in between.
  uint64_t reservation = 0;
  uint64_t reserved_value = 0;    // what LR wrote to rd
  uint64_t pauses = 0;            // PAUSE instructions, for the scheduler
  CsrState csr;
  InterpreterRun* run = nullptr;  // while the interpreter runs this hart
  const PreOp* code_base = nullptr;  // the code cache's first op
  // While translated code runs: the virtual address of the page it stands in, how many instructions
  // may retire less kMaxStretch, and what a slow path hands back.
  uint64_t region_base = 0;
  int64_t region_left = 0;
  uint64_t region_value = 0;
  uint64_t model_limit = 0;  // with a model: the time on its clock when nothing more may retire, as above; else 0
  std::array<uint64_t, 6> routines{};  // addresses of code that all translated code uses; 0 = not known yet

  template <class V> void visit_state(V& v) {
    v("x", x);
    v("f", f);
    v("pc", pc);
    v("instret", instret);
    v("priv", priv);
    v("waiting", waiting);
    v("reservation", reservation);
    v("reserved_value", reserved_value);
    csr.visit_state(v);
  }
};

// Generated code addresses registers from the start of the struct.
static_assert(offsetof(HartState, x) == 0);

}  // namespace rvx
