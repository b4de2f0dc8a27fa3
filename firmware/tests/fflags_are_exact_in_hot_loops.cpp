// Reads of fflags, frm and fcsr in a loop show what every instruction before them has raised; writes of fflags hold all five flags and make FS dirty; with FS off all of them are illegal.
#include "lib/test.h"

constexpr uint64_t kNv = 16, kDz = 8, kOf = 4, kUf = 2, kNx = 1;

// a/b as doubles: what it raises.
static __attribute__((noinline)) uint64_t flags_of_division(uint64_t a, uint64_t b) {
  uint64_t flags;
  asm volatile(WITH("d", "fmv.d.x f1, %1\nfmv.d.x f2, %2\ncsrwi fflags, 0\nfdiv.d f3, f1, f2\ncsrr %0, fflags") : "=r"(flags) : "r"(a), "r"(b));
  return flags;
}
static __attribute__((noinline)) uint64_t exchange(uint64_t flags) {
  uint64_t old;
  asm volatile(WITH("f", "csrrw %0, fflags, %1") : "=r"(old) : "r"(flags));
  return old;
}
static __attribute__((noinline)) uint64_t exchange_31(uint64_t) {
  uint64_t old;
  asm volatile(WITH("f", "csrrwi %0, fflags, 31") : "=r"(old));
  return old;
}
static __attribute__((noinline)) uint64_t exchange_itself(uint64_t flags) {
  asm volatile(WITH("f", "csrrw %0, fflags, %0") : "+r"(flags));
  return flags;
}
static __attribute__((noinline)) uint64_t read_all() {
  uint64_t flags, mode, both;
  asm volatile(WITH("f", "csrr %0, fflags\ncsrr %1, frm\ncsrr %2, fcsr") : "=r"(flags), "=r"(mode), "=r"(both));
  return flags | mode << 8 | both << 16;
}

int main() {
  CSR_SET(mstatus, kFS);
  constexpr uint64_t kOne = 0x3ff0000000000000, kThree = 0x4008000000000000, kHuge = 0x7fe0000000000000, kTiny = 0x0010000000000001, kSignalling = 0x7ff0000000000001;
  for (unsigned i = 0; i < 30; ++i) {
    CHECK_EQ(flags_of_division(kOne, kOne), 0);
    CHECK_EQ(flags_of_division(kOne, kThree), kNx);
    CHECK_EQ(flags_of_division(kOne, 0), kDz);
    CHECK_EQ(flags_of_division(0, 0), kNv);
    CHECK_EQ(flags_of_division(kSignalling, kOne), kNv);
    CHECK_EQ(flags_of_division(kHuge, kTiny), kOf | kNx);
    CHECK_EQ(flags_of_division(kTiny, kThree), kUf | kNx);
  }
  for (unsigned mode = 0; mode < 8; ++mode) {
    CSR_WRITE(frm, mode);
    uint64_t last = exchange(0) & 0;
    for (unsigned i = 0; i < 100; ++i) {
      const uint64_t flags = i * 11 + (uint64_t{i % 3} << 40);
      CHECK_EQ(exchange(flags), last);
      last = flags & 31;
      CHECK_EQ(read_all(), last | mode << 8 | (last | mode << 5) << 16);
      CHECK_EQ(exchange_31(0), last);
      CHECK_EQ(exchange_itself(flags), 31);
    }
    // What is written adds to what comes after, and the rounding mode is as before.
    CHECK_EQ(CSR_READ(frm), mode);
  }
  CSR_WRITE(frm, 3);  // up
  for (unsigned i = 0; i < 30; ++i) {
    uint64_t sum, flags;
    asm volatile(WITH("d", "fmv.d.x f1, %2\nfmv.d.x f2, %3\ncsrwi fflags, 8\nfadd.d f3, f1, f2\ncsrr %1, fflags\nfmv.x.d %0, f3")
                 : "=r"(sum), "=r"(flags) : "r"(kOne), "r"(uint64_t{1}));
    CHECK_EQ(sum, kOne + 1);
    CHECK_EQ(flags, kDz | kNx);
  }

  // Reads leave FS alone, a write makes it dirty; off it is illegal. All of them are hot by now.
  for (const uint64_t before : Values{kFsInitial, kFsClean, kFsDirty, kFsInitial}) {
    CSR_SET(mstatus, kFS);
    exchange(5);
    CSR_CLEAR(mstatus, kFS);
    CSR_SET(mstatus, before);
    CHECK_NO_TRAP(run_in(kMachineMode, [] { for (unsigned n = 0; n < 20; ++n) read_all(); }));
    CHECK_EQ(CSR_READ(mstatus) & kFS, before);
    CHECK_EQ(read_all(), 5 | 3 << 8 | (5 | 3 << 5) << 16);
    CHECK_EQ(exchange(9), 5);
    CHECK_EQ(CSR_READ(mstatus) & kFS, kFsDirty);
    CHECK_EQ(exchange(0), 9);
    CSR_CLEAR(mstatus, kFS);
    CHECK_ILLEGAL(kMachineMode, read_all());
    CHECK_ILLEGAL(kSupervisorMode, exchange(1));
    CHECK_ILLEGAL(kUserMode, exchange_31(1));
    CSR_SET(mstatus, kFS);
    CHECK_EQ(exchange(0), 0);
  }
  return 0;
}
