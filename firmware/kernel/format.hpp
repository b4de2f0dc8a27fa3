// printf's few conversions (%d %u %x %s %c, 64-bit integers), to wherever characters go; for the kernel and its programs.
#pragma once

#include <stdarg.h>
#include <stdint.h>

template <typename Put>
void format_number(Put& put, uint64_t value, unsigned base) {
  char digits[20];
  unsigned count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (count) put(digits[--count]);
}

// Every integer argument is 64 bits wide or promoted by the caller: %d and %u read an int64_t.
template <typename Put>
void format(Put put, const char* text, va_list arguments) {
  for (; *text; ++text) {
    if (*text != '%') {
      put(*text);
      continue;
    }
    switch (*++text) {
      case 'd': {
        const int64_t value = va_arg(arguments, int64_t);
        if (value < 0) put('-');
        format_number(put, value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), 10);
        break;
      }
      case 'u': format_number(put, va_arg(arguments, uint64_t), 10); break;
      case 'x': format_number(put, va_arg(arguments, uint64_t), 16); break;
      case 'c': put(static_cast<char>(va_arg(arguments, int))); break;
      case 's':
        for (const char* s = va_arg(arguments, const char*); *s; ++s) put(*s);
        break;
      default: put(*text);  // %%
    }
  }
}
