// CBO.ZERO in loops: every block it names is cleared and no byte beside it, in whichever page; where it is off it is illegal; and what it clears is no code any more.
#include "lib/assembler.h"
#include "lib/upper.h"

static __attribute__((noinline)) void zero(uint64_t at) { asm volatile(WITH("zicboz", "cbo.zero (%0)")::"r"(at) : "memory"); }
// As kernels clear pages.
static __attribute__((noinline)) void zero_range(uint64_t at, uint64_t end) {
  asm volatile("1:\n" WITH("zicboz", "cbo.zero (%0)") "\naddi %0, %0, 64\nbltu %0, %1, 1b" : "+r"(at) : "r"(end) : "memory");
}
// Between loads and stores of the same register, which may have looked at its page already.
static __attribute__((noinline)) uint64_t zero_between(uint64_t at) {
  uint64_t before, after;
  asm volatile("ld %0, 0(%2)\nsd %2, 8(%2)\n" WITH("zicboz", "cbo.zero (%2)") "\nsd %2, 16(%2)\nld %1, 8(%2)"
               : "=&r"(before), "=&r"(after) : "r"(at) : "memory");
  return before + after;
}

constexpr uint64_t kHigh = 0xffffffd000000000, kFrames = 0x80400000;
constexpr uint8_t kFilled = 0xa5;

static void check_blocks(uint64_t physical, uint64_t bytes, uint64_t first, uint64_t end) {
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < bytes; i += 8)
    wrong += *(volatile uint64_t*)(physical + i) != (i >= first && i < end ? 0 : 0xa5a5a5a5a5a5a5a5);
  CHECK_EQ(wrong, 0);
}

template <class Run>
static void check_clearing(Run run, uint64_t va) {
  // Each byte of a block, and blocks at both ends of pages. Two pages; their frames follow each other backwards.
  for (const uint64_t block : Values{0, 64, kPage - 64, kPage, 2 * kPage - 64}) {
    checking("va, block", va | block);
    for (const uint64_t byte : Values{0, 1, 8, 31, 32, 33, 62, 63}) {
      memset((void*)kFrames, kFilled, 2 * kPage);
      CHECK_NO_TRAP(run([=] {
        for (unsigned i = 0; i < 20; ++i) zero(va + block + byte);
      }));
      check_blocks(kFrames, 2 * kPage, block ^ kPage, (block ^ kPage) + 64);
    }
  }
  for (const uint64_t first : Values{0, 64, kPage - 128, kPage}) {
    memset((void*)kFrames, kFilled, 2 * kPage);
    CHECK_NO_TRAP(run([=] { zero_range(va + first, va + 2 * kPage - 64); }));
    const uint64_t in_first_page = first < kPage ? first : kPage;
    check_blocks(kFrames + kPage, kPage, in_first_page, kPage);
    check_blocks(kFrames, kPage, first < kPage ? 0 : first - kPage, kPage - 64);
  }
  uint64_t wrong = 0;
  uint64_t* const result = &wrong;
  CHECK_NO_TRAP(run([=] {
    for (uint64_t i = 0; i < 256; ++i) {
      const uint64_t at = va + i * 64 % (2 * kPage);
      store64(at, i);
      store64(at + 56, i);
      *result += zero_between(at) != i;
      *result += load64(at) + load64(at + 56) + load64(at + 24);
      *result += load64(at + 16) != at;
    }
  }));
  CHECK_EQ(wrong, 0);
}

