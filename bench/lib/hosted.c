// main() of benchmark programs on Linux: NAME [PERCENT], the last line of output is `checksum HEX`.
#include <stdio.h>
#include <stdlib.h>

#include "bench/lib/bench.h"

_Noreturn void bench_fail(const char* what) {
  fprintf(stderr, "wrong: %s\n", what);
  exit(1);
}

int main(int argc, char** argv) {
  unsigned long percent = 100;
  if (argc > 1) {
    char* end;
    percent = strtoul(argv[1], &end, 10);
    if (argc > 2 || *argv[1] < '0' || *argv[1] > '9' || *end != 0 || percent > 1000) {
      fprintf(stderr, "usage: %s [PERCENT OF THE USUAL WORK, 0 to 1000]\n", argv[0]);
      return 125;
    }
  }
  printf("checksum %llx\n", (unsigned long long)bench_run((unsigned)percent));
  return 0;
}
