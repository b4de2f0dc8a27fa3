// Benchmark: the mix of a system program: records, strings, calls, branches on enumerations, integer arithmetic.
#include "bench/lib/bench.h"

enum Colour { kRed, kGreen, kBlue, kCyan, kMagenta };

enum { kIterations = 8000000, kNameBytes = 32, kTableSize = 50 };

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

// --- strings, by loops of our own ----------------------------------------------------------------

static BENCH_NOINLINE int copy_string(char* to, const char* from) {
  int n = 0;
  while ((to[n] = from[n])) ++n;
  return n;
}

static BENCH_NOINLINE int compare_strings(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (unsigned char)*a - (unsigned char)*b;
}

// --- procedures ----------------------------------------------------------------------------------

static BENCH_NOINLINE enum Colour mix(enum Colour colour, int value) {
  switch (colour) {
    case kRed: return value > 100 ? kRed : kMagenta;
    case kGreen: return value & 1 ? kBlue : kCyan;
    case kBlue: return kGreen;
    case kCyan: return kBlue;
    default: return is_open ? kCyan : kRed;
  }
}

static BENCH_NOINLINE void add_with_offset(int x, int y, int* sum) { *sum = x + 2 + y; }

static BENCH_NOINLINE int letters_differ(char a, char b) {
  const char copy = a;
  if (copy != b) return 1;
  letter_1 = copy;
  return 0;
}

static BENCH_NOINLINE int names_in_order(const char* a, const char* b) {
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

static BENCH_NOINLINE void fill_tables(int* line, int (*square)[kTableSize], int x, int y) {
  const int at = x + 5;
  line[at] = y;
  line[at + 1] = line[at];
  line[at + 30] = at;
  for (int i = at; i <= at + 1; ++i) square[at][i] = at;
  square[at][at - 1] += 1;
  square[(at + 20) % kTableSize][at] = line[at];
  counter = 5;
}

static BENCH_NOINLINE void follow(struct Record* record) {
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

static BENCH_NOINLINE void set_letters(void) {
  is_open |= letter_1 == 'A';
  letter_2 = 'B';
}

static BENCH_NOINLINE int digits_of(int value) {
  int sum = 0;
  for (int rest = value; rest != 0; rest /= 10) sum += rest % 10;
  return sum;
}

// --- one round -----------------------------------------------------------------------------------

struct Outcome {
  int x, y, z;
  int64_t sum;
  enum Colour colour;
  char name[kNameBytes];
};

static BENCH_NOINLINE void round_of_work(int i, struct Outcome* out) {
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

static uint64_t sum;

static void check(const char* what, int64_t is, int64_t should) {
  if (is != should) bench_fail(what);
  sum = bench_mix(sum, (uint64_t)is);
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

uint64_t bench_run(unsigned percent) {
  const int n = (int)bench_scaled(kIterations, percent);
  struct Outcome out = {0};
  first.other = &second;
  first.colour = kRed;
  first.mixed = kBlue;
  first.weight = 40;
  copy_string(first.name, "A PROGRAM OF RECORDS AND CALLS");
  table[8][7] = 10;

  for (int i = 0; i < n; ++i) round_of_work(i, &out);

  // What the statements above come to, worked out by hand.
  const int last = n - 1;
  check("letter_1", letter_1, 'A');
  check("letter_2", letter_2, 'B');
  check("is_open", is_open, 0);
  check("limit", limit, 10);
  check("counter", counter, last);
  check("row[8]", row[8], 7);
  check("row[38]", row[38], 8);
  check("table[8][7]", table[8][7], 10 + n);
  check("table[28][8]", table[28][8], 7);
  check("first.weight", first.weight, 5);
  check("second.weight", second.weight, 18);
  check("second.mixed", second.mixed, kGreen);
  check("second.name", compare_strings(first.name, second.name), 0);
  check("z", out.z, 7);
  check("x", out.x, last * 3 / 7);
  check("y", out.y, 7 * (last * 3 - 7) - last * 3 / 7);
  check("colour", out.colour, last & 1 ? kGreen : kBlue);
  check("sum", out.sum, digits_below(n) + (int64_t)n * ('T' - 'S'));
  return sum;
}
