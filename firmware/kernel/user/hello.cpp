// Prints its arguments: the smallest program.
#include "kernel/user/system.hpp"

int main(int count, char** arguments) {
  for (int i = 0; i < count; ++i) print("%s%c", arguments[i], i + 1 < count ? ' ' : '\n');
  return 0;
}
