// FLH and FMV.H.X box what they move, FSH and FMV.X.H take the low sixteen bits however they are boxed, FSGNJ.H takes what is not boxed for the default NaN; in hot loops, too.
#include "lib/paging.h"

constexpr uint64_t kBoxed = 0xffffffffffff0000, kNan = 0x7e00;

static __attribute__((noinline)) uint64_t load(uint64_t at) {
  uint64_t v;
  asm volatile(WITH("d,+zfh", "flh f1, 0(%1)\nfmv.x.d %0, f1") : "=r"(v) : "r"(at) : "memory");
  return v;
}
static __attribute__((noinline)) void store(uint64_t at, uint64_t raw) {
  asm volatile(WITH("d,+zfh", "fmv.d.x f2, %1\nfsh f2, 0(%0)")::"r"(at), "r"(raw) : "memory");
}

// Copies `count` halves from byte `from` to byte `to`, in a loop of their own, and adds what registers hold.
static __attribute__((noinline)) uint64_t copy(uint64_t to, uint64_t from, uint64_t count) {
  uint64_t sum = 0, v;
  asm volatile(WITH("d,+zfh", R"(
1:      flh     f3, 0(%1)
        fmv.x.d %3, f3
        fsh     f3, 0(%0)
        add     %2, %2, %3
        addi    %1, %1, 2
        addi    %0, %0, 2
        addi    %4, %4, -1
        bnez    %4, 1b)") : "+r"(to), "+r"(from), "+r"(sum), "=&r"(v), "+r"(count)::"memory");
  return sum;
}

static void check_moves() {
  uint64_t x = 0x123456789abcdef0;
  for (unsigned i = 0; i < 200; ++i) {
    x = x * 6364136223846793005 + 1442695040888963407;
    const uint64_t y = i % 3 == 0 ? x : kBoxed | x >> 48, z = i % 5 == 0 ? x >> 3 : kBoxed | (x >> 32 & 0xffff);
    uint64_t v;
    asm volatile(WITH("d,+zfh", "fmv.h.x f1, %1\nfmv.x.d %0, f1") : "=r"(v) : "r"(x));
    CHECK_EQ(v, kBoxed | x);
    asm volatile(WITH("d,+zfh", "fmv.d.x f1, %1\nfmv.x.h %0, f1") : "=r"(v) : "r"(x));
    CHECK_EQ(v, (uint64_t)(int64_t)(int16_t)x);
    const uint64_t a = i % 3 == 0 ? kBoxed | kNan : y, b = i % 5 == 0 ? kNan : z;
    asm volatile(WITH("d,+zfh", "fmv.d.x f1, %1\nfmv.d.x f2, %2\nfsgnj.h f3, f1, f2\nfmv.x.d %0, f3") : "=r"(v) : "r"(y), "r"(z));
    CHECK_EQ(v, (a & ~0x8000ull) | (b & 0x8000));
    asm volatile(WITH("d,+zfh", "fmv.d.x f1, %1\nfmv.d.x f2, %2\nfsgnjn.h f3, f1, f2\nfmv.x.d %0, f3") : "=r"(v) : "r"(y), "r"(z));
    CHECK_EQ(v, (a & ~0x8000ull) | (~b & 0x8000));
    asm volatile(WITH("d,+zfh", "fmv.d.x f1, %1\nfmv.d.x f2, %2\nfsgnjx.h f2, f1, f2\nfmv.x.d %0, f2") : "=r"(v) : "r"(y), "r"(z));
    CHECK_EQ(v, a ^ (b & 0x8000));
    asm volatile(WITH("d,+zfh", "fmv.d.x f1, %1\nfsgnjx.h f1, f1, f1\nfmv.x.d %0, f1") : "=r"(v) : "r"(y));
    CHECK_EQ(v, a & ~0x8000ull);
    // What was boxed as a half is boxed as a single, but not the other way round.
    asm volatile(WITH("d,+zfh", "fmv.h.x f1, %1\nfsgnj.s f2, f1, f1\nfmv.x.d %0, f2") : "=r"(v) : "r"(x));
    CHECK_EQ(v, kBoxed | x);
    asm volatile(WITH("d,+zfh", "fmv.w.x f1, %1\nfsgnj.h f2, f1, f1\nfmv.x.d %0, f2") : "=r"(v) : "r"(x & 0x7fffffff));
    CHECK_EQ(v, kBoxed | kNan);
  }
}

int main() {
  CSR_SET(mstatus, kFS);
  check_moves();

  new_pages(kSv39);
  const uint64_t frames[] = {new_frame(), new_frame()};
  volatile uint64_t* const first = map_page(kVa, frames[0], kPageRW);
  volatile uint64_t* const second = map_page(kVa + kPage, frames[1], kPageRW);
  use_pages();
  const uint64_t border = kVa + kPage;
  const auto byte = [&](uint64_t at) { return (volatile uint8_t*)(frames[at / kPage % 2] + at % kPage); };
  // Every alignment, and over both pages.
  for (const uint64_t at : Values{kVa, kVa + 1, kVa + 7, border - 2, border - 1, border, border + 63}) {
    checking("address", at);
    for (unsigned i = 0; i < 20; ++i) {
      *byte(at) = (uint8_t)(i * 7);
      *byte(at + 1) = (uint8_t)(i * 29);
      uint64_t v = 0;
      uint64_t* const result = &v;
      CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { *result = load(at); }));
      CHECK_EQ(v, kBoxed | (i * 29 & 255) << 8 | (i * 7 & 255));
      CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { store(at, 0x7777777777770000 | i * 0x1235); }));
      CHECK_EQ(*byte(at), i * 0x1235 & 255);
      CHECK_EQ(*byte(at + 1), i * 0x1235 >> 8 & 255);
    }
  }
  for (const uint64_t odd : Values{0, 1}) {
    for (unsigned i = 0; i < 2048; ++i) *byte(kVa + i) = (uint8_t)(i * 13 + i / 100);
    uint64_t sum = 0, expected = 0, wrong = 0;
    uint64_t* const result = &sum;
    CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { *result = copy(border - 501, kVa + odd, 500); }));
    for (unsigned i = 0; i < 1000; ++i) wrong += *byte(border - 501 + i) != (uint8_t)((i + odd) * 13 + (i + odd) / 100);
    for (unsigned i = 0; i < 500; ++i) expected += kBoxed | *byte(border - 501 + 2 * i) | *byte(border - 500 + 2 * i) << 8;
    CHECK_EQ(wrong, 0);
    CHECK_EQ(sum, expected);
  }

  // Faults, after a loop that made the code hot: f1 keeps its value.
  for (unsigned i = 0; i < 20; ++i) {
    *second = 0;
    sfence_vma();
    asm volatile(WITH("d", "fmv.d.x f1, %0")::"r"(4711ul));
    CHECK_NO_TRAP(run_in(kSupervisorMode, [=] { store(border - 2, i); }));
    CHECK_EQ(load(frames[0] + kPage - 2), kBoxed | i);
    asm volatile(WITH("d", "fmv.d.x f1, %0")::"r"(4711ul));
    const Trap& at_load = run_in(kSupervisorMode, [=] { load(border - 1); });
    CHECK_EQ(at_load.cause, kLoadPageFault);
    CHECK_EQ(at_load.tval, border);
    uint64_t v;
    asm volatile(WITH("d", "fmv.x.d %0, f1") : "=r"(v));
    CHECK_EQ(v, 4711);
    *first = pte_for(frames[0], kPageR);
    *second = pte_for(frames[1], kPageRW);
    sfence_vma();
    const Trap& at_store = run_in(kSupervisorMode, [=] { store(border - 1, ~0ull); });
    CHECK_EQ(at_store.cause, kStorePageFault);
    CHECK_EQ(at_store.tval, border - 1);
    *first = pte_for(frames[0], kPageRW);
    sfence_vma();
  }

  // FS: off, each of them traps; loads and moves to f make it dirty, stores and moves from f do not.
  no_pages();
  static uint16_t half;
  const auto at = (uint64_t)&half;
  void (*const rows[])() = {[] { asm volatile(WITH("d,+zfh", "flh f1, 0(%0)")::"r"(&half) : "memory"); },
                            [] { asm volatile(WITH("d,+zfh", "fmv.h.x f1, x0")); },
                            [] { asm volatile(WITH("d,+zfh", "fsgnjn.h f1, f2, f2")); },
                            [] { asm volatile(WITH("d,+zfh", "fsh f1, 0(%0)")::"r"(&half) : "memory"); },
                            [] { asm volatile(WITH("d,+zfh", "fmv.x.h t0, f1") ::: "t0"); }};
  static void (*row)();
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; ++i) {
    checking("row", i);
    row = rows[i];
    for (const uint64_t before : Values{kFsInitial, kFsClean, kFsDirty, kFsClean}) {
      CSR_SET(mstatus, kFS);
      CHECK_NO_TRAP(run_in(kMachineMode, [] { for (unsigned n = 0; n < 30; ++n) row(); }));
      CSR_CLEAR(mstatus, kFS);
      CHECK_ILLEGAL(kMachineMode, row());
      CSR_SET(mstatus, before);
      CHECK_NO_TRAP(run_in(kMachineMode, [] { row(); }));
      CHECK_EQ(CSR_READ(mstatus) & kFS, i < 3 ? kFsDirty : before);
    }
  }
  CSR_SET(mstatus, kFS);
  CHECK_EQ(load(at), kBoxed | half);
  return 0;
}
