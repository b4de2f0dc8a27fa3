// An overflow sets OF and LCOFIP, once, exactly behind the instruction that makes it; a counter whose OF is set asks no more, one whose OF is cleared does.
// guest: spike=no
#include "lib/counters.h"

// Whether LCOFIP is up `distance` instructions after -distance was written: it must be, and not before.
static bool overflows_after(uint64_t distance) {
  CSR_CLEAR(mip, kLCOFI);
  CSR_CLEAR(mhpmevent4, kOF);
  CSR_WRITE(mhpmcounter4, -distance);
  spin(distance / 2 * 2 + 20);
  return (CSR_READ(mip) & kLCOFI) != 0;
}

int main() {
  CSR_WRITE(mhpmevent4, kInstructionsEvent);
  for (const uint64_t distance : Values{1, 2, 3, 10, 1000, 100001}) {
    checking("distance", distance);
    CHECK(overflows_after(distance));
    CHECK(CSR_READ(mhpmevent4) >> 63);
    CHECK(CSR_READ(mhpmcounter4) < 1000);
    CHECK_EQ(CSR_READ(0xda0) & 0x7f8, 1 << 4);
    // While OF is set nothing asks again.
    CSR_CLEAR(mip, kLCOFI);
    CSR_WRITE(mhpmcounter4, -10);
    spin(100);
    CHECK(CSR_READ(mhpmcounter4) < 1000);
    CHECK_EQ(CSR_READ(mip) & kLCOFI, 0);
    CHECK(CSR_READ(mhpmevent4) >> 63);
    // OF set by software asks for nothing either.
    CSR_WRITE(mhpmcounter4, 0);
    CSR_WRITE(mhpmevent4, kInstructionsEvent);
    CHECK_EQ(CSR_READ(0xda0) & 0x7f8, 0);
    CSR_WRITE(mhpmevent4, kOF | kInstructionsEvent);
    spin(100);
    CHECK_EQ(CSR_READ(mip) & kLCOFI, 0);
  }
  // No overflow: a counter that stands still, one that is far away, one that is written to zero.
  for (unsigned i = 0; i < 10; ++i) {
    CSR_WRITE(mhpmevent4, kInstructionsEvent);
    CSR_WRITE(mcountinhibit, 1 << 4);
    CHECK(!overflows_after(10));
    CSR_WRITE(mcountinhibit, 0);
    CSR_CLEAR(mip, kLCOFI);
    CSR_CLEAR(mhpmevent4, kOF);
    CSR_WRITE(mhpmcounter4, -1000000);
    spin(1000);
    CSR_WRITE(mhpmcounter4, 0);
    spin(100);
    CSR_WRITE(mhpmcounter4, 5);
    CSR_WRITE(mhpmevent4, 0);
    CHECK_EQ(CSR_READ(mip) & kLCOFI, 0);
    CHECK_EQ(CSR_READ(0xda0), 0);
  }
  return 0;
}
