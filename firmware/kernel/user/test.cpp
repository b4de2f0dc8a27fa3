// Checks for the kernel's test programs.
#include "kernel/user/test.hpp"

void fail(const char* file, int line, const char* what) {
  print("FAIL %s:%d: %s\n", file, static_cast<int64_t>(line), what);
  exit(1);
}

int passed(const char* name) {
  print("PASS %s\n", name);
  return 0;
}