int main() {
  CSR_SET(0x30c, 1ull << 62);  // mstateen0: senvcfg is S-mode's to write
  CSR_SET(0x30a, kCBZE);
  CSR_SET(0x10a, kCBZE);
  new_pages(kSv39);
  map_upper_program();
  for (const uint64_t va : Values{kHigh, kVa})
    for (const uint64_t page : Values{0, kPage}) map_page(va + page, kFrames + (page ^ kPage), kPageRW);
  const uint64_t user = kVa + kMega;
  for (const uint64_t page : Values{0, kPage}) map_page(user + page, kFrames + (page ^ kPage), kPageRW | kUser);
  use_pages(1);
  const auto as_upper = [](auto work) -> const Trap& { return run_in_upper(work); };
  const auto as_lower = [](auto work) -> const Trap& { return run_in(kSupervisorMode, work); };
  const auto as_user = [](auto work) -> const Trap& { return run_in(kUserMode, work); };
  check_clearing(as_upper, kHigh);
  check_clearing(as_upper, kVa);
  check_clearing(as_lower, kVa);
  check_clearing(as_user, user);

  // Switched off and on again.
  for (unsigned again = 0; again < 4; ++again) {
    CHECK_NO_TRAP(run_in_upper([] { for (unsigned i = 0; i < 30; ++i) zero(kHigh); }));
    CHECK_NO_TRAP(run_in(kUserMode, [=] { for (unsigned i = 0; i < 30; ++i) zero(user); }));
    CSR_CLEAR(0x10a, kCBZE);
    for (const uint64_t at : {kFrames, kFrames + kPage}) *(volatile uint64_t*)at = 88;
    CHECK_NO_TRAP(run_in_upper([] { for (unsigned i = 0; i < 3; ++i) zero(kHigh + 64); }));
    CHECK_ILLEGAL(kUserMode, zero(user));
    CSR_SET(0x10a, kCBZE);
    CSR_CLEAR(0x30a, kCBZE);
    CHECK_ILLEGAL(kUserMode, zero(user));
    CHECK_ILLEGAL(kSupervisorMode, zero(kVa));
    CHECK_NO_TRAP(run_in(kMachineMode, [] { for (unsigned i = 0; i < 3; ++i) zero(kFrames + 128); }));
    CHECK_EQ(*(volatile uint64_t*)kFrames, 88);
    CHECK_EQ(*(volatile uint64_t*)(kFrames + kPage), 88);
    CSR_SET(0x30a, kCBZE);
    // By the supervisor itself, in a loop: senvcfg is not its own.
    CHECK_NO_TRAP(run_in_upper([] {
      for (unsigned i = 0; i < 30; ++i) {
        CSR_CLEAR(0x10a, kCBZE);
        zero(kHigh);
        CSR_SET(0x10a, kCBZE);
      }
    }));
  }

  // Code: after a clearing of its block it is gone, beside it it stays.
  const uint64_t code = kHigh + 16 * kPage, frame = kFrames + 8 * kPage;
  map_page(code, frame, kPageRWX);
  sfence_vma();
  for (unsigned round = 0; round < 12; ++round) {
    checking("round", round);
    auto* const at = (volatile uint32_t*)frame;
    for (unsigned i = 0; i < 1024; ++i) at[i] = 0;
    at[16] = li_a0(10 + round);      // block 1: falls into block 2
    for (unsigned i = 17; i < 32; ++i) at[i] = code::addi(code::a0, code::a0, 1);
    at[32] = code::addi(code::a0, code::a0, 100);
    at[33] = kRet;
    at[64] = li_a0(20 + round);      // block 4
    at[65] = kRet;
    fence_i();
    uint64_t sum = 0;
    uint64_t* const result = &sum;
    CHECK_NO_TRAP(run_in_upper([=] {
      for (unsigned i = 0; i < 40; ++i) {
        zero(code + 0x340 + i % 2 * 64);  // data beside the code
        *result += call_with(code + 64, 0) + call_with(code + 256, 0);
      }
    }));
    CHECK_EQ(sum, 40 * (10 + round + 15 + 100 + 20 + round));
    const Trap& trap = run_in_upper([=] {
      for (unsigned i = 0; i < 10; ++i) {
        zero(kHigh);
        *result += call_with(code + 256, 0);
      }
      zero(code + 64 + 63);
      fence_i();
      *result = call_with(code + 256, 0);
      *result = call_with(code + 128, 7);
      call(code + 64);
    });
    CHECK_TRAP(trap, kIllegalInstruction, trap.tval);
    CHECK_EQ(trap.epc, code + 64);
    CHECK_EQ(sum, 107);
    // ... and code that is written there anew runs.
    at[16] = li_a0(3);
    at[17] = kRet;
    fence_i();
    CHECK_NO_TRAP(run_in_upper([=] { *result = call_with(code + 64, 0) + call_with(code + 256, 0); }));
    CHECK_EQ(sum, 23 + round);
  }
  return 0;
}
