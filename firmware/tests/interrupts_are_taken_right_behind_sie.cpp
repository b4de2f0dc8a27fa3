// An interrupt that is pending when S-mode sets SIE is taken before the next instruction, whichever instruction sets it, in loops that hardly ever have one; none is taken before, or while it is clear.
#include "lib/upper.h"

// The handler of S-mode: what it saw is in place[1..4], pc, sstatus, cause and how often.

extern "C" void note_interrupt();
asm(R"(
        .text
        .balign 4
        .globl note_interrupt
note_interrupt:
        csrw    sscratch, t0
        lla     t0, place
        sd      t1, 0(t0)
        csrr    t1, sepc
        sd      t1, 8(t0)
        csrr    t1, sstatus
        sd      t1, 16(t0)
        csrr    t1, scause
        sd      t1, 24(t0)
        ld      t1, 32(t0)
        addi    t1, t1, 1
        sd      t1, 32(t0)
        csrci   sip, 2
        ld      t1, 0(t0)
        csrr    t0, sscratch
        sret
        .bss
        .balign 8
        .globl place
place:  .zero   40
        .text
)");
extern "C" volatile uint64_t place[5];

// One way to set SIE, and to clear it. The interrupt falls on the instruction behind the label 2.
struct Form {
  uint64_t (*execute)(uint64_t operand);  // returns where it must be taken
};
#define FORM(...)                                                                                     \
  {[](uint64_t operand) {                                                                             \
    uint64_t at;                                                                                      \
    asm volatile("li a0, 0\nlla %0, 2f\n" __VA_ARGS__ "\n2: addi a0, a0, 1\nli t3, 2\ncsrc sstatus, t3\naddi a0, a0, 2\n" \
                 : "=&r"(at) : "r"(operand) : "a0", "a5", "t1", "t3", "s4", "memory");                \
    return at;                                                                                        \
  }}
static const Form kForms[] = {
    FORM("csrsi sstatus, 2"),
    FORM("csrrsi a5, sstatus, 2"),
    FORM("csrrsi zero, sstatus, 18"),
    FORM("csrs sstatus, %1"),
    FORM("mv a5, %1\ncsrrs a5, sstatus, a5"),
    FORM("mv s4, %1\ncsrrs t1, sstatus, s4"),
    FORM("csrr t1, sstatus\nor t1, t1, %1\ncsrw sstatus, t1"),
    FORM("csrr t1, sstatus\nor t1, t1, %1\ncsrrw a5, sstatus, t1"),
    FORM("csrci sstatus, 2\ncsrsi sstatus, 2"),
    FORM("csrrc zero, sstatus, %1\ncsrrs zero, sstatus, %1"),
};

template <class Run>
static void check_forms(Run run) {
  for (const Form& form : kForms)
    for (const uint64_t operand : Values{kSIE, kSIE | kSPIE, kSIE | kSUM}) {
      checking("form, operand", (uint64_t)(&form - kForms) << 32 | operand);
      uint64_t wrong = 0;
      uint64_t* const result = &wrong;
      const Form one = form;
      CHECK_NO_TRAP(run([=](uint64_t offset) {
        CSR_WRITE(stvec, (uint64_t)&note_interrupt);
        CSR_WRITE(sstatus, 0);
        const auto execute = (uint64_t(*)(uint64_t))((uint64_t)one.execute + offset);
        for (uint64_t i = 0; i < 250; ++i) {
          const bool is_pending = i % 16 == 15 || i == 77 || i == 78;
          place[4] = 0;
          place[1] = 1;
          if (is_pending) CSR_SET(sip, kSSI);
          const uint64_t at = execute(operand);
          const bool is_right = is_pending ? place[4] == 1 && place[1] == at && place[3] == kSupervisorSoftware && (place[2] & (kSIE | kSPIE | kSPP)) == (kSPIE | kSPP)
                                           : place[4] == 0;
          if (!is_right && *result == 0) *result = i << 32 | place[4] << 16 | (place[1] - at + 0x100);
          // While SIE is clear, nothing.
          if (i % 16 == 5) {
            place[4] = 0;
            CSR_SET(sip, kSSI);
            asm volatile("csrc sstatus, %0\ncsrr t0, sstatus\ncsrci sstatus, 2\ncsrsi sstatus, 0\ncsrs sstatus, zero\n" ::"r"(kSIE) : "t0", "memory");
            if (place[4] != 0) *result = ~0ull;
            CSR_CLEAR(sip, kSSI);
          }
        }
      }));
      CHECK_EQ(wrong, 0);
    }
}

int main() {
  delegate(0, kSSI);
  CSR_WRITE(mie, kSSI);
  check_forms([](auto work) -> const Trap& { return run_in(kSupervisorMode, [=] { work(0); }); });
  new_pages(kSv39);
  map_upper_program();
  use_pages(1);
  check_forms([](auto work) -> const Trap& { return run_in_upper([=] { work(kUpper); }); });
  no_pages();

  // Pending, but not enabled in sie, or for M-mode: SIE alone changes nothing, and for M-mode it does not count.
  for (const uint64_t enabled : Values{0, kSTI | kSEI}) {
    CSR_WRITE(mie, enabled);
    place[4] = 0;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [] {
      CSR_WRITE(stvec, (uint64_t)&note_interrupt);
      CSR_SET(sip, kSSI);
      for (unsigned i = 0; i < 200; ++i) asm volatile("csrsi sstatus, 2\nnop\ncsrci sstatus, 2" ::: "memory");
    }));
    CHECK_EQ(place[4], 0);
  }
  // SIE set in a hot loop, and the enable afterwards.
  CSR_WRITE(mie, 0);
  CHECK_NO_TRAP(run_in(kSupervisorMode, [] {
    CSR_WRITE(stvec, (uint64_t)&note_interrupt);
    for (unsigned i = 0; i < 100; ++i) {
      asm volatile("csrsi sstatus, 2" ::: "memory");
      CSR_SET(sip, kSSI);
      asm volatile("csrsi sie, 2\nnop\ncsrci sstatus, 2\ncsrci sie, 2" ::: "memory");
    }
  }));
  CHECK_EQ(place[4], 100);

  // M-mode: the bit changes, no interrupt comes.
  CSR_WRITE(mie, kSSI);
  CSR_SET(mip, kSSI);
  place[4] = 0;
  uint64_t before = 1, after = 0;
  CHECK_NO_TRAP(run_in(kMachineMode, [&] {
    for (unsigned i = 0; i < 200; ++i)
      asm volatile("csrrsi %0, sstatus, 2\ncsrrci %1, sstatus, 2" : "=&r"(before), "=&r"(after)::"memory");
  }));
  CHECK_EQ(before & kSIE, 0);
  CHECK_EQ(after & kSIE, kSIE);
  CHECK_EQ(place[4], 0);
  // One that is not delegated does not wait for SIE.
  delegate(0, 0);
  CHECK_TRAP(run_in(kSupervisorMode, [] {}), kSupervisorSoftware, 0);
  return 0;
}
