// Without C, bits 1 and 0 of mepc and sepc read as zero.
// guest: march=rv64ima_zicsr_zifencei isa=rv64ima_zicsr_zifencei cpu=rv64,h=false,c=false
#include "lib/test.h"

int main() {
  CSR_WRITE(mepc, ~0ull);
  CHECK_EQ(CSR_READ(mepc), ~3ull);
  CSR_WRITE(sepc, ~0ull);
  CHECK_EQ(CSR_READ(sepc), ~3ull);
  return 0;
}
