// A hart in a loop of loads and stores uses the new mapping, from the SFENCE.VMA on that an interrupt made it execute: the old page is untouched from then on.
// guest: harts=2,4
#include "lib/irq.h"
#include "lib/paging.h"

constexpr uint64_t kFrames = 3, kVersions = 60, kPoison = 0xdead;
static uint64_t frames[kFrames];
static volatile uint64_t version, done[RT_MAX_HARTS], wrong;

static void run_loop(unsigned hart) {
  CSR_WRITE(mie, kMSI);
  use_pages();
  uint64_t least = 0;
  while (least < kVersions) {
    done[hart] = least;
    const Trap& trap = run_in(kSupervisorMode, [&] {
      volatile uint64_t* words = (volatile uint64_t*)kVa;
      for (uint64_t n = 0;; ++n) {
        const uint64_t got = words[0];
        if (got != least % kFrames && got != (least + 1) % kFrames) wrong = got + 1;
        words[hart] = n;
      }
    });
    if (trap.cause != kMachineSoftware) wrong = trap.cause;
    *rt_msip(hart) = 0;
    if (least % 3) asm volatile("sfence.vma %0" ::"r"(kVa) : "memory");
    else sfence_vma();
    least = version;
  }
  no_pages();
  done[hart] = least;
}

int main() {
  const unsigned harts = rt_hart_count();
  CHECK(harts >= 2);
  new_pages(kSv39);
  for (uint64_t i = 0; i < kFrames; ++i) {
    frames[i] = new_frame();
    *(volatile uint64_t*)frames[i] = i;
  }
  volatile uint64_t* entry = map_page(kVa, frames[0], kPageRW);
  for (unsigned hart = 1; hart < harts; ++hart) {
    done[hart] = ~0ull;
    rt_run_on(hart, run_loop);
    while (done[hart] != 0) {}
  }
  for (uint64_t i = 1; i <= kVersions; ++i) {
    volatile uint64_t* const old = (volatile uint64_t*)frames[(i - 1) % kFrames];
    *entry = pte_for(frames[i % kFrames], kPageRW);
    version = i;
    asm volatile("fence rw, rw" ::: "memory");
    for (unsigned hart = 1; hart < harts; ++hart) *rt_msip(hart) = 1;
    for (unsigned hart = 1; hart < harts; ++hart) while (done[hart] != i) {}
    // Nobody uses the old page now.
    old[0] = kPoison;
    for (unsigned hart = 1; hart < harts; ++hart) old[hart] = kPoison;
    for (uint64_t k = i * 13 % 300; k != 0; --k) asm volatile("");
    for (unsigned hart = 1; hart < harts; ++hart) CHECK_EQ(old[hart], kPoison);
    CHECK_EQ(wrong, 0);
    old[0] = (i - 1) % kFrames;
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
  return 0;
}
