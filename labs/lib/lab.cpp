// Boot arguments and results of bare-metal labs.
#include "lib/lab.hpp"

namespace {

bool is_end(char c) { return c == ' ' || c == 0; }

// Whether the word at `text` is `word`, up to a space, '=' or the end.
bool is_word(const char* text, const char* word, uint64_t length) {
  for (uint64_t i = 0; i < length; ++i)
    if (text[i] != word[i]) return false;
  return is_end(text[length]) || text[length] == '=';
}

uint64_t length_of(const char* word) {
  uint64_t length = 0;
  while (!is_end(word[length]) && word[length] != '=') ++length;
  return length;
}

// The next word after the one at `text`; its end if there is none.
const char* next_word(const char* text) {
  while (!is_end(*text)) ++text;
  while (*text == ' ') ++text;
  return text;
}

// What stands behind `name=` among the boot arguments; the last one counts. Null without it.
const char* value_of(const char* name) {
  const char* value = nullptr;
  for (const char* at = rt_boot_arguments(); *at; at = next_word(at)) {
    const uint64_t length = length_of(at);
    if (is_word(name, at, length) && at[length] == '=') value = at + length + 1;
  }
  return value;
}

void put_word(const char* text) {
  while (!is_end(*text)) rt_putc(*text++);
}

// The start of the line that says what is wrong with a parameter.
void say_parameter(const char* name, const char* value) {
  rt_printf("lab: %s=", name);
  put_word(value);
}

}  // namespace

uint64_t lab_number(const char* name, uint64_t usual, uint64_t least, uint64_t most) {
  const char* value = value_of(name);
  if (!value) return usual;
  uint64_t number = 0;
  bool is_number = !is_end(*value);
  for (const char* at = value; !is_end(*at); ++at) {
    is_number = is_number && *at >= '0' && *at <= '9' && number < 1000000000000000;
    number = number * 10 + static_cast<uint64_t>(*at - '0');
  }
  if (is_number && number >= least && number <= most) return number;
  say_parameter(name, value);
  rt_printf(": %u to %u is allowed\n", least, most);
  rt_exit(2);
}

unsigned lab_choice(const char* name, const char* words, unsigned usual) {
  const char* value = value_of(name);
  if (!value) return usual;
  unsigned number = 0;
  for (const char* word = words; *word; word = next_word(word), ++number)
    if (is_word(value, word, length_of(word))) return number;
  say_parameter(name, value);
  rt_printf(": one of %s is allowed\n", words);
  rt_exit(2);
}

void lab_knows(const char* names) {
  for (const char* at = rt_boot_arguments(); *at; at = next_word(at)) {
    bool is_known = false;
    for (const char* name = names; *name; name = next_word(name)) is_known = is_known || (length_of(at) == length_of(name) && is_word(name, at, length_of(at)));
    if (is_known) continue;
    rt_puts("lab: no parameter is called ");
    for (uint64_t i = 0; i < length_of(at); ++i) rt_putc(at[i]);
    rt_printf("; there are %s\n", names);
    rt_exit(2);
  }
}

void lab_result(const char* name, uint64_t value) { rt_printf("@ %s %u\n", name, value); }
