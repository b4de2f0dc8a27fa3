// tohost written as two words, the high one first.
// guest: status=11 qemu=no
#include "lib/test.h"

extern "C" volatile uint32_t tohost[2];

int main() {
  tohost[1] = 0;
  tohost[0] = 11 << 1 | 1;
  pass_time(1000000);
  return 1;
}
