// mhpmcounter3 to 10 hold 64 bits, their mhpmevent OF, the modes' bits and events that exist; the counters behind them and their events are zero.
// guest: qemu=no spike=no
#include "lib/counters.h"

int main() {
  write_csr(0x320, ~0ull);  // mcountinhibit: nothing moves
  CHECK_EQ(read_csr(0x320), 0x7fd);
  for (unsigned n = kFirstCounter; n <= 31; ++n) {
    checking("counter", n);
    const bool counts = n <= kLastCounter;
    for (const uint64_t value : Values{~0ull, 0x0123456789abcdef, 0}) {
      write_csr(kMhpmcounter + n, value);
      CHECK_EQ(read_csr(kMhpmcounter + n), counts ? value : 0);
      CHECK_EQ(read_csr(kHpmcounter + n), counts ? value : 0);
    }
    constexpr uint64_t kBits = kOF | kMINH | kSINH | kUINH;
    for (const uint64_t event : Values{0, kCyclesEvent, kInstructionsEvent, kLoadTlbMisses, kStoreTlbMisses, kFetchTlbMisses, kExceptionsEvent})
      for (const uint64_t bits : Values{0, kOF, kMINH, kSINH, kUINH, kBits, kBits | 0xfull << 56}) {
        write_csr(kMhpmevent + n, bits | event);
        CHECK_EQ(read_csr(kMhpmevent + n), counts ? (bits & kBits) | event : 0);
      }
    for (const uint64_t nothing : Values{5, 0x10002, 0x7fff, 0x20000, 1ull << 40 | 1, (1ull << 56) - 1}) {
      write_csr(kMhpmevent + n, kOF | nothing);
      CHECK_EQ(read_csr(kMhpmevent + n), counts ? kOF : 0);
    }
    write_csr(kMhpmevent + n, 0);
  }
  return 0;
}
