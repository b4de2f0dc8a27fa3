// Supervisor code on global pages goes from one address space to the next: behind each write of satp all other pages are the new space's.
#include "lib/upper.h"

constexpr unsigned kSpaces = 6, kRounds = 120;
constexpr uint64_t kShared = 0xffffffd000000000;
constexpr uint64_t kFrames = 0x80400000;

enum Fence : uint64_t { kNone, kOfOther, kOfNew, kOfAll };

struct Seen {
  uint64_t own, shared, user;
};
static uint64_t satps[kSpaces];
static Seen seen[kSpaces], before[kSpaces];

// Loads and stores of the same addresses on both sides of the write of satp, in straight code.
static inline void go_to(uint64_t satp, Fence fence, uint64_t n, Seen& left, Seen& reached) {
  const uint64_t asid = satp >> 44 & 0xffff;
  asm volatile(
      "ld t0, 0(%[own])\n ld t1, 0(%[shared])\n"
      "csrw satp, %[satp]\n"
      "ld t2, 0(%[own])\n ld t3, 0(%[shared])\n"
      "sd %[n], 8(%[own])\n sd %[n], 8(%[shared])\n"
      "sd t0, 0(%[left])\n sd t1, 8(%[left])\n sd t2, 0(%[reached])\n sd t3, 8(%[reached])\n"
      ::[own] "r"(kOwn), [shared] "r"(kShared), [satp] "r"(satp), [n] "r"(n), [left] "r"(&left), [reached] "r"(&reached)
      : "t0", "t1", "t2", "t3", "memory");
  if (fence == kOfOther) asm volatile("sfence.vma x0, %0" ::"r"(asid + 1) : "memory");
  if (fence == kOfNew) asm volatile("sfence.vma x0, %0" ::"r"(asid) : "memory");
  if (fence == kOfAll) asm volatile("sfence.vma" ::: "memory");
  asm volatile(
      "csrs sstatus, %[sum]\n ld t0, 0(%[user])\n sd %[n], 8(%[user])\n csrc sstatus, %[sum]\n sd t0, 16(%[reached])"
      ::[user] "r"(kVa), [sum] "r"(kSUM), [n] "r"(n), [reached] "r"(&reached) : "t0", "memory");
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  map_page(kShared, kFrames, kPageRW | kGlobal);
  auto* const at = (volatile uint64_t*)kFrames;
  at[0] = 7;
  for (unsigned i = 0; i < kSpaces; ++i) {
    const Space space = new_space(i + 1);
    *space.own = pte_for(kFrames + (2 * i + 1) * kPage, kPageRW);
    *space.user = pte_for(kFrames + (2 * i + 2) * kPage, kPageRW | kUser);
    at[(2 * i + 1) * 512] = 100 + i;
    at[(2 * i + 2) * 512] = 200 + i;
    const uint64_t code = kFrames + (32 + i) * kPage;
    space.own[1] = pte_for(code, kPageRX);
    *(volatile uint32_t*)code = li_a0(300 + i);
    *(volatile uint32_t*)(code + 4) = kRet;
    satps[i] = space.satp;
  }
  fence_i();
  CSR_WRITE(satp, satps[0]);
  sfence_vma();
  for (const Fence fence : {kNone, kOfOther, kOfNew, kOfAll, kNone}) {
    checking("fence", fence);
    CHECK_NO_TRAP(run_in_upper([=] {
      CSR_WRITE(satp, satps[kSpaces - 1]);
      for (unsigned round = 0; round < kRounds; ++round)
        for (unsigned i = 0; i < kSpaces; ++i) {
          Seen left, reached;
          go_to(satps[i], fence, round * 8 + i, left, reached);
          before[i].own += left.own;
          before[i].shared += left.shared;
          seen[i].own += reached.own;
          seen[i].shared += reached.shared;
          seen[i].user += reached.user;
        }
    }));
    for (unsigned i = 0; i < kSpaces; ++i) {
      checking("fence, space", fence << 4 | i);
      CHECK_EQ(seen[i].own, kRounds * (100 + i));
      CHECK_EQ(seen[i].user, kRounds * (200 + i));
      CHECK_EQ(seen[i].shared, kRounds * 7);
      CHECK_EQ(before[i].own, kRounds * (100 + (i + kSpaces - 1) % kSpaces));
      CHECK_EQ(before[i].shared, kRounds * 7);
      CHECK_EQ(at[(2 * i + 1) * 512 + 1], (kRounds - 1) * 8 + i);
      CHECK_EQ(at[(2 * i + 2) * 512 + 1], (kRounds - 1) * 8 + i);
      seen[i] = before[i] = {};
    }
    CHECK_EQ(at[1], (kRounds - 1) * 8 + kSpaces - 1);
  }

  // Code too, of a page that is not global.
  uint64_t called[kSpaces] = {};
  uint64_t* const sums = called;
  CHECK_NO_TRAP(run_in_upper([=] {
    for (unsigned round = 0; round < kRounds; ++round)
      for (unsigned i = 0; i < kSpaces; ++i) {
        CSR_WRITE(satp, satps[i]);
        sums[i] += call_with(kOwn + kPage, 0) + load64(kShared);
        if (round % 4 == 3) asm volatile("sfence.vma x0, %0" ::"r"(i + 1ul) : "memory");
      }
  }));
  for (unsigned i = 0; i < kSpaces; ++i) CHECK_EQ(called[i], kRounds * (307 + i));
  return 0;
}
