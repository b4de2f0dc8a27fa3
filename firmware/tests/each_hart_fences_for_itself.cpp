// A hart that executes SFENCE.VMA after another has changed a page-table entry uses the new entry, in every round.
// guest: harts=2,4
#include "lib/paging.h"

static uint64_t frames[2];
static volatile uint64_t version, done[RT_MAX_HARTS], wrong;
constexpr uint64_t kVersions = 200;

static void reader(unsigned hart) {
  use_pages();
  const Trap& trap = run_in(kSupervisorMode, [=] {
    for (uint64_t i = 1; i <= kVersions; ++i) {
      while (version != i) {}
      asm volatile("fence r, rw" ::: "memory");
      if (i % 3) asm volatile("sfence.vma %0" ::"r"(kVa) : "memory");
      else sfence_vma();
      if (load64(kVa) != 50 + i % 2) wrong = i;
      done[hart] = i;
    }
  });
  if (trap.taken) wrong = trap.cause;
  no_pages();
}

int main() {
  const unsigned harts = rt_hart_count();
  new_pages(kSv39);
  for (uint64_t i = 0; i < 2; ++i) {
    frames[i] = new_frame();
    *(volatile uint64_t*)frames[i] = 50 + i;
  }
  volatile uint64_t* entry = map_page(kVa, frames[0], kPageR);
  for (unsigned hart = 1; hart < harts; ++hart) rt_run_on(hart, reader);
  for (uint64_t i = 1; i <= kVersions; ++i) {
    *entry = pte_for(frames[i % 2], kPageR);
    asm volatile("fence rw, w" ::: "memory");
    version = i;
    for (unsigned hart = 1; hart < harts; ++hart) while (done[hart] != i && !wrong) {}
    CHECK_EQ(wrong, 0);
  }
  for (unsigned hart = 1; hart < harts; ++hart) rt_wait_for(hart);
  CHECK_EQ(wrong, 0);
  return 0;
}
