// CSRRW, CSRRS, CSRRC and their immediates on sstatus, in loops: rd has the value before with SD, and just the named bits that can be written change; in U-mode they are illegal.
// guest: march=rv64imafdc_zicsr_zifencei
#include "lib/test.h"

constexpr uint64_t kWritable = kSIE | kSPIE | kSPP | kFS | kMXR | kSUM;
constexpr uint64_t kMachines = kMIE | kMPIE | kMPP | kMPRV | kTVM | kTW | kTSR;  // not to be seen in sstatus

static uint64_t shown(uint64_t stored) { return (stored & kWritable) | kUxl64 | ((stored & kFS) == kFS ? kSD : 0); }

enum Kind { kWrites, kSets, kClears };
static uint64_t result_of(Kind kind, uint64_t before, uint64_t operand) {
  return kind == kWrites ? operand : kind == kSets ? before | operand : before & ~operand;
}

// One instruction; the registers behind it, and what sstatus then reads as.
struct Outcome {
  uint64_t rd, rs1, after;
};
struct Form {
  Kind kind;
  bool has_rd, is_same;  // rd is no x0; rd is rs1
  int immediate;         // -1: a register
  void (*execute)(uint64_t operand, Outcome& outcome);
};

#define FORM_OF(kind, op, rd, rs1, has_rd, is_same)                                                          \
  {kind, has_rd, is_same, -1, [](uint64_t operand, Outcome& outcome) {                                       \
     asm volatile("mv " rs1 ", %0\n" op " " rd ", sstatus, " rs1 "\nsd " rd ", 0(%1)\nsd " rs1 ", 8(%1)\n"    \
                  "csrr " rs1 ", sstatus\nsd " rs1 ", 16(%1)" ::"r"(operand), "r"(&outcome)                  \
                  : "a0", "a5", "t1", "t3", "s4", "s9", "memory");                                           \
   }}
#define FORMS_OF(kind, op)                                                                                   \
  FORM_OF(kind, op, "a0", "a5", true, false), FORM_OF(kind, op, "s9", "s4", true, false),                     \
      FORM_OF(kind, op, "t1", "a0", true, false), FORM_OF(kind, op, "a0", "a0", true, true),                  \
      FORM_OF(kind, op, "t3", "t3", true, true), FORM_OF(kind, op, "zero", "a5", false, false),               \
      FORM_OF(kind, op, "zero", "s4", false, false)
#define IMMEDIATE_FORM(kind, op, rd, imm, has_rd)                                                            \
  {kind, has_rd, false, imm, [](uint64_t, Outcome& outcome) {                                                \
     asm volatile(op " " rd ", sstatus, " #imm "\nsd " rd ", 0(%0)\ncsrr t1, sstatus\nsd t1, 16(%0)" ::"r"(&outcome) \
                  : "a0", "s9", "t1", "memory");                                                             \
   }}
#define IMMEDIATE_FORMS(kind, op, imm)                                                                       \
  IMMEDIATE_FORM(kind, op, "a0", imm, true), IMMEDIATE_FORM(kind, op, "s9", imm, true), IMMEDIATE_FORM(kind, op, "zero", imm, false)

static const Form kForms[] = {
    FORMS_OF(kWrites, "csrrw"), FORMS_OF(kSets, "csrrs"), FORMS_OF(kClears, "csrrc"),
    IMMEDIATE_FORMS(kWrites, "csrrwi", 0), IMMEDIATE_FORMS(kWrites, "csrrwi", 2),
    IMMEDIATE_FORMS(kSets, "csrrsi", 0), IMMEDIATE_FORMS(kSets, "csrrsi", 2), IMMEDIATE_FORMS(kSets, "csrrsi", 3), IMMEDIATE_FORMS(kSets, "csrrsi", 24),
    IMMEDIATE_FORMS(kClears, "csrrci", 0), IMMEDIATE_FORMS(kClears, "csrrci", 2), IMMEDIATE_FORMS(kClears, "csrrci", 6),
};
constexpr uint64_t kOperands[] = {0, kSIE, kSPIE, kSIE | kSPIE, kSIE | kSUM, kMXR | kSIE, kFS, kFsInitial | kSIE, kSPP, kWritable | kMachines, kWritable & ~kSIE,
                                  kSIE | kMIE | kMPP, kSIE | kSD, kSIE | kUxl64, kSIE | kMPRV};
constexpr uint64_t kBefore[] = {0, kSIE, kFS, kFS | kSIE, kFsClean | kSIE, kFsInitial, kSPIE | kSPP | kSUM | kMXR | kSIE, kSPIE};

int main() {
  CSR_WRITE(mie, 0);
  for (const Mode mode : {kSupervisorMode, kMachineMode})
    for (const Form& form : kForms)
      for (const uint64_t before : kBefore) {
        checking("mode, form, before", (uint64_t)mode << 60 | (uint64_t)(&form - kForms) << 48 | before);
        uint64_t wrong = 0, wrong_operand = 0;
        Outcome outcome;
        CHECK_NO_TRAP(run_in(mode, [&] {
          for (unsigned round = 0; round < 3; ++round)
            for (const uint64_t operand : kOperands) {
              outcome.rs1 = operand;
              const uint64_t bits = form.immediate >= 0 ? (uint64_t)form.immediate : operand;
              CSR_WRITE(sstatus, before);
              form.execute(operand, outcome);
              const bool is_right = outcome.rd == (form.has_rd ? shown(before) : 0) && outcome.rs1 == (form.is_same ? outcome.rd : operand) &&
                                    outcome.after == shown(result_of(form.kind, before, bits));
              if (!is_right && wrong++ == 0) wrong_operand = operand;
            }
          CSR_WRITE(sstatus, 0);
        }));
        if (wrong != 0) checking("operand", wrong_operand);
        CHECK_EQ(wrong, 0);
      }

  // FS and SD as floating-point instructions leave them, right behind.
  for (const uint64_t fs : Values{kFsInitial, kFsClean, kFsDirty}) {
    uint64_t values[4] = {0, 0, 0, 0};
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
      for (unsigned i = 0; i < 100; ++i) {
        CSR_WRITE(sstatus, fs);
        asm volatile(
            "csrrsi %0, sstatus, 2\n"
            "fmv.d.x ft0, zero\n"
            "csrrci %1, sstatus, 2\n"
            "csrw sstatus, %4\n"
            "csrr %2, sstatus\n"
            "fadd.d ft1, ft0, ft0\n"
            "csrr %3, sstatus\n"
            : "=&r"(values[0]), "=&r"(values[1]), "=&r"(values[2]), "=&r"(values[3]) : "r"(fs) : "ft0", "ft1");
      }
      CSR_WRITE(sstatus, 0);
    }));
    CHECK_EQ(values[0], shown(fs));
    CHECK_EQ(values[1], shown(kFS | kSIE));
    CHECK_EQ(values[2], shown(fs));
    CHECK_EQ(values[3], shown(kFS));
  }

  // The same code, hot in S-mode, then run by U-mode.
  for (const Form& form : kForms) {
    checking("form", (uint64_t)(&form - kForms));
    Outcome outcome;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
      for (unsigned i = 0; i < 20; ++i) form.execute(kSIE, outcome);
      CSR_WRITE(sstatus, kSPIE);
    }));
    for (unsigned i = 0; i < 4; ++i) CHECK_ILLEGAL(kUserMode, form.execute(kSIE, outcome));
    CHECK_EQ(CSR_READ(mstatus) & kSIE, 0);
  }
  return 0;
}
