// Upper-half code on global pages: a fence for all address spaces ends global translations in each of them, one for an ASID that one's own, wherever it is executed.
#include "lib/upper.h"

constexpr unsigned kSpaces = 4, kRounds = 60;
constexpr uint64_t kShared = 0xffffffd000005000, kAlone = kOwn + 3 * kPage;
constexpr uint64_t kFrames = 0x80400000;  // of kShared, in turn; then the spaces' own, in turn

static uint64_t satps[kSpaces];
static volatile uint64_t* own_entries[kSpaces];

static inline uint64_t own_frame(unsigned space, uint64_t round) { return kFrames + (2 + 2 * space + round % 2) * kPage; }

// Loads the page from every space and adds to it, beginning behind `first`.
static __attribute__((noinline)) void visit_all(uint64_t va, unsigned first, volatile uint64_t* values) {
  for (unsigned i = 0; i < kSpaces; ++i) {
    const unsigned space = (first + 1 + i) % kSpaces;
    CSR_WRITE(satp, satps[space]);
    values[space] = load64(va);
    store64(va + 8, load64(va + 8) + 1);
  }
}

// An engine may treat pages otherwise for which there is a fence all the time.
static inline void fence_elsewhere() {
  for (uint64_t i = 0; i < 6; ++i) asm volatile("sfence.vma %0, x0" ::"r"(kOwn + 8 * kPage) : "memory");
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  volatile uint64_t* const shared = map_page(kShared, kFrames, kPageRW | kGlobal);
  for (unsigned i = 0; i < kSpaces; ++i) {
    const Space space = new_space(i + 1);
    own_entries[i] = space.own;
    *space.own = pte_for(own_frame(i, 0), kPageRW);
    satps[i] = space.satp;
    for (unsigned n = 0; n < 2; ++n) *(volatile uint64_t*)own_frame(i, n) = 100 + 2 * i + n;
  }
  for (unsigned n = 0; n < 2; ++n) *(volatile uint64_t*)(kFrames + n * kPage) = 50 + n;
  CSR_WRITE(satp, satps[0]);
  sfence_vma();

  // 0: all right; else a place below, the round and the space.
  static uint64_t wrong;
  CHECK_NO_TRAP(run_in_upper([=] {
    uint64_t values[kSpaces];
    const auto expect = [&](uint64_t place, uint64_t round, unsigned space, uint64_t value) {
      if (values[space] != value && wrong == 0) wrong = place << 24 | round << 8 | space;
    };
    for (uint64_t round = 0; round < kRounds; ++round) {
      *upper(shared) = pte_for(kFrames + round % 2 * kPage, kPageRW | kGlobal);
      if (round % 3 != 0) asm volatile("sfence.vma %0, x0" ::"r"(kShared + 16) : "memory");
      else sfence_vma();
      visit_all(kShared, round % kSpaces, values);
      for (unsigned i = 0; i < kSpaces; ++i) expect(1, round, i, 50 + round % 2);
      // One space's own page gets another frame while that space is in force, and while another is.
      const unsigned changed = round / 2 % kSpaces;
      const uint64_t asid = changed + 1;
      static uint64_t turns[kSpaces];
      *own_entries[changed] = pte_for(own_frame(changed, ++turns[changed]), kPageRW);
      if (round % 2 != 0) asm volatile("sfence.vma %0, %1" ::"r"(kOwn), "r"(asid) : "memory");
      else asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory");
      visit_all(kOwn, round % 5, values);
      for (unsigned i = 0; i < kSpaces; ++i) expect(2, round, i, 100 + 2 * i + turns[i] % 2);
      visit_all(kShared, round % 3, values);
      for (unsigned i = 0; i < kSpaces; ++i) expect(3, round, i, 50 + round % 2);
      fence_elsewhere();
    }
  }));
  CHECK_EQ(wrong, 0);
  for (unsigned n = 0; n < 2; ++n) CHECK_EQ(((volatile uint64_t*)(kFrames + n * kPage))[1], kRounds / 2 * 2 * kSpaces);
  for (unsigned i = 0; i < kSpaces; ++i)
    CHECK_EQ(((volatile uint64_t*)own_frame(i, 0))[1] + ((volatile uint64_t*)own_frame(i, 1))[1], kRounds);

  // Within one space, which stays in force.
  wrong = 0;
  for (unsigned i = 0; i < kSpaces; ++i)
    for (unsigned n = 0; n < 2; ++n) *(volatile uint64_t*)own_frame(i, n) = 100 + 2 * i + n;
  CHECK_NO_TRAP(run_in_upper([=] {
    for (unsigned space = 0; space < kSpaces; ++space) {
      CSR_WRITE(satp, satps[space]);
      const uint64_t asid = space + 1;
      for (uint64_t round = 0; round < kRounds; ++round) {
        own_entries[space][3] = pte_for(own_frame(space, round), kPageRW);
        switch (round / 2 % 4) {
          case 0: asm volatile("sfence.vma %0, %1" ::"r"(kAlone), "r"(asid) : "memory"); break;
          case 1: asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory"); break;
          case 2: asm volatile("sfence.vma %0, x0" ::"r"(kAlone) : "memory"); break;
          default: asm volatile("sfence.vma" ::: "memory"); break;
        }
        for (uint64_t i = 0; i < 4; ++i) {
          if (load64(kAlone) != 100 + 2 * space + round % 2 && wrong == 0) wrong = round << 8 | space;
          store64(kAlone + 32, round);
          if (load64(kShared) != 50 + (kRounds - 1) % 2 && wrong == 0) wrong = 1 << 24;
        }
        fence_elsewhere();
      }
    }
  }));
  CHECK_EQ(wrong, 0);
  for (unsigned i = 0; i < kSpaces; ++i)
    for (unsigned n = 0; n < 2; ++n) CHECK_EQ(((volatile uint64_t*)own_frame(i, n))[4], kRounds - 2 + n);

  // A global page that stops being global belongs to each space from then on.
  CSR_WRITE(satp, satps[0]);
  *own_entries[0] = pte_for(own_frame(0, 0), kPageRW | kGlobal);
  sfence_vma();
  CHECK_NO_TRAP(run_in_upper([=] {
    for (uint64_t i = 0; i < 100; ++i) store64(kOwn + 16, i);
    *own_entries[0] = pte_for(own_frame(0, 0), kPageRW);
    sfence_vma();
    for (uint64_t i = 0; i < 100; ++i) {
      CSR_WRITE(satp, satps[i % 2]);
      store64(kOwn + 16, 1000 + i % 2);
      store64(kOwn + 24, load64(kOwn + 16));
    }
  }));
  CHECK_EQ(((volatile uint64_t*)own_frame(0, 0))[2], 1000);
  CHECK_EQ(((volatile uint64_t*)own_frame(0, 0))[3], 1000);
  uint64_t other = 0;
  for (unsigned n = 0; n < 2; ++n) other |= ((volatile uint64_t*)own_frame(1, n))[3];
  CHECK_EQ(other, 1001);
  return 0;
}
