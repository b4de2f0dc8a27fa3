// Upper-half code that reaches an address of the other half, past either end of its own, or one that is not canonical: what is mapped is reached, the rest faults with that address.
#include "lib/upper.h"

constexpr uint64_t kFirst = 0ull - (1ull << 38), kLast = 0ull - kPage, kMiddle = 0xffffffd000001000;
constexpr uint64_t kLowFirst = 0, kLowLast = (1ull << 38) - kPage;

// Three addresses by one register, as structures are reached.
static __attribute__((noinline)) uint64_t load_around(uint64_t at) {
  uint64_t a, b, c;
  asm volatile(AT("ld %0, 0(%3)") AT("ld %1, 2040(%3)") AT("ld %2, -2048(%3)") : "=&r"(a), "=&r"(b), "=&r"(c) : "r"(at) : "t6", "memory");
  return a + b + c;
}
static __attribute__((noinline)) void store_around(uint64_t at, uint64_t value) {
  asm volatile(AT("sd %1, 0(%0)") AT("sd %1, 2040(%0)") AT("sd %1, -2048(%0)")::"r"(at), "r"(value) : "t6", "memory");
}
static __attribute__((noinline)) uint64_t load_one(uint64_t at) { return load64(at); }
static __attribute__((noinline)) void store_one(uint64_t at, uint64_t value) { store64(at, value); }
static __attribute__((noinline)) uint64_t load_byte(uint64_t at) { return load8(at); }
// Far from a register, which is itself all right.
static __attribute__((noinline)) uint64_t load_far(uint64_t at) {
  uint64_t near, far;
  asm volatile("ld %0, 0(%2)\nlui t0, 0x40000\nadd t0, t0, %2\n" AT("ld %1, 8(t0)") : "=&r"(near), "=&r"(far) : "r"(at) : "t0", "t6", "memory");
  return near + far;
}
static __attribute__((noinline)) uint64_t load_far_below(uint64_t at) {
  uint64_t near, far;
  asm volatile("ld %0, 0(%2)\nlui t0, 0xc0000\nadd t0, t0, %2\n" AT("ld %1, -8(t0)") : "=&r"(near), "=&r"(far) : "r"(at) : "t0", "t6", "memory");
  return near + far;
}

// One function, first often with a good address, then with the wild one.
template <class Work>
static const Trap& after_good_ones(uint64_t wild, Work work) {
  return run_in_upper([=] {
    for (unsigned i = 0; i < 30; ++i) work(kMiddle + 2048);
    work(wild);
  });
}

static bool is_mapped(uint64_t at) {
  const uint64_t page = at & ~(kPage - 1);
  return page == kFirst || page == kLast || page == kMiddle || page == kMiddle - kPage || page == kMiddle + kPage || page == kLowFirst || page == kLowLast;
}

// The first of `addresses`, 8 bytes each, that is not all there is what the trap must tell: its first byte that is not.
static void check_faults(const Trap& trap, uint64_t cause, Values addresses) {
  for (const uint64_t at : addresses)
    for (const uint64_t byte : Values{at, at + 7}) {
      if (is_mapped(byte)) continue;
      const uint64_t tval = byte == at ? at : (at + 7) & ~(kPage - 1);
      CHECK_TRAP_AT(trap, cause, tval);
      return;
    }
  CHECK_NO_TRAP(trap);
}

