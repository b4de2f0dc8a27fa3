// Thousands of instructions without a jump, over pages, forwards and in pieces entered at any of them: every one runs exactly once.
#include "lib/assembler.h"
#include "lib/test.h"

using namespace code;

int main() {
  constexpr unsigned kCount = 5000;
  alignas(4096) static uint32_t program[kCount + 1];
  for (unsigned i = 0; i < kCount; ++i) program[i] = addi(a0, a0, i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 3);
  program[kCount] = ret;
  fence_i();
  const auto sum_from = [](unsigned i) {
    uint64_t sum = 0;
    for (; i < kCount; ++i) sum += i % 3 + 1;
    return sum;
  };
  for (int round = 0; round < 2; ++round)
    for (unsigned i = 0; i < kCount; i += 331) {
      checking("from", i);
      const uint64_t before = CSR_READ(minstret);
      CHECK_EQ(call_with((uint64_t)&program[i], 0), sum_from(i));
      CHECK(CSR_READ(minstret) - before >= kCount - i);
    }
  return 0;
}
