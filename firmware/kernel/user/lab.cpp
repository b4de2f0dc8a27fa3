// For programs of labs: parameters and results.
#include "kernel/user/lab.hpp"

static int argument_count;
static char** argument_words;

void begin_lab(int count, char** arguments) {
  argument_count = count;
  argument_words = arguments;
}

const char* word(const char* name, const char* otherwise) {
  const size_t length = strlen(name);
  for (int i = 1; i < argument_count; ++i)
    if (!memcmp(argument_words[i], name, length) && argument_words[i][length] == '=') return argument_words[i] + length + 1;
  return otherwise;
}

uint64_t number(const char* name, uint64_t otherwise) {
  const char* text = word(name, nullptr);
  return text ? parse_number(text) : otherwise;
}

bool is(const char* name, const char* value) { return equal(word(name, ""), value); }

void refuse(const char* name, const char* allowed) {
  print("%s=%s: there are %s\n", name, word(name, ""), allowed);
  exit(2);
}

void result(const char* name, uint64_t value) { print("@ %s %u\n", name, value); }

void result(const char* name, int64_t dividend, uint64_t divisor) {
  if (!divisor) return result(name, 0);
  const bool is_negative = dividend < 0;
  const uint64_t size = is_negative ? 0 - static_cast<uint64_t>(dividend) : static_cast<uint64_t>(dividend);
  const uint64_t thousandths = size / divisor * 1000 + size % divisor * 1000 / divisor;
  const char digits[] = {static_cast<char>('0' + thousandths / 100 % 10), static_cast<char>('0' + thousandths / 10 % 10),
                         static_cast<char>('0' + thousandths % 10), 0};
  print("@ %s %s%u.%s\n", name, is_negative ? "-" : "", thousandths / 1000, digits);
}
