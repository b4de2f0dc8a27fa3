// Benchmark: strings by loops of our own: words of a text counted in a hash table, searched, replaced, reversed, numbers in and out.
#include "bench/lib/bench.h"

enum { kTextBytes = 96 * 1024, kBuckets = 1024, kWords = 2048, kPoolBytes = 32 * 1024, kRounds = 360 };

// --- what <string.h> would have ------------------------------------------------------------------

static BENCH_NOINLINE size_t length_of(const char* s) {
  size_t n = 0;
  while (s[n]) ++n;
  return n;
}

static BENCH_NOINLINE int compare(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (unsigned char)*a - (unsigned char)*b;
}

static BENCH_NOINLINE char* copy(char* to, const char* from) {  // returns the end
  while ((*to = *from)) ++to, ++from;
  return to;
}

static BENCH_NOINLINE const char* find(const char* text, const char* word) {
  for (; *text; ++text) {
    size_t i = 0;
    while (word[i] && text[i] == word[i]) ++i;
    if (!word[i]) return text;
  }
  return NULL;
}

// --- words counted -------------------------------------------------------------------------------

struct Word {
  struct Word* next;
  const char* text;
  unsigned count;
};

static char text[kTextBytes + 64], changed[2 * kTextBytes], restored[2 * kTextBytes], pool[kPoolBytes];
static struct Word words[kWords], *buckets[kBuckets];
static unsigned word_count, pool_used;

static int is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static void count_word(const char* word) {
  uint32_t hash = 2166136261u;
  for (const char* c = word; *c; ++c) hash = (hash ^ (uint8_t)*c) * 16777619u;
  struct Word** bucket = &buckets[hash % kBuckets];
  struct Word* at = *bucket;
  while (at && compare(at->text, word) != 0) at = at->next;
  if (!at) {
    if (word_count == kWords || pool_used + length_of(word) + 1 > kPoolBytes) bench_fail("more words than expected");
    at = &words[word_count++];
    at->text = pool + pool_used;
    pool_used = (unsigned)(copy(pool + pool_used, word) + 1 - pool);
    at->next = *bucket;
    *bucket = at;
  }
  ++at->count;
}

static BENCH_NOINLINE unsigned count_words(const char* from) {
  unsigned total = 0;
  char word[64];
  for (int i = 0; i < kBuckets; ++i) buckets[i] = NULL;
  for (unsigned i = 0; i < word_count; ++i) words[i].count = 0;
  word_count = pool_used = 0;
  while (*from) {
    while (*from && !is_letter(*from)) ++from;
    size_t used = 0;
    for (; is_letter(*from); ++from)
      if (used < sizeof word - 1) word[used++] = lower(*from);
    word[used] = 0;
    if (used == 0) continue;
    count_word(word);
    ++total;
  }
  return total;
}

// --- numbers -------------------------------------------------------------------------------------

static BENCH_NOINLINE char* write_number(char* to, uint32_t value) {
  char digits[12];
  int used = 0;
  do digits[used++] = (char)('0' + value % 10);
  while (value /= 10);
  while (used) *to++ = digits[--used];
  *to = 0;
  return to;
}

static BENCH_NOINLINE uint64_t sum_of_numbers(const char* from) {
  uint64_t sum = 0;
  while (*from) {
    uint64_t value = 0;
    for (; *from >= '0' && *from <= '9'; ++from) value = value * 10 + (uint64_t)(*from - '0');
    sum += value;
    if (*from) ++from;
  }
  return sum;
}

// --- the text ------------------------------------------------------------------------------------

static uint64_t make_text(uint64_t* random) {  // returns the sum of the numbers in it
  static const char* const syllables[] = {"ra", "ven", "to", "mi", "ska", "lor", "en", "du", "pha", "is", "quo", "bel"};
  uint64_t numbers = 0;
  char* at = text;
  while (at < text + kTextBytes) {
    const uint32_t r = bench_random(random);
    if (r % 13 == 0) {
      at = write_number(at, r >> 8);
      numbers += r >> 8;
    } else {
      for (uint32_t i = 0; i <= r % 3; ++i) at = copy(at, syllables[(r >> (5 + 6 * i)) % 12]);
      if (r >> 28 == 0) *at++ = '.';
    }
    *at++ = r >> 27 == 7 ? '\n' : ' ';
  }
  *at = 0;
  return numbers;
}

static BENCH_NOINLINE unsigned replace(const char* from, const char* what, const char* by, char* to) {
  const size_t length = length_of(what);
  unsigned times = 0;
  for (const char* hit; (hit = find(from, what)) != NULL; ++times) {
    while (from < hit) *to++ = *from++;
    to = copy(to, by);
    from += length;
  }
  copy(to, from);
  return times;
}

static BENCH_NOINLINE void reverse(char* s) {
  for (size_t i = 0, j = length_of(s); i + 1 < j; ++i) {
    const char kept = s[i];
    s[i] = s[--j];
    s[j] = kept;
  }
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 11, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    const uint64_t numbers = make_text(&random);
    if (sum_of_numbers(text) != numbers) bench_fail("numbers are read as they were written");
    const unsigned total = count_words(text);
    const unsigned replaced = replace(text, "skalor", "Falkenstein", changed);
    if (length_of(changed) != length_of(text) + 5 * replaced) bench_fail("the length of the replaced text");
    if (replace(changed, "Falkenstein", "skalor", restored) != replaced || compare(restored, text) != 0) bench_fail("the text is restored");
    reverse(text);
    sum = bench_mix(sum, total + word_count + replaced + numbers);
    for (unsigned i = 0; i < word_count; ++i) sum += words[i].count * (i + 1);
    sum = bench_mix(sum, (uint64_t)(uint8_t)text[round]);
  }
  return sum;
}
