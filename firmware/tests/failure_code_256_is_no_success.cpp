// A failure code of which the low byte is zero must not come out as status 0: large codes are reported as 123.
// guest: status=123 spike=no qemu=no
#include "lib/test.h"

extern "C" volatile uint64_t tohost;

int main() {
  tohost = 256 << 1 | 1;
  pass_time(1000000);
  return 0;
}
