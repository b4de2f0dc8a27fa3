// What compilers call by themselves, and strings; for the kernel and for its programs.
#include "kernel/memory.hpp"

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (((reinterpret_cast<uintptr_t>(out) | reinterpret_cast<uintptr_t>(in)) & 7) == 0) {
    for (; size >= 8; size -= 8, out += 8, in += 8)
      *reinterpret_cast<uint64_t*>(out) = *reinterpret_cast<const uint64_t*>(in);
  }
  for (; size; --size) *out++ = *in++;
  return to;
}

void* memset(void* to, int value, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  if ((reinterpret_cast<uintptr_t>(out) & 7) == 0) {
    const uint64_t word = 0x0101010101010101 * static_cast<uint8_t>(value);
    for (; size >= 8; size -= 8, out += 8) *reinterpret_cast<uint64_t*>(out) = word;
  }
  for (; size; --size) *out++ = static_cast<uint8_t>(value);
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (out <= in || out >= in + size) return memcpy(to, from, size);
  while (size--) out[size] = in[size];
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  auto* x = static_cast<const uint8_t*>(a);
  auto* y = static_cast<const uint8_t*>(b);
  for (size_t i = 0; i < size; ++i)
    if (x[i] != y[i]) return x[i] - y[i];
  return 0;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length]) ++length;
  return length;
}
}

bool equal(const char* a, const char* b) {
  for (; *a && *a == *b; ++a, ++b) {}
  return *a == *b;
}

bool starts_with(const char* text, const char* start) {
  for (; *start; ++text, ++start)
    if (*text != *start) return false;
  return true;
}

void copy_string(char* to, const char* from, size_t room) {
  size_t i = 0;
  for (; i + 1 < room && from[i]; ++i) to[i] = from[i];
  to[i] = 0;
}

uint64_t parse_number(const char* text) {
  uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) value = value * 10 + static_cast<uint64_t>(*text - '0');
  return value;
}
