// A CSR whose number asks for more privilege than the mode has is illegal, for reading and for writing, existing or not.
#include "lib/test.h"

int main() {
  for (unsigned csr = 0; csr < 4096; ++csr) {
    checking("csr", csr);
    const unsigned needs = csr >> 8 & 3;
    const uint64_t read = csr_code(kCsrrs, csr, true);
    if (needs > kUserMode) CHECK_ILLEGAL(kUserMode, call_with(read, 0));
    // Level 2 is the hypervisor's and virtual machines'; without H nothing is there.
    if (needs > kSupervisorMode) CHECK_ILLEGAL(kSupervisorMode, call_with(read, 0));
    const uint64_t write = csr_code(kCsrrw, csr);
    if (needs > kUserMode) CHECK_ILLEGAL(kUserMode, call_with(write, 0));
    if (needs > kSupervisorMode) CHECK_ILLEGAL(kSupervisorMode, call_with(write, 0));
  }
  return 0;
}
