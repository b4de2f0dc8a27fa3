// M-mode loops that reach physical memory and, with MPRV, both halves of an address space: each access goes where MPRV says at that instruction, whatever the supervisor used before.
#include "lib/upper.h"

constexpr uint64_t kHigh = 0xffffffd000000000;
constexpr uint64_t kBoth = 0x80800000;  // a physical address, and a virtual one of another page
constexpr uint64_t kAbove = kBoth + 2 * kMega;
constexpr uint64_t kFrames = 0x80400000;
constexpr unsigned kRounds = 150;

using Place = uint64_t;
constexpr Place kAsPhysical = 0, kAsVirtual = 1, kLowUser = 2, kHighPage = 3, kPlaces = 4;

// Around the accesses with MPRV, in straight code, the same ones without it: loads by 0, stores by 8 bytes.
// Of some code there are copies, for what an engine makes of code may depend on who ran it first.
struct Sums {
  uint64_t plain, low, high, after;
};
template <unsigned kCopy>
static __attribute__((noinline)) void visit(uint64_t low, uint64_t high, uint64_t n, Sums& sums) {
  uint64_t plain, by_low, by_high, after;
  asm volatile(
      "li %[plain], %[copy]\n"
      "ld %[plain], 0(%[both])\n"
      "sd %[n], 8(%[both])\n"
      "csrs mstatus, %[mprv]\n"
      "ld %[by_low], 0(%[low])\n"
      "sd %[n], 8(%[low])\n"
      "ld %[by_high], 0(%[high])\n"
      "sd %[n], 8(%[high])\n"
      "csrc mstatus, %[mprv]\n"
      "ld %[after], 0(%[both])\n"
      "sd %[n], 16(%[both])\n"
      : [plain] "=&r"(plain), [by_low] "=&r"(by_low), [by_high] "=&r"(by_high), [after] "=&r"(after)
      : [both] "r"(kBoth), [low] "r"(low), [high] "r"(high), [n] "r"(n), [mprv] "r"(kMPRV), [copy] "i"(kCopy)
      : "memory");
  sums.plain += plain;
  sums.low += by_low;
  sums.high += by_high;
  sums.after += after;
}

static volatile uint64_t* word(Place place) { return (volatile uint64_t*)(place == kAsPhysical ? kBoth : kFrames + place * kPage); }

template <unsigned kCopy = 0>
static void check_loop(Mode as, uint64_t low, Place low_place, bool with_upper = true) {
  const Place high_place = with_upper ? kHighPage : kAsVirtual;
  const uint64_t high = with_upper ? kHigh : kBoth;
  checking("as, low", (uint64_t)as << 60 | low);
  Sums sums = {};
  CHECK_NO_TRAP(run_in(kMachineMode, [&] {
    CSR_CLEAR(mstatus, kMPP);
    CSR_SET(mstatus, (uint64_t)as << 11);
    for (uint64_t i = 0; i < kRounds; ++i) visit<kCopy>(low, high, i, sums);
    // Long with MPRV, all of it to one address.
    uint64_t sum = 0;
    asm volatile(
        "li t1, %[copy]\n"
        "csrs mstatus, %[mprv]\n"
        "li t1, 200\n"
        "1: ld t0, 0(%[high])\n"
        "add %[sum], %[sum], t0\n"
        "sd t1, 24(%[high])\n"
        "addi t1, t1, -1\n"
        "bnez t1, 1b\n"
        "csrc mstatus, %[mprv]\n"
        : [sum] "+r"(sum) : [high] "r"(high), [mprv] "r"(kMPRV), [copy] "i"(kCopy) : "t0", "t1", "memory");
    sums.high += sum;
  }));
  CHECK_EQ(sums.plain, kRounds * 1000);
  CHECK_EQ(sums.after, kRounds * 1000);
  CHECK_EQ(sums.low, kRounds * (1000 + low_place));
  CHECK_EQ(sums.high, (kRounds + 200) * (1000 + high_place));
  for (const Place place : {kAsPhysical, low_place, high_place}) CHECK_EQ(word(place)[1], kRounds - 1);
  CHECK_EQ(word(kAsPhysical)[2], kRounds - 1);
  CHECK_EQ(word(high_place)[3], 1);
  for (const Place place : {kAsPhysical, low_place, high_place}) memset((void*)(word(place) + 1), 0, 24);
}

