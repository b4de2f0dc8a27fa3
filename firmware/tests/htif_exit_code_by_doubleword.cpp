// A doubleword (code << 1 | 1) stored to tohost ends the run with the code.
// guest: status=7 qemu=no
#include "lib/test.h"

extern "C" volatile uint64_t tohost;

int main() {
  tohost = 7 << 1 | 1;
  pass_time(1000000);
  return 1;
}
