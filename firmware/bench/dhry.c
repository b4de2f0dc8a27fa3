// Benchmark: the mix of a system program: records, strings, calls, branches on enumerations, integer arithmetic.
#include "bench/platform.h"

#ifndef DHRY_ITERATIONS
#define DHRY_ITERATIONS 900000
#endif

// How much to do: some 900 million instructions by default. A debugger or loader may change it.
volatile uint32_t dhry_iterations = DHRY_ITERATIONS;

enum Colour { kRed, kGreen, kBlue, kCyan, kMagenta };

enum { kNameBytes = 32, kTableSize = 50 };

struct Record {
  struct Record* other;
  enum Colour colour;
  enum Colour mixed;
  int weight;
  char name[kNameBytes];
};

// Globals, as the programs that this stands for have many.
static struct Record first, second;
static int counter, limit;
static int is_open;
static char letter_1, letter_2;
static int row[kTableSize];
static int table[kTableSize][kTableSize];

#define NOINLINE __attribute__((noinline))

// --- strings, by loops of our own ----------------------------------------------------------------

static NOINLINE int copy_string(char* to, const char* from) {
  int n = 0;
  while ((to[n] = from[n])) ++n;
  return n;
}

static NOINLINE int compare_strings(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (unsigned char)*a - (unsigned char)*b;
}

// --- procedures ----------------------------------------------------------------------------------

static NOINLINE enum Colour mix(enum Colour colour, int value) {
  switch (colour) {
    case kRed: return value > 100 ? kRed : kMagenta;
    case kGreen: return value & 1 ? kBlue : kCyan;
    case kBlue: return kGreen;
    case kCyan: return kBlue;
    default: return is_open ? kCyan : kRed;
  }
}

static NOINLINE void add_with_offset(int x, int y, int* sum) { *sum = x + 2 + y; }

static NOINLINE int letters_differ(char a, char b) {
  const char copy = a;
  if (copy != b) return 1;
  letter_1 = copy;
  return 0;
}

static NOINLINE int names_in_order(const char* a, const char* b) {
  int at = 2;
  char mark = 'A';
  while (at <= 2) {
    if (letters_differ(a[at], b[at + 1])) {
      mark = 'W';
      ++at;
    } else {
      mark = 'R';
      at += 3;
    }
  }
  if (mark == 'R') return 0;
  if (compare_strings(a, b) > 0) {
    limit = at + 7;
    return 1;
  }
  return 0;
}

static NOINLINE void fill_tables(int* line, int (*square)[kTableSize], int x, int y) {
  const int at = x + 5;
  line[at] = y;
  line[at + 1] = line[at];
  line[at + 30] = at;
  for (int i = at; i <= at + 1; ++i) square[at][i] = at;
  square[at][at - 1] += 1;
  square[(at + 20) % kTableSize][at] = line[at];
  counter = 5;
}

static NOINLINE void follow(struct Record* record) {
  struct Record* next = record->other;
  *next = first;
  record->weight = 5;
  next->weight = record->weight;
  next->other = record->other;
  if (next->colour == kRed) {
    next->weight = 6;
    next->mixed = mix(record->mixed, next->weight);
    next->other = first.other;
    add_with_offset(next->weight, 10, &next->weight);
  } else {
    *record = *next;
  }
}

static NOINLINE void set_letters(void) {
  is_open |= letter_1 == 'A';
  letter_2 = 'B';
}

static NOINLINE int digits_of(int value) {
  int sum = 0;
  for (int rest = value; rest != 0; rest /= 10) sum += rest % 10;
  return sum;
}

// --- one round -----------------------------------------------------------------------------------

struct Outcome {
  int x, y, z, sum;
  enum Colour colour;
  char name[kNameBytes];
};

static NOINLINE void round_of_work(int i, struct Outcome* out) {
  char name[kNameBytes];
  letter_1 = 'A';
  is_open = 0;
  set_letters();
  int x = 2, y = 3, z = 0;
  copy_string(out->name, "THE SECOND NAME OF THE PROGRAM");
  copy_string(name, "THE FIRST NAME OF THE PROGRAM");
  out->colour = kGreen;
  is_open = !names_in_order(out->name, name);
  while (x < y) {
    z = 5 * x - y;
    add_with_offset(x, y, &z);
    ++x;
  }
  fill_tables(row, table, x, z);
  follow(&first);
  for (char c = 'A'; c <= letter_2; ++c)
    if (letters_differ(c, 'C')) {
      out->colour = mix(out->colour, i);
      copy_string(name, "THE THIRD NAME OF THE PROGRAM.");
      y = i;
      counter = i;
    }
  y = y * x;
  x = y / z;
  y = 7 * (y - z) - x;
  out->x = x;
  out->y = y;
  out->z = z;
  out->sum = out->sum + digits_of(i) + compare_strings(name, out->name);
}

static int check(const char* what, int64_t is, int64_t should) {
  if (is == should) return 1;
  bench_printf("dhry: %s is %d, should be %d\n", what, is, should);
  return 0;
}

// The sum of all decimal digits of 0..n-1, place by place.
static int64_t digits_below(int64_t n) {
  int64_t sum = 0;
  for (int64_t place = 1; place < n; place *= 10) {
    const int64_t cycles = n / (place * 10), digit = n / place % 10, rest = n % place;
    sum += cycles * 45 * place + digit * (digit - 1) / 2 * place + digit * rest;
  }
  return sum;
}

int main(void) {
  const int n = (int)dhry_iterations;
  struct Outcome out = {0};
  first.other = &second;
  first.colour = kRed;
  first.mixed = kBlue;
  first.weight = 40;
  copy_string(first.name, "A PROGRAM OF RECORDS AND CALLS");
  table[8][7] = 10;

  const uint64_t start = bench_microseconds();
  for (int i = 0; i < n; ++i) round_of_work(i, &out);
  const uint64_t microseconds = bench_microseconds() - start;

  // What the statements above come to, worked out by hand.
  const int last = n - 1;
  int ok = check("letter_1", letter_1, 'A') & check("letter_2", letter_2, 'B') & check("is_open", is_open, 0);
  ok &= check("limit", limit, 10) & check("counter", counter, last);
  ok &= check("row[8]", row[8], 7) & check("row[38]", row[38], 8);
  ok &= check("table[8][7]", table[8][7], 10 + n) & check("table[28][8]", table[28][8], 7);
  ok &= check("first.weight", first.weight, 5) & check("second.weight", second.weight, 18);
  ok &= check("second.mixed", second.mixed, kGreen) & check("second.name", compare_strings(first.name, second.name), 0);
  ok &= check("z", out.z, 7) & check("x", out.x, last * 3 / 7);
  ok &= check("y", out.y, 7 * (last * 3 - 7) - last * 3 / 7);
  ok &= check("colour", out.colour, last & 1 ? kGreen : kBlue);
  ok &= check("sum", out.sum, (int)(digits_below(n) + (int64_t)n * ('T' - 'S')));
  return bench_report("dhry", (uint64_t)n, microseconds, ok);
}
