// After SFENCE.VMA in each of its forms that covers an address, loads, stores and fetches there use the new entry.
#include "lib/paging.h"

enum Form { kAll, kByAddress, kByAsid, kByBoth, kByOtherAddressInPage, kForms };

static void fence(Form form, uint64_t va, uint64_t asid) {
  switch (form) {
    case kAll: asm volatile("sfence.vma" ::: "memory"); break;
    case kByAddress: asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory"); break;
    case kByAsid: asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory"); break;
    case kByBoth: asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory"); break;
    default: asm volatile("sfence.vma %0, %1" ::"r"(va ^ 0xabc), "r"(asid) : "memory"); break;
  }
}

struct Kind {
  unsigned level;
  uint64_t flags;  // N for NAPOT
};

int main() {
  constexpr uint64_t kFirst = 0x80400000, kSecond = 0x80800000;
  for (const SatpMode paging : kPagings)
    for (const Kind kind : {Kind{0, 0}, Kind{0, kN}, Kind{1, 0}})
      for (const uint64_t asid : Values{0, 1, 0x1234})
        for (int form = kAll; form < kForms; ++form) {
          checking("level, form", kind.level << 4 | (unsigned)form);
          new_pages(paging);
          const uint64_t span = kind.level ? kMega : kind.flags ? 16 * kPage : kPage;
          const uint64_t va = kVa + (kind.level == 1 ? 0 : 7 * 16 * kPage);
          for (const uint64_t frame : {kFirst, kSecond}) {
            for (const uint64_t offset : {0ul, (unsigned long)span - kPage}) {
              *(volatile uint64_t*)(frame + offset + 8) = frame + offset;
              *(volatile uint32_t*)(frame + offset + 16) = li_a0(frame == kFirst ? 1 : 2);
              *(volatile uint32_t*)(frame + offset + 20) = kRet;
            }
          }
          fence_i();
          const auto map_to = [&](uint64_t frame) {
            for (uint64_t at = 0; at < span; at += kind.level ? span : kPage)
              map_page(va + at, frame | (kind.flags & kN ? 8 * kPage : 0), kPageRWX | kind.flags, kind.level);
          };
          map_to(kFirst);
          use_pages(asid);
          for (int round = 0; round < 4; ++round) {
            const uint64_t frame = round % 2 ? kSecond : kFirst;
            map_to(frame);
            for (uint64_t at = 0; at < span; at += kind.level ? span : kPage)
              if (at == 0 || form >= kByAddress) fence((Form)form, va + at, asid);
            for (const uint64_t offset : {0ul, (unsigned long)span - kPage}) {
              uint64_t loaded = 0, called = 0;
              CHECK_NO_TRAP(run_in(kSupervisorMode, [&] {
                loaded = load64(va + offset + 8);
                store64(va + offset + 24, frame);
                called = call_with(va + offset + 16, 0);
              }));
              CHECK_EQ(loaded, frame + offset);
              CHECK_EQ(called, frame == kFirst ? 1 : 2);
              CHECK_EQ(*(volatile uint64_t*)(frame + offset + 24), frame);
            }
          }
        }
  return 0;
}
