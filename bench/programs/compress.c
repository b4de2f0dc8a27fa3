// Benchmark: compression: matches found by hash chains (LZ77), literals and lengths in Huffman's code, and back again.
#include "bench/lib/bench.h"

enum {
  kTextBytes = 256 * 1024,
  kWindow = 32 * 1024,
  kHashes = 16 * 1024,
  kChain = 24,
  kMinMatch = 4,
  kMaxMatch = 67,
  kSymbols = 256 + kMaxMatch - kMinMatch + 1,  // literals, then lengths; 15 bits of distance follow a length
  kDistanceBits = 15,
  kMaxBits = 24,
  kRounds = 60
};

static uint8_t text[kTextBytes], unpacked[kTextBytes], packed[2 * kTextBytes];

// --- matches -------------------------------------------------------------------------------------

struct Token {
  uint16_t symbol, distance;
};

static struct Token tokens[kTextBytes];
static int32_t head[kHashes], previous[kWindow];

static uint32_t hash_at(uint32_t at) {
  const uint32_t word = text[at] | (uint32_t)text[at + 1] << 8 | (uint32_t)text[at + 2] << 16 | (uint32_t)text[at + 3] << 24;
  return word * 2654435761u >> 18;
}

static void remember(uint32_t at) {
  const uint32_t hash = hash_at(at);
  previous[at % kWindow] = head[hash];
  head[hash] = (int32_t)at;
}

// The longest match before `at`: its length, or 0. The distance is below kWindow.
static BENCH_NOINLINE uint32_t longest_match(uint32_t at, uint32_t* distance) {
  const uint32_t limit = kTextBytes - at < kMaxMatch ? kTextBytes - at : kMaxMatch;
  uint32_t best = 0;
  int32_t from = head[hash_at(at)];
  for (int tries = kChain; tries && from >= 0 && at - (uint32_t)from < kWindow; --tries) {
    uint32_t length = 0;
    while (length < limit && text[(uint32_t)from + length] == text[at + length]) ++length;
    if (length > best) {
      best = length;
      *distance = at - (uint32_t)from;
      if (length == limit) break;
    }
    const int32_t older = previous[from % kWindow];
    if (older >= from) break;  // the window's place was used again
    from = older;
  }
  return best >= kMinMatch ? best : 0;
}

static BENCH_NOINLINE uint32_t find_tokens(void) {
  uint32_t count = 0;
  for (int i = 0; i < kHashes; ++i) head[i] = -1;
  for (uint32_t at = 0; at < kTextBytes;) {
    uint32_t distance = 0, length = 0;
    if (at + kMinMatch <= kTextBytes) length = longest_match(at, &distance);
    tokens[count++] = length ? (struct Token){(uint16_t)(256 + length - kMinMatch), (uint16_t)distance} : (struct Token){text[at], 0};
    for (uint32_t end = at + (length ? length : 1); at < end; ++at)
      if (at + kMinMatch <= kTextBytes) remember(at);
  }
  return count;
}

// --- Huffman's code, canonical: lengths of codes are all that a reader needs ---------------------

static uint8_t bits_of[kSymbols];
static uint32_t code_of[kSymbols];
static uint32_t first_code[kMaxBits + 2], first_index[kMaxBits + 2];
static uint16_t in_order[kSymbols];

static BENCH_NOINLINE void choose_lengths(uint32_t token_count) {
  static uint32_t weight[2 * kSymbols];
  static uint16_t parent[2 * kSymbols], heap[kSymbols + 1];
  for (int i = 0; i < kSymbols; ++i) weight[i] = 0;
  for (uint32_t i = 0; i < token_count; ++i) ++weight[tokens[i].symbol];
  int used = 0;
#define SIFT_UP(at)                                                                        \
  for (int i = (at); i > 1 && weight[heap[i]] < weight[heap[i / 2]]; i /= 2) {             \
    const uint16_t kept = heap[i];                                                         \
    heap[i] = heap[i / 2], heap[i / 2] = kept;                                             \
  }
  for (int i = 0; i < kSymbols; ++i) {
    bits_of[i] = 0;
    if (weight[i] == 0) continue;
    heap[++used] = (uint16_t)i;
    SIFT_UP(used)
  }
  int next = kSymbols;
  while (used > 1) {
    uint16_t least[2];
    for (int k = 0; k < 2; ++k) {
      least[k] = heap[1];
      heap[1] = heap[used--];
      for (int i = 1, child; (child = 2 * i) <= used; i = child) {
        if (child < used && weight[heap[child + 1]] < weight[heap[child]]) ++child;
        if (weight[heap[i]] <= weight[heap[child]]) break;
        const uint16_t kept = heap[i];
        heap[i] = heap[child], heap[child] = kept;
      }
    }
    weight[next] = weight[least[0]] + weight[least[1]];
    parent[least[0]] = parent[least[1]] = (uint16_t)next;
    heap[++used] = (uint16_t)next++;
    SIFT_UP(used)
  }
#undef SIFT_UP
  const int root = next - 1;
  for (int i = 0; i < kSymbols; ++i) {
    if (weight[i] == 0) continue;
    int bits = 0;
    for (int at = i; at != root; at = parent[at]) ++bits;
    if (bits > kMaxBits) bench_fail("a code is too long");
    bits_of[i] = (uint8_t)bits;
  }
}

