// The low word of tohost alone is enough to end the run.
// guest: status=9 qemu=no
#include "lib/test.h"

extern "C" volatile uint32_t tohost[2];

int main() {
  tohost[0] = 9 << 1 | 1;
  pass_time(1000000);
  return 1;
}
