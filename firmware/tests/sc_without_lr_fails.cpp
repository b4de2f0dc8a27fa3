// SC with no reservation fails with a non-zero code and writes nothing; so does a second SC, after one that succeeded or failed.
#include "lib/test.h"

static uint64_t word[1024];

static uint64_t sc(uint64_t* at, uint64_t value) {
  uint64_t code;
  asm volatile("sc.d %0, %2, (%1)" : "=&r"(code) : "r"(at), "r"(value) : "memory");
  return code;
}

int main() {
  sc(word, 0);  // drops what may have been there
  word[0] = 5;
  CHECK(sc(word, 6) != 0);
  CHECK_EQ(word[0], 5);
  uint64_t first, second;
  do {
    asm volatile("lr.d t0, (%2)\nsc.d %0, %3, (%2)\nsc.d %1, %4, (%2)"
                 : "=&r"(first), "=&r"(second) : "r"(word), "r"(10ul), "r"(11ul) : "t0", "memory");
    CHECK(second != 0);
  } while (first != 0);
  CHECK_EQ(word[0], 10);
  // An SC elsewhere fails and takes the reservation with it.
  asm volatile("lr.d t0, (%2)\nsc.d %0, %4, (%3)\nsc.d %1, %4, (%2)"
               : "=&r"(first), "=&r"(second) : "r"(word), "r"(word + 1000), "r"(12ul) : "t0", "memory");
  CHECK(first != 0);
  CHECK(second != 0);
  CHECK_EQ(word[0], 10);
  CHECK_EQ(word[1000], 0);
  // The last LR counts.
  asm volatile("lr.d t0, (%1)\nlr.d t0, (%2)\nsc.d %0, %3, (%1)" : "=&r"(first) : "r"(word), "r"(word + 1000), "r"(13ul) : "t0", "memory");
  CHECK(first != 0);
  CHECK_EQ(word[0], 10);
  return 0;
}
