// AMOs of all harts on the same words: sums, bits, maxima and swapped tickets come out exact, for words and doublewords.
// guest: harts=1,4,8
#include "lib/test.h"

constexpr uint64_t kRounds = 2000;
static uint64_t sum, any, all = ~0ull, toggled, ticket = 1;
static uint32_t sum32[2];
static int64_t largest = -1, smallest = 1 << 30;
static volatile uint64_t taken[RT_MAX_HARTS];

static void work(unsigned hart) {
  uint64_t tickets = 0;
  for (uint64_t i = 0; i < kRounds; ++i) {
    const uint64_t number = i * RT_MAX_HARTS + hart;
    asm volatile("amoadd.d x0, %1, (%0)" ::"r"(&sum), "r"(number) : "memory");
    asm volatile("amoadd.w x0, %1, (%0)" ::"r"(&sum32[0]), "r"(3ul) : "memory");
    asm volatile("amoor.d x0, %1, (%0)" ::"r"(&any), "r"(1ull << (number % 64)) : "memory");
    asm volatile("amoand.d x0, %1, (%0)" ::"r"(&all), "r"(~(1ull << (hart + 8))) : "memory");
    asm volatile("amoxor.d x0, %1, (%0)" ::"r"(&toggled), "r"(number) : "memory");
    asm volatile("amomax.d x0, %1, (%0)" ::"r"(&largest), "r"(number) : "memory");
    asm volatile("amomin.d x0, %1, (%0)" ::"r"(&smallest), "r"(number) : "memory");
    uint64_t got;
    asm volatile("amoswap.d %0, x0, (%1)" : "=&r"(got) : "r"(&ticket) : "memory");
    tickets += got;
    if (got) asm volatile("amoadd.d x0, %1, (%0)" ::"r"(&ticket), "r"(got) : "memory");
  }
  taken[hart] = tickets;
}

int main() {
  const unsigned harts = rt_hart_count();
  on_all_harts(harts, work);
  uint64_t expected = 0, parity = 0, bits = 0, tickets = 0;
  for (uint64_t i = 0; i < kRounds; ++i)
    for (unsigned hart = 0; hart < harts; ++hart) {
      const uint64_t number = i * RT_MAX_HARTS + hart;
      expected += number;
      parity ^= number;
      bits |= 1ull << (number % 64);
    }
  CHECK_EQ(sum, expected);
  CHECK_EQ(sum32[0], 3 * kRounds * harts);
  CHECK_EQ(sum32[1], 0);
  CHECK_EQ(any, bits);
  CHECK_EQ(all, ~(((1ull << harts) - 1) << 8));
  CHECK_EQ(toggled, parity);
  CHECK_EQ(largest, (kRounds - 1) * RT_MAX_HARTS + harts - 1);
  CHECK_EQ(smallest, 0);
  CHECK_EQ(ticket, 1);
  for (unsigned hart = 0; hart < harts; ++hart) tickets += taken[hart];
  CHECK(tickets > 0);
  return 0;
}
