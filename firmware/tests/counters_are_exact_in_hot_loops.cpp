// instret, minstret, cycle and mcycle count every instruction in loops, show what was written, stand still where mcountinhibit says so, and are illegal as soon as their bit is cleared.
// guest: qemu=icount
#include "lib/test.h"

// Adds up differences of two reads in a loop with a branch that is taken now and then: the read and `between` more.
#define DEFINE_LOOP(name, counter)                                                                         \
  static __attribute__((noinline)) uint64_t name(uint64_t rounds) {                                        \
    uint64_t sum = 0, a, b;                                                                                \
    asm volatile("1: csrr %1, " counter "\nandi %2, %3, 3\nbnez %2, 2f\nnop\nnop\n2: csrr %2, " counter   \
                 "\nsub %2, %2, %1\nadd %0, %0, %2\naddi %3, %3, -1\nbnez %3, 1b"                          \
                 : "+r"(sum), "=&r"(a), "=&r"(b), "+r"(rounds));                                           \
    return sum;                                                                                            \
  }
DEFINE_LOOP(loop_of_minstret, "minstret")
DEFINE_LOOP(loop_of_instret, "instret")
#undef DEFINE_LOOP
constexpr uint64_t kRounds = 400, kExpected = kRounds * 3 + kRounds / 4 * 2;

// Across calls, loads and a loop: one read each.
static __attribute__((noinline)) uint64_t read_instret() {
  uint64_t v;
  asm volatile("rdinstret %0" : "=r"(v));
  return v;
}
static __attribute__((noinline)) uint64_t read_cycle() {
  uint64_t v;
  asm volatile("rdcycle %0" : "=r"(v));
  return v;
}
static __attribute__((noinline)) uint64_t read_minstret() { return CSR_READ(minstret); }
static __attribute__((noinline)) uint64_t read_mcycle() { return CSR_READ(mcycle); }

int main() {
  CSR_WRITE(mcounteren, 7);
  CSR_WRITE(scounteren, 7);
  uint64_t sum = 0;
  uint64_t* const result = &sum;
  CHECK_EQ(loop_of_minstret(kRounds), kExpected);
  CHECK_EQ(loop_of_instret(kRounds), kExpected);
  for (const Mode mode : {kSupervisorMode, kUserMode}) {
    CHECK_NO_TRAP(run_in(mode, [=] { *result = loop_of_instret(kRounds); }));
    CHECK_EQ(sum, kExpected);
    for (unsigned i = 0; i < 3; ++i) CHECK_ILLEGAL(mode, read_minstret());
    for (unsigned i = 0; i < 3; ++i) CHECK_ILLEGAL(mode, read_mcycle());
  }

  // What was written is seen, by all names; one number apart from instruction to instruction.
  // CHOICE: that holds for cycles, too.
  for (unsigned i = 0; i < 40; ++i) {
    uint64_t a, b, c, d;
    asm volatile("csrw minstret, %4\ncsrr %0, minstret\nrdinstret %1\ncsrw mcycle, %4\nnop\ncsrr %2, mcycle\nrdcycle %3"
                 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d) : "r"(i * 1000000000000));
    CHECK_EQ(a, i * 1000000000000);
    CHECK_EQ(b, a + 1);
    CHECK_EQ(c, a + 1);
    CHECK_EQ(d, c + 1);
  }

  // Stopped one by one, between runs of the same code and in the loop itself.
  for (unsigned i = 0; i < 30; ++i) {
    const uint64_t running = read_minstret(), cycles = read_mcycle();
    CSR_SET(0x320, 1);  // mcountinhibit
    const uint64_t stopped = read_mcycle();
    CHECK_EQ(read_mcycle(), stopped);
    CHECK_EQ(read_cycle(), stopped);
    CHECK(stopped > cycles);
    CHECK(read_instret() > running);
    CSR_SET(0x320, 4);
    const uint64_t retired = read_instret();
    CHECK_EQ(read_minstret(), retired);
    CHECK_EQ(read_instret(), retired);
    CSR_CLEAR(0x320, 5);
    CHECK(read_minstret() > retired);
    CHECK(read_cycle() > stopped);
  }

  // In S- and U-mode as long as they may.
  for (unsigned i = 0; i < 10; ++i) {
    for (const Mode mode : {kSupervisorMode, kUserMode}) {
      CHECK_NO_TRAP(run_in(mode, [] { for (unsigned n = 0; n < 20; ++n) read_instret(), read_cycle(); }));
      CSR_CLEAR(mcounteren, 4);
      CHECK_ILLEGAL(mode, read_instret());
      CHECK_NO_TRAP(run_in(mode, [] { read_cycle(); }));
      CSR_SET(mcounteren, 4);
      CSR_CLEAR(mcounteren, 1);
      CHECK_ILLEGAL(mode, read_cycle());
      CHECK_NO_TRAP(run_in(mode, [] { read_instret(); }));
      CSR_SET(mcounteren, 1);
    }
    CSR_CLEAR(scounteren, 5);
    CHECK_ILLEGAL(kUserMode, read_instret());
    CHECK_ILLEGAL(kUserMode, read_cycle());
    CHECK_NO_TRAP(run_in(kSupervisorMode, [] { read_cycle(), read_instret(); }));
    CSR_SET(scounteren, 5);
  }
  return 0;
}
