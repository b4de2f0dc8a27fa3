// 0x3333 written to the finisher with a code above it ends the run with that code.
// guest: status=42 spike=no
#include "lib/test.h"

int main() {
  rt_write32(RT_FINISHER, 42 << 16 | 0x3333);
  pass_time(1000000);
  return 1;
}
