// sscratch, scause and stval in every register form, in loops; and sepc, scause and stval behind traps that a loop takes again and again, by a handler that exchanges sscratch.
#include "lib/upper.h"

struct Outcome {
  uint64_t rd, rs1, after;
};

// --- forms ---------------------------------------------------------------------------------------

// `operand` in rs1, the CSR is `before`. rd is 0 where it is x0, so is rs1.
struct Form {
  bool has_rd, has_rs1, is_same;
  uint64_t (*result)(uint64_t before, uint64_t operand);
  void (*execute)(uint64_t before, uint64_t operand, Outcome& outcome);
};
static uint64_t exchanged(uint64_t, uint64_t operand) { return operand; }
static uint64_t set(uint64_t before, uint64_t operand) { return before | operand; }
static uint64_t cleared(uint64_t before, uint64_t operand) { return before & ~operand; }

#define FORM(csr, op, result, rd, rs1, has_rd, has_rs1, is_same)                                     \
  {has_rd, has_rs1, is_same, result, [](uint64_t before, uint64_t operand, Outcome& outcome) {       \
     asm volatile("csrw " csr ", %0\nmv " rs1 ", %1\n" op " " rd ", " csr ", " rs1 "\nsd " rd ", 0(%2)\nsd " rs1 ", 8(%2)\n" \
                  "csrr t2, " csr "\nsd t2, 16(%2)" ::"r"(before), "r"(operand), "r"(&outcome)       \
                  : "a0", "a5", "t1", "t2", "t3", "s4", "s9", "memory");                             \
   }}
#define FORMS(csr, op, result)                                                                      \
  FORM(csr, op, result, "a0", "a5", true, true, false), FORM(csr, op, result, "s9", "s4", true, true, false),     \
      FORM(csr, op, result, "t1", "a0", true, true, false), FORM(csr, op, result, "a5", "a5", true, true, true),  \
      FORM(csr, op, result, "t3", "t3", true, true, true), FORM(csr, op, result, "s4", "s4", true, true, true),   \
      FORM(csr, op, result, "zero", "a0", false, true, false), FORM(csr, op, result, "zero", "t3", false, true, false), \
      FORM(csr, op, result, "a0", "zero", true, false, false), FORM(csr, op, result, "s9", "zero", true, false, false), \
      FORM(csr, op, result, "zero", "zero", false, false, false)
#define ALL_FORMS(csr) {FORMS(csr, "csrrw", exchanged), FORMS(csr, "csrrs", set), FORMS(csr, "csrrc", cleared)}

static const Form kScratch[] = ALL_FORMS("sscratch");
static const Form kCause[] = ALL_FORMS("scause");
static const Form kValue[] = ALL_FORMS("stval");
static const Form kMachineScratch[] = ALL_FORMS("mscratch");  // of M-mode, for which nothing is done

constexpr uint64_t kNumbers[] = {0, 5, kInterrupt | 9, 13, 0x8000000000000007, 2};

template <unsigned kCount>
static void check_forms(Mode mode, const Form (&forms)[kCount], uint64_t number, bool any_bits) {
  for (const Form& form : forms) {
    checking("csr, mode, form", number << 60 | (uint64_t)mode << 56 | (uint64_t)(&form - forms));
    uint64_t wrong = 0;
    CHECK_NO_TRAP(run_in(mode, [&] {
      for (unsigned round = 0; round < 8; ++round)
        for (const uint64_t a : kNumbers)
          for (const uint64_t b : kNumbers) {
            const uint64_t before = any_bits ? a * 0x1234567890abcdef : a, operand = any_bits ? b * 0xfedcba0987654321 : b;
            if (!any_bits && form.result != exchanged) continue;  // not every number is one of a cause
            Outcome outcome;
            form.execute(before, operand, outcome);
            const uint64_t source = form.has_rs1 ? operand : 0;
            wrong += outcome.rd != (form.has_rd ? before : 0);
            wrong += outcome.rs1 != (form.is_same ? before : source);
            wrong += outcome.after != form.result(before, source);
          }
    }));
    CHECK_EQ(wrong, 0);
  }
}

// --- traps ---------------------------------------------------------------------------------------

// The handler finds its area by sscratch, as kernels do, and notes what the trap's registers hold.
struct Area {
  uint64_t t0, t1, epc, cause, tval, again, status, scratch, count;
};
static Area area;
extern "C" void area_handler();
asm(R"(
        .text
        .balign 4
area_handler:
        csrrw   a0, sscratch, a0
        sd      t0, 0(a0)
        sd      t1, 8(a0)
        csrr    t0, sepc
        csrr    t1, scause
        sd      t0, 16(a0)
        sd      t1, 24(a0)
        addi    t0, t0, 4
        csrr    t1, stval
        csrw    sepc, t0
        sd      t1, 32(a0)
        csrr    t1, sepc
        sd      t1, 40(a0)
        csrr    t1, sstatus
        sd      t1, 48(a0)
        csrr    t1, sscratch
        sd      t1, 56(a0)
        ld      t1, 64(a0)
        addi    t1, t1, 1
        sd      t1, 64(a0)
        ld      t0, 0(a0)
        ld      t1, 8(a0)
        csrrw   a0, sscratch, a0
        sret
)");