int main() {
  new_pages(kSv39);
  map_upper_program();
  uint64_t number = 0;
  for (const uint64_t page : Values{kFirst, kLast, kMiddle - kPage, kMiddle, kMiddle + kPage, kLowFirst, kLowLast}) {
    const uint64_t frame = new_frame();
    for (uint64_t i = 0; i < 512; ++i) ((volatile uint64_t*)frame)[i] = ++number;
    map_page(page, frame, kPageRW | kGlobal);
  }
  use_pages(1);
  // Both ends of both halves are reached from the same code, over and over.
  uint64_t sum = 0;
  uint64_t* const result = &sum;
  CHECK_NO_TRAP(run_in_upper([=] {
    for (unsigned i = 0; i < 100; ++i) {
      const uint64_t pages[] = {kFirst, kLast, kMiddle, kLowFirst, kLowLast};
      for (const uint64_t page : pages) {
        store_one(page + 16, page + i);
        *result += load_one(page + 16) - (page + i);
      }
      // From the last address on to the first: 8 bytes over the seam, and a structure.
      store_one(0ull - 4, 0x1122334455667788);
      *result += load_one(0ull - 4) - 0x1122334455667788;
      *result += load_byte(0) - 0x44 + load_byte(0ull - 1) - 0x55;
      store_around(0ull - 1024, i);
      *result += load_one(0ull - 1024 + 2040) - i + load_one(0ull - 1024 - 2048) - i;
      store_around(1024, i);
      *result += load_one(1024 + 2040) - i + load_one(0ull - 1024) - i;
    }
  }));
  CHECK_EQ(sum, 0);

  for (const uint64_t wild :
       Values{kFirst, kFirst + 2048, kFirst - 8, kFirst - 1, kFirst - 4, kFirst - kPage, kFirst - kMega, kFirst - kMega - 8, 2 * kFirst, 2 * kFirst - 8,
              kLast, kLast - 8, kLast + 2048, 0ull - 8, 0, 8, 1024, kPage, kPage - 8, kMega, kMega + 8, kLowLast, kLowLast - 8,
              kLowLast + 4088, kLowLast + 4092, 1ull << 38, (1ull << 38) + 8, (1ull << 38) + kMega, 1ull << 39, 1ull << 63, (1ull << 63) - 8,
              kMiddle ^ 1ull << 38, kMiddle ^ 1ull << 39, kMiddle ^ 1ull << 63, kMiddle & ((1ull << 39) - 1), kMiddle & ((1ull << 38) - 1),
              0x10000000, 0x80200000, kMiddle + 2 * kPage, kMiddle - kPage - 1, 0x7fffffffffff0000, 0xffff7fffffff0000})
    for (unsigned again = 0; again < 3; ++again) {
      checking("wild", wild);
      check_faults(after_good_ones(wild, [](uint64_t at) { load_one(at); }), kLoadPageFault, {wild});
      check_faults(after_good_ones(wild, [](uint64_t at) { store_one(at, 5); }), kStorePageFault, {wild});
      check_faults(after_good_ones(wild, [](uint64_t at) { load_around(at); }), kLoadPageFault, {wild, wild + 2040, wild - 2048});
      check_faults(after_good_ones(wild, [](uint64_t at) { store_around(at, 5); }), kStorePageFault, {wild, wild + 2040, wild - 2048});
    }

  // The register is at the end of its half, what is reached a gigabyte away.
  volatile uint64_t* far[] = {map_page(kFirst + kGiga, new_frame(), kPageRW), map_page(kLast - kGiga, new_frame(), kPageRW)};
  const uint64_t entries[] = {*far[0], *far[1]};
  const uint64_t none[] = {0, 0};
  for (const auto& now : {entries, none}) {
    for (unsigned i = 0; i < 2; ++i) *far[i] = now[i];
    sfence_vma();
    const bool is_there = now[0] != 0;
    for (unsigned again = 0; again < 10; ++again) {
      const auto check = [&](auto work, uint64_t tval) {
        const Trap& trap = run_in_upper(work);
        if (tval == 0) CHECK_NO_TRAP(trap);
        else CHECK_TRAP_AT(trap, kLoadPageFault, tval);
      };
      check([] { for (unsigned i = 0; i < 20; ++i) load_far(kFirst); }, is_there ? 0 : kFirst + kGiga + 8);
      check([] { for (unsigned i = 0; i < 20; ++i) load_far_below(kLast + 8); }, is_there ? 0 : kLast - kGiga);
      check([] { load_far(kLast); }, kGiga - kPage + 8);
      check([] { load_far_below(kFirst); }, kFirst - kGiga - 8);
      check([] { load_far(kLowLast); }, kLowLast + kGiga + 8);
    }
  }
  return 0;
}
