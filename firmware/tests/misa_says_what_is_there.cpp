// misa: MXL = 64, the letters of RV64IMAFDC with S and U, no letter for what is missing; writes do not break it.
#include "lib/test.h"

int main() {
  const uint64_t misa = CSR_READ(misa);
  CHECK_EQ(misa >> 62, 2);
  for (const char letter : {'I', 'M', 'A', 'F', 'D', 'C', 'S', 'U'}) {
    checking("letter", (uint64_t)letter);
    CHECK(misa >> (letter - 'A') & 1);
  }
  for (const char letter : {'E', 'H', 'J', 'K', 'L', 'N', 'O', 'P', 'Q', 'R', 'T', 'V', 'W', 'X', 'Y', 'Z'}) {
    checking("letter", (uint64_t)letter);
    CHECK(!(misa >> (letter - 'A') & 1));
  }
  CHECK_EQ(CSR_READ(mhartid), 0);
  return 0;
}