static void make_codes(void) {
  uint32_t code = 0, index = 0;
  for (uint32_t bits = 1; bits <= kMaxBits; ++bits) {
    first_code[bits] = code;
    first_index[bits] = index;
    for (int i = 0; i < kSymbols; ++i) {
      if (bits_of[i] != bits) continue;
      code_of[i] = code++;
      in_order[index++] = (uint16_t)i;
    }
    code <<= 1;
  }
  first_index[kMaxBits + 1] = index;
}

// --- bits ----------------------------------------------------------------------------------------

struct Bits {
  uint8_t* at;
  uint64_t held;
  unsigned count;
};

static void put(struct Bits* bits, uint32_t value, unsigned count) {
  bits->held = bits->held << count | value;
  for (bits->count += count; bits->count >= 8; bits->count -= 8) *bits->at++ = (uint8_t)(bits->held >> (bits->count - 8));
}

static unsigned get(struct Bits* bits) {
  if (bits->count == 0) {
    bits->held = *bits->at++;
    bits->count = 8;
  }
  return bits->held >> --bits->count & 1;
}

static BENCH_NOINLINE uint32_t write_tokens(uint32_t count) {  // returns the number of bytes
  struct Bits bits = {packed, 0, 0};
  for (uint32_t i = 0; i < count; ++i) {
    put(&bits, code_of[tokens[i].symbol], bits_of[tokens[i].symbol]);
    if (tokens[i].symbol >= 256) put(&bits, tokens[i].distance, kDistanceBits);
  }
  put(&bits, 0, 7);
  return (uint32_t)(bits.at - packed);
}

static BENCH_NOINLINE void unpack(void) {
  struct Bits bits = {packed, 0, 0};
  for (uint32_t at = 0; at < kTextBytes;) {
    uint32_t code = 0, length = 0;
    do code = code << 1 | get(&bits), ++length;
    while (code - first_code[length] >= first_index[length + 1] - first_index[length]);
    const uint32_t symbol = in_order[first_index[length] + code - first_code[length]];
    if (symbol < 256) {
      unpacked[at++] = (uint8_t)symbol;
      continue;
    }
    uint32_t distance = 0;
    for (int i = 0; i < kDistanceBits; ++i) distance = distance << 1 | get(&bits);
    for (uint32_t end = at + symbol - 256 + kMinMatch; at < end; ++at) unpacked[at] = unpacked[at - distance];
  }
}

// --- a text with words that come again, some of them changed -------------------------------------

static void make_text(uint64_t* random) {
  static const char letters[] = "etaoin shrdlu cmfwyp vbgkjqxz, .";
  for (uint32_t at = 0; at < kTextBytes;) {
    const uint32_t r = bench_random(random);
    if (at > 1000 && r % 8 < 5) {
      const uint32_t distance = 1 + (r >> 8) % (r % 8 < 2 ? 900 : at - 1), length = 3 + (r >> 4 & 15);
      for (uint32_t i = 0; i < length && at < kTextBytes; ++i, ++at) text[at] = text[at - distance];
    } else {
      text[at++] = (uint8_t)letters[(r >> 8 & 31) & (r >> 16 & 31)];
    }
  }
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 31, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    make_text(&random);
    const uint32_t count = find_tokens();
    choose_lengths(count);
    make_codes();
    const uint32_t bytes = write_tokens(count);
    unpack();
    for (uint32_t i = 0; i < kTextBytes; ++i)
      if (text[i] != unpacked[i]) bench_fail("what was unpacked is not the text");
    for (uint32_t i = 0; i < bytes; ++i) sum = bench_mix(sum, packed[i]);
    sum = bench_mix(sum, bytes);
  }
  return sum;
}
