// Makes the operand vectors: edge values, their combinations, and random values from a seed.
#include "operands.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "guest/layout.h"
#include "cli/fuzz/fp_values.hpp"

namespace rvx::vectors {
namespace {

using isa::fp::F16;
using isa::fp::F32;
using isa::fp::F64;

using Random = std::mt19937_64;

const std::vector<uint64_t>& integer_edges() {
  static const std::vector<uint64_t> kEdges = [] {
    std::vector<uint64_t> v = {0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100};
    for (const unsigned bits : {8, 16, 32, 63}) {
      const uint64_t power = uint64_t{1} << bits;
      v.insert(v.end(), {power - 1, power, power / 2 - 1, power / 2, -power, -(power / 2),
                         -(power / 2) - 1});
    }
    v.insert(v.end(),
             {uint64_t{1} << 62, uint64_t{1} << 33, uint64_t{1} << 47, 0x5555555555555555,
              0xaaaaaaaaaaaaaaaa, 0x3333333333333333, 0x00ff00ff00ff00ff, 0xff00ff00ff00ff00,
              0xffffffff00000000, 0x0123456789abcdef, 0x8000000080000000, 0x7fffffff7fffffff});
    const size_t positive = v.size();
    for (size_t i = 1; i < positive; ++i) {
      if (v[i] < 128) v.push_back(-v[i]);
    }
    std::sort(v.begin(), v.end());
    v.erase(std::unique(v.begin(), v.end()), v.end());
    return v;
  }();
  return kEdges;
}

uint64_t pick(const std::vector<uint64_t>& from, Random& random) {
  return from[random() % from.size()];
}

// Half of them random in all bits, the others narrow, sparse or an edge value.
uint64_t random_integer(Random& random) {
  const uint64_t r = random();
  switch (random() % 8) {
    case 0: return pick(integer_edges(), random);
    case 1: return r >> random() % 64;
    case 2: return -(r >> random() % 64);
    case 3: return (uint64_t{1} << random() % 64) + random() % 3 - 1;
    default: return r;
  }
}

template <size_t N>
Pool shuffled(std::vector<std::array<uint64_t, N>> rows, Random& random) {
  std::shuffle(rows.begin(), rows.end(), random);
  Pool pool;
  pool.words = N;
  for (const auto& row : rows) pool.values.insert(pool.values.end(), row.begin(), row.end());
  return pool;
}

using Row = std::array<uint64_t, kRegisterWords>;

template <class F>
Pool fp_pool_of(unsigned sources, uint64_t seed) {
  using isa::fp::box;
  Random random(seed);
  fuzz::RandomValues<F> values(seed);
  const std::vector<uint64_t> edges = fuzz::edges<F>();
  const std::vector<uint64_t> main = fuzz::main_edges<F>();
  std::vector<Row> rows;
  const auto add = [&](uint64_t a, uint64_t b, uint64_t c) {
    rows.push_back({box<F>(a), box<F>(b), box<F>(c), random()});
  };
  if (sources == 1) {
    for (const uint64_t a : edges) add(a, values.next(), values.next());
    for (int i = 0; i < 3000; ++i) add(values.next(), values.next(), values.next());
  } else if (sources == 2) {
    for (const uint64_t a : main) {
      for (const uint64_t b : main) add(a, b, values.next());
    }
    for (int i = 0; i < 5000; ++i) add(values.next(), values.next(), values.next());
    for (const uint64_t a : edges) add(a, pick(edges, random), 0);
  } else {
    for (int i = 0; i < 2000; ++i) add(pick(main, random), pick(main, random), pick(main, random));
    for (int i = 0; i < 5000; ++i) add(values.next(), values.next(), values.next());
    // a * 1 or a * -1, and an addend that leaves little of it.
    for (int i = 0; i < 2000; ++i) {
      const uint64_t a = values.next();
      const uint64_t one = F::power_of_two(0) | (random() & F::kSign);
      add(a, one, values.near_opposite(a));
    }
  }
  return shuffled(rows, random);
}

// A value of format F somewhere else than at the low end of a register of ones.
template <class F>
uint64_t wrong_box(uint64_t value, Random& random) {
  switch (random() % 6) {
    case 0: return value;                                    // zeros above
    case 1: return isa::fp::box<F>(value) ^ (F::kMask + 1);  // one bit is missing
    case 2: return isa::fp::box<F>(value) & ~(uint64_t{1} << 63);
    case 3: return random();
    case 4: return isa::fp::box<F32>(value & F32::kMask);  // right for single
    default: return isa::fp::box<F>(value);
  }
}

template <class F>
Pool boxing_pool_of(unsigned sources, uint64_t seed) {
  Random random(seed);
  fuzz::RandomValues<F> values(seed);
  std::vector<Row> rows;
  for (unsigned i = 0; i < 256 * sources; ++i) {
    rows.push_back({wrong_box<F>(values.next(), random), wrong_box<F>(values.next(), random),
                    wrong_box<F>(values.next(), random), random()});
  }
  return shuffled(rows, random);
}

// --- memory -------------------------------------------------------------------------------------

constexpr uint64_t kPageSize = 4096;

std::vector<uint64_t> addresses(unsigned bytes, Place place) {
  std::vector<uint64_t> all;
  const uint64_t boundary = kVectorsSandbox + 2 * kPageSize;
  if (place == Place::kNowhere) {
    // None of the machines has anything there.
    for (const uint64_t at : {uint64_t{0x00f0000000000000}, uint64_t{0x1000000000000}}) {
      for (const uint64_t offset : {uint64_t{0}, uint64_t{16}, kPageSize - bytes})
        all.push_back(at + offset);
    }
    return all;
  }
  const bool is_aligned = place == Place::kAligned;
  for (const uint64_t at :
       {uint64_t{kVectorsSandbox + 256}, boundary - 32, boundary, boundary - 16}) {
    for (uint64_t offset = 0; offset < 16; ++offset) {
      if (((at + offset) % bytes == 0) == is_aligned) all.push_back(at + offset);
    }
  }
  return all;
}

// What a sandbox address stands for where there is no memory.
uint64_t base_of(uint64_t address) {
  const bool is_sandbox =
      address >= kVectorsSandbox && address < kVectorsSandbox + kVectorsSandboxBytes;
  return is_sandbox ? address & ~uint64_t{7} : uint64_t{kVectorsSandbox};
}

}  // namespace

Pool integer_pool(uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows;
  for (const uint64_t a : integer_edges()) {
    for (const uint64_t b : integer_edges()) rows.push_back({a, b, 0, random()});
  }
  for (int i = 0; i < 6000; ++i) {
    const uint64_t a = random_integer(random);
    rows.push_back({a, random() % 16 == 0 ? a : random_integer(random), 0, random()});
  }
  return shuffled(rows, random);
}

Pool integer_source_pool(uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows;
  for (const uint64_t a : integer_edges()) rows.push_back({a, 0, 0, random()});
  for (const uint64_t a : fuzz::integer_edges()) rows.push_back({a, 0, 0, random()});
  for (int i = 0; i < 3000; ++i) rows.push_back({random_integer(random), 0, 0, random()});
  return shuffled(rows, random);
}

Pool fp_pool(FpFormat format, unsigned sources, uint64_t seed) {
  switch (format) {
    case FpFormat::kH: return fp_pool_of<F16>(sources, seed);
    case FpFormat::kS: return fp_pool_of<F32>(sources, seed);
    case FpFormat::kD: break;
  }
  return fp_pool_of<F64>(sources, seed);
}

Pool boxing_pool(FpFormat format, unsigned sources, uint64_t seed) {
  return format == FpFormat::kH ? boxing_pool_of<F16>(sources, seed)
                                : boxing_pool_of<F32>(sources, seed);
}

Pool jump_pool(unsigned alignment) {
  std::vector<uint64_t> offsets = {0, 64, 1, 65, 64, 0, 0, 65};
  if (alignment == 4) offsets.insert(offsets.end(), {2, 0, 66, 67, 64, 3});
  Pool pool;
  for (const uint64_t offset : offsets) pool.values.insert(pool.values.end(), {offset, 0, 0, 7});
  return pool;
}

Pool memory_pool(unsigned bytes, Place place, uint64_t seed) {
  Random random(seed);
  std::vector<std::array<uint64_t, kMemoryWords>> rows;
  const std::vector<uint64_t> places = addresses(bytes, place);
  const auto add = [&](uint64_t address, uint64_t value, uint64_t memory) {
    const uint64_t high = random_integer(random);
    // Compare-and-swap finds what it expects in half of the vectors, or what differs in one half of
    // it.
    const bool is_equal = random() % 2 != 0;
    const uint64_t shift = bytes < 8 ? (address & 4) * 8 : 0;
    const uint64_t expected = is_equal ? memory >> shift : random_integer(random);
    const uint64_t expected_high = random() % 8 != 0 ? high : random_integer(random);
    // LR must not trap, and SC must find another reservation now and then.
    const bool is_same = place == Place::kAligned && random() % 4 != 0;
    const uint64_t reserve = is_same ? address : kVectorsSandbox + random() % 64 * 16;
    rows.push_back({address, value, random_integer(random), expected, base_of(address), memory,
                    high, expected_high, reserve});
  };
  for (const uint64_t address : places) {
    for (int i = 0; i < 6; ++i) add(address, random_integer(random), random_integer(random));
  }
  if (place == Place::kAligned && bytes >= 4) {
    for (const uint64_t value : integer_edges()) {
      for (int i = 0; i < 12; ++i) {
        add(pick(places, random), value, pick(integer_edges(), random));
      }
    }
  }
  return shuffled(rows, random);
}

}  // namespace rvx::vectors