// The supervisor itself, in either half.
static void check_supervisor(bool in_upper) {
  uint64_t sum = 0;
  uint64_t* const result = &sum;
  const auto work = [=] {
    uint64_t s = 0;
    for (uint64_t i = 0; i < 300; ++i) {
      s += load64(kHigh) + load64(kBoth);
      store64(kHigh + 32, i);
      store64(kBoth + 40, i);
    }
    *result = s;
  };
  if (in_upper) CHECK_NO_TRAP(run_in_upper(work));
  else CHECK_NO_TRAP(run_in(kSupervisorMode, work));
  CHECK_EQ(sum, 300 * (2000 + kHighPage + kAsVirtual));
  CHECK_EQ(word(kHighPage)[4], 299);
  CHECK_EQ(word(kAsVirtual)[5], 299);
  CHECK_EQ(word(kAsPhysical)[5], 0);
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  map_page(kHigh, kFrames + kHighPage * kPage, kPageRW);
  volatile uint64_t* const both = map_page(kBoth, 0, 0);
  map_page(kVa, kFrames + kLowUser * kPage, kPageRW | kUser);
  for (uint64_t place = 0; place < kPlaces; ++place) word(place)[0] = 1000 + place;
  // Two address spaces, in one of which the supervisor has used the upper half, in the other only M-mode has
  // used anything: M-mode's code alternates between them.
  *both = pte_for(kFrames + kAsVirtual * kPage, kPageRW);
  map_page(kAbove, kFrames + kAsVirtual * kPage, kPageRW);
  use_pages(20);
  for (unsigned again = 0; again < 4; ++again) check_supervisor(true);
  sfence_vma();
  CHECK_NO_TRAP(run_in(kSupervisorMode, [] {}));
  const auto go_to = [](uint64_t space) { CSR_WRITE(satp, satp_for_pages(space)); };
  go_to(21);
  for (unsigned again = 0; again < 4; ++again) check_loop(kSupervisorMode, kBoth, kAsVirtual);
  for (unsigned again = 0; again < 30; ++again) {
    go_to(21);
    check_loop<1>(kSupervisorMode, kAbove, kAsVirtual, again > 3);
    go_to(20);
    if (again == 0) check_loop<2>(kSupervisorMode, kAbove, kAsVirtual);
    check_loop<1>(kSupervisorMode, kAbove, kAsVirtual, again > 3);
    go_to(21);
    check_loop<2>(kSupervisorMode, kAbove, kAsVirtual);
  }
  no_pages();
  uint64_t asid = 0;
  // Who comes first in an address space decides what the engine prepares it for.
  for (const uint64_t order : Values{0, 1, 2, 3}) {
    checking("order", order);
    *both = pte_for(kFrames + kAsVirtual * kPage, kPageRW);
    use_pages(++asid);
    if (order == 0) check_loop(kSupervisorMode, kBoth, kAsVirtual);
    if (order == 1) check_supervisor(true);
    if (order == 2) check_supervisor(false);
    check_loop(kSupervisorMode, kBoth, kAsVirtual);
    check_supervisor(true);
    check_loop(kSupervisorMode, kBoth, kAsVirtual);
    check_supervisor(false);
    for (unsigned again = 0; again < 3; ++again) check_supervisor(true);
    CSR_SET(mstatus, kSUM);
    check_loop(kSupervisorMode, kVa, kLowUser);
    CSR_CLEAR(mstatus, kSUM);
    *both = pte_for(kFrames + kAsVirtual * kPage, kPageRW | kUser);
    sfence_vma();
    check_loop(kUserMode, kVa, kLowUser, false);
    check_loop(kUserMode, kBoth, kAsVirtual, false);
    *both = pte_for(kFrames + kAsVirtual * kPage, kPageRW);
    sfence_vma();
    // What is not there, or not for that mode, faults in the middle of such a loop.
    for (const uint64_t missing : Values{kHigh + kPage, kHigh - 8, kBoth + kPage, kVa, 0, 0ull - 8, 1ull << 38, 0ull - (1ull << 38) - 8}) {
      checking("missing", missing);
      const Trap& trap = run_in(kMachineMode, [&] {
        CSR_CLEAR(mstatus, kMPP);
        CSR_SET(mstatus, (uint64_t)kSupervisorMode << 11);
        asm volatile(
            "mv t0, %[high]\n"
            "li t1, 200\n"
            "1: csrs mstatus, %[mprv]\n" AT("ld t2, 0(t0)")
            "csrc mstatus, %[mprv]\n"
            "ld t3, 0(%[both])\n"
            "addi t1, t1, -1\n"
            "bnez t1, 1b\n"
            "mv t0, %[missing]\n"
            "j 1b"
            ::[high] "r"(kHigh), [both] "r"(kBoth), [missing] "r"(missing), [mprv] "r"(kMPRV) : "t0", "t1", "t2", "t3", "t6", "memory");
      });
      CHECK_TRAP_AT(trap, kLoadPageFault, missing);
      CHECK_EQ(trap.from(), kMachineMode);
      CHECK_EQ(trap.x[28], 1000);
      CHECK_EQ(trap.x[7], 1000 + kHighPage);
      CSR_CLEAR(mstatus, kMPRV);
    }
  }
  return 0;
}
