// The time CSR reads the CLINT's mtime, in every mode that may; neither goes backwards.
#include "lib/test.h"

int main() {
  CSR_WRITE(mcounteren, 2);
  CSR_WRITE(scounteren, 2);
  uint64_t last = 0;
  for (const Mode mode : {kMachineMode, kSupervisorMode, kUserMode})
    for (int i = 0; i < 200; ++i) {
      uint64_t time = 0;
      const uint64_t before = *rt_mtime();
      run_in(mode, [&] { time = CSR_READ(time); });
      const uint64_t after = *rt_mtime();
      CHECK(last <= before);
      CHECK(before <= time);
      CHECK(time <= after);
      last = after;
    }
  pass_time(10);
  CHECK(CSR_READ(time) >= last + 10);
  return 0;
}