// One that traps, with a0 known: sscratch must have it meanwhile.
struct Trapping {
  uint64_t cause;
  bool tval_is_address;
  uint64_t (*execute)(uint64_t at);  // returns its address
};
#define TRAPPING(text)                                                                                      \
  [](uint64_t at) {                                                                                         \
    uint64_t where;                                                                                         \
    asm volatile("lla %0, 1f\nmv a0, %1\n.option push\n.option norvc\n1: " text "\n.option pop\n" : "=&r"(where) : "r"(at) : "a0", "a5", "t6", "memory"); \
    return where;                                                                                           \
  }
static const Trapping kTrapping[] = {
    {kLoadPageFault, true, TRAPPING("ld t6, 0(a0)")},
    {kStorePageFault, true, TRAPPING("sd t6, 0(a0)")},
    {kStorePageFault, true, TRAPPING("amoadd.d t6, t6, (a0)")},
    {kBreakpoint, false, TRAPPING("ebreak")},
};

static void check_traps(bool in_upper, Mode mode) {
  const uint64_t offset = in_upper ? kUpper : 0;
  for (const Trapping& kind : kTrapping) {
    const uint64_t cause = kind.cause;
    checking("upper, mode, cause", (uint64_t)in_upper << 60 | (uint64_t)mode << 56 | cause);
    // The handler is S-mode's, so its pages are: for U-mode the library's second mapping.
    const uint64_t handler = (uint64_t)&area_handler + kUpper, its_area = (uint64_t)&area + kUpper;
    uint64_t wrong = 0;
    uint64_t* const result = &wrong;
    area = {};
    CHECK_NO_TRAP(run_in(kSupervisorMode, [=] {
      CSR_WRITE(stvec, handler);
      CSR_WRITE(sscratch, its_area);
    }));
    Area* const noted = &area;
    const Trapping one = kind;
    const auto work = [=] {
      const auto execute = (uint64_t(*)(uint64_t))((uint64_t)one.execute + offset);
      for (uint64_t i = 0; i < 300; ++i) {
        const uint64_t at = kVa + 0x100000 + i * 8;
        const uint64_t where = execute(at);
        *result += noted->epc != where;
        *result += noted->cause != cause;
        if (one.tval_is_address) *result += noted->tval != at;
        *result += noted->again != where + 4;
        *result += (noted->status & kSPP) != (mode == kSupervisorMode ? kSPP : 0);
        *result += noted->scratch != at;
        *result += noted->count != i + 1;
      }
    };
    if (in_upper) CHECK_NO_TRAP(run_in_upper(work));
    else CHECK_NO_TRAP(run_in(mode, work));
    CHECK_EQ(wrong, 0);
    CHECK_EQ(area.count, 300);
    CHECK_EQ(CSR_READ(sscratch), its_area);
  }
}

int main() {
  for (const Mode mode : {kSupervisorMode, kMachineMode}) {
    check_forms(mode, kScratch, 1, true);
    check_forms(mode, kCause, 2, false);
    check_forms(mode, kValue, 3, true);
  }
  // In M-mode the library's own use of mscratch must find what it left.
  CHECK_NO_TRAP(run_in(kMachineMode, [] {
    const uint64_t kept = CSR_READ(mscratch);
    uint64_t wrong = 0;
    for (unsigned i = 0; i < 50; ++i)
      for (const Form& form : kMachineScratch) {
        Outcome outcome;
        form.execute(i, 8, outcome);
        wrong += outcome.rd != (form.has_rd ? i : 0) || outcome.after != form.result(i, form.has_rs1 ? 8 : 0);
      }
    CSR_WRITE(mscratch, kept);
    if (wrong != 0) asm volatile("ebreak");
  }));
  // Illegal in U-mode, though hot in S-mode.
  for (const Form& form : kScratch) {
    Outcome outcome;
    for (unsigned i = 0; i < 20; ++i) CHECK_NO_TRAP(run_in(kSupervisorMode, [&] { form.execute(1, 2, outcome); }));
    CHECK_ILLEGAL(kUserMode, form.execute(1, 2, outcome));
  }

  new_pages(kSv39);
  map_upper_program();
  use_pages(1);
  CSR_WRITE(medeleg, 1 << kLoadPageFault | 1 << kStorePageFault | 1 << kBreakpoint);
  check_traps(false, kSupervisorMode);
  check_traps(true, kSupervisorMode);
  check_traps(false, kUserMode);
  return 0;
}
