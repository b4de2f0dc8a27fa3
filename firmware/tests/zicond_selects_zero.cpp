// CZERO.EQZ gives zero when rs2 is zero, CZERO.NEZ when it is not, and rs1 otherwise; all 64 bits of rs2 count.
#include "lib/test.h"

int main() {
  const auto eqz = [](uint64_t a, uint64_t b) {
    asm volatile(WITH("zicond", "czero.eqz %0, %0, %1") : "+r"(a) : "r"(b));
    return a;
  };
  const auto nez = [](uint64_t a, uint64_t b) {
    asm volatile(WITH("zicond", "czero.nez %0, %0, %1") : "+r"(a) : "r"(b));
    return a;
  };
  for (const uint64_t condition : Values{0, 1, 1ull << 32, 1ull << 63, ~0ull}) {
    CHECK_EQ(eqz(77, condition), condition ? 77 : 0);
    CHECK_EQ(nez(77, condition), condition ? 0 : 77);
  }
  return 0;
}
