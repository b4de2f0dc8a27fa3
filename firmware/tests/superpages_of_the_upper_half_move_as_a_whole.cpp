// 2 MiB leaves and NAPOT pages used by upper-half code: everything around an access is reachable, and after a fence everything is in the new frames, or as the pages of a split leaf allow.
#include "lib/upper.h"

constexpr uint64_t kArea = 0xffffffc000000000;  // the very first address of the half
constexpr uint64_t kFrames[] = {0x80400000, 0x80600000};
constexpr unsigned kRounds = 40;

// Writes `value` + its offset here and there around `middle`, reads it back; how often it was not so.
static __attribute__((noinline)) uint64_t touch(uint64_t base, uint64_t bytes, uint64_t middle, uint64_t value) {
  uint64_t wrong = 0;
  for (uint64_t step = 0; step < 24; ++step) {
    const uint64_t offset = (middle + step * step * 328) & (bytes - 8);
    store64(base + offset, value + offset);
    wrong += load64(base + offset) != value + offset;
  }
  return wrong;
}

// What touch() left there, seen by M-mode.
static void check_touched(uint64_t frame, uint64_t bytes, uint64_t middle, uint64_t value) {
  for (uint64_t step = 0; step < 24; ++step) {
    const uint64_t offset = (middle + step * step * 328) & (bytes - 8);
    CHECK_EQ(*(volatile uint64_t*)(frame + offset), value + offset);
  }
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  volatile uint64_t* const large = map_page(kArea, kFrames[0], kPageRW | kGlobal, 1);
  use_pages(1);
  // Moved by one fence, with an address far from what was accessed.
  for (const uint64_t global : Values{0, kGlobal})
    for (unsigned round = 0; round < kRounds; ++round) {
      checking("global, round", global << 8 | round);
      const uint64_t middle = round * 0x11a38 % kMega, value = (uint64_t)round << 32;
      uint64_t wrong = 0;
      uint64_t* const result = &wrong;
      const uint64_t frame = kFrames[round % 2];
      CHECK_NO_TRAP(run_in_upper([=] {
        *upper(large) = pte_for(frame, kPageRW | global);
        if (round % 3 == 0) sfence_vma();
        else asm volatile("sfence.vma %0, x0" ::"r"(kArea + (middle ^ 0x100000)) : "memory");
        for (unsigned i = 0; i < 4; ++i) *result += touch(kArea, kMega, middle, value + i);
      }));
      CHECK_EQ(wrong, 0);
      check_touched(frame, kMega, middle, value + 3);
    }

  // Split: all pages as before but one, which is read-only, not there, or elsewhere.
  alignas(kPage) static uint64_t table[512];
  const uint64_t elsewhere = new_frame();
  for (const uint64_t flags : Values{kPageR | kGlobal, 0, kPageRW | kGlobal})
    for (const uint64_t page : Values{0, 5, 16, 255, 511}) {
      checking("flags, page", flags << 16 | page);
      *large = pte_for(kFrames[0], kPageRW | kGlobal);
      sfence_vma();
      uint64_t wrong = 0;
      uint64_t* const result = &wrong;
      const uint64_t at = kArea + page * kPage;
      CHECK_NO_TRAP(run_in_upper([=] {
        for (unsigned i = 0; i < 4; ++i) *result += touch(kArea, kMega, page * kPage, i);
      }));
      CHECK_EQ(wrong, 0);
      for (uint64_t i = 0; i < 512; ++i) table[i] = pte_for(kFrames[0] + i * kPage, kPageRW | kGlobal);
      table[page] = pte_for(flags == (kPageRW | kGlobal) ? elsewhere : kFrames[0] + page * kPage, flags);
      *large = pte_for((uint64_t)table, kV | kGlobal);
      sfence_vma();
      *(volatile uint64_t*)elsewhere = 77;
      *(volatile uint64_t*)(kFrames[0] + page * kPage) = 66;
      // The neighbours first, so that whatever is mapped around an access has had its chance.
      const Trap& trap = run_in_upper([=] {
        for (uint64_t i = 0; i < 200; ++i) {
          const uint64_t beside = kArea + ((page ^ 1) * kPage | (i * 8 & 4088));
          store64(beside, i);
          *result += load64(beside) != i;
          if (i % 50 == 49) store64(at, load64(at) + 1);
        }
      });
      CHECK_EQ(wrong, 0);
      if (flags == (kPageRW | kGlobal)) {
        CHECK_NO_TRAP(trap);
        CHECK_EQ(*(volatile uint64_t*)elsewhere, 81);
        CHECK_EQ(*(volatile uint64_t*)(kFrames[0] + page * kPage), 66);
      } else {
        CHECK_TRAP_AT(trap, flags == 0 ? kLoadPageFault : kStorePageFault, at);
        CHECK_EQ(*(volatile uint64_t*)(kFrames[0] + page * kPage), 66);
      }
      // The permission goes while the small page is in use.
      table[page] = pte_for(kFrames[0] + page * kPage, kPageRW | kGlobal);
      asm volatile("sfence.vma %0, x0" ::"r"(at) : "memory");
      volatile uint64_t* const entry = (volatile uint64_t*)&table[page];
      const uint64_t read_only = pte_for(kFrames[0] + page * kPage, kPageR | kGlobal);
      CHECK_TRAP_AT(run_in_upper([=] {
        for (uint64_t i = 0; i < 200; ++i) {
          if (i == 150) {
            *upper(entry) = read_only;
            asm volatile("sfence.vma %0, x0" ::"r"(at) : "memory");
          }
          store64(at, i);
        }
      }), kStorePageFault, at);
      CHECK_EQ(*(volatile uint64_t*)(kFrames[0] + page * kPage), 149);
    }

  // 64 KiB NAPOT, in the second eighth of the first 4 MiB.
  const uint64_t napot = kArea + kMega + 3 * 16 * kPage;
  for (unsigned round = 0; round < kRounds; ++round) {
    checking("round", round);
    const uint64_t frame = kFrames[round % 2] + 5 * 16 * kPage, middle = round * 0x1138 % 0x10000;
    for (uint64_t i = 0; i < 16; ++i) map_page(napot + i * kPage, frame | 8 * kPage, kPageRW | kGlobal | kN);
    uint64_t wrong = 0;
    uint64_t* const result = &wrong;
    CHECK_NO_TRAP(run_in_upper([=] {
      asm volatile("sfence.vma %0, x0" ::"r"(napot + (middle ^ 0x8000)) : "memory");
      for (unsigned i = 0; i < 4; ++i) *result += touch(napot, 0x10000, middle, round + i);
    }));
    CHECK_EQ(wrong, 0);
    check_touched(frame, 0x10000, middle, round + 3);
  }

  // A gigabyte leaf, all of RAM: what one fence for another of its addresses takes from it is gone everywhere.
  const uint64_t giga = kArea + 5 * kGiga;
  volatile uint64_t* const huge = map_page(giga, 0x80000000, kPageRW | kGlobal, 2);
  for (unsigned round = 0; round < 10; ++round)
    for (const uint64_t left : Values{kPageR | kGlobal, 0}) {
      checking("round, left", round << 12 | left);
      const uint64_t at = giga + 0x400000 + round * 0x7008;
      *huge = pte_for(0x80000000, kPageRW | kGlobal);
      sfence_vma();
      CHECK_TRAP_AT(run_in_upper([=] {
        for (unsigned i = 0; i < 50; ++i) {
          store64(at, i);
          store64(at + kMega, load64(at));
        }
        *upper(huge) = pte_for(0x80000000, left);
        asm volatile("sfence.vma %0, x0" ::"r"(giga + 0x777000) : "memory");
        store64(at, 1000);
      }), kStorePageFault, at);
      CHECK_EQ(*(volatile uint64_t*)(at - giga + 0x80000000), 49);
      CHECK_EQ(*(volatile uint64_t*)(at - giga + 0x80000000 + kMega), 49);
    }
  return 0;
}
