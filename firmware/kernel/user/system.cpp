// The kernel's system calls as functions, and printing.
#include "kernel/user/system.hpp"

#include "kernel/format.hpp"

void exit(int64_t status) {
  call(Call::kExit, status);
  __builtin_unreachable();
}

void print(const char* text, ...) {
  char line[256];
  unsigned size = 0;
  va_list arguments;
  va_start(arguments, text);
  format([&](char c) { if (size < sizeof line) line[size++] = c; }, text, arguments);
  va_end(arguments);
  write(1, line, size);
}

void* allocate(uint64_t size, bool huge_pages) {
  const int64_t address = call(Call::kMemory, size, huge_pages);
  return address < 0 ? nullptr : reinterpret_cast<void*>(address);
}

void* share(const char* name, uint64_t size) {
  const int64_t address = call(Call::kShare, name, size);
  return address < 0 ? nullptr : reinterpret_cast<void*>(address);
}

int64_t spawn(const char* line) {
  char words[256];
  copy_string(words, line, sizeof words);
  uint64_t count = 1;
  const uint64_t size = strlen(words) + 1;
  for (uint64_t i = 0; i < size; ++i) {
    if (words[i] != ' ') continue;
    words[i] = 0;
    ++count;
  }
  return call(Call::kSpawn, words, size, count);
}
