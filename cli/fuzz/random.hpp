// The fuzzer's random numbers: small and quick to seed, equal everywhere for a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rvx::fuzz {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // The stream of case `number` under `seed`.
  Random(uint64_t seed, uint64_t number) : state_(seed) {
    const uint64_t first = next();
    state_ = first + number * 0xd1342543de82ef95;
    next();
  }

  uint64_t next() noexcept {  // splitmix64
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t operator()() noexcept { return next(); }
  // Within [0, limit).
  uint64_t below(uint64_t limit) noexcept { return next() % limit; }
  // Within [low, high].
  uint64_t between(uint64_t low, uint64_t high) noexcept { return low + below(high - low + 1); }
  bool percent(unsigned chance) noexcept { return below(100) < chance; }

  template <class Range>
  const auto& pick(const Range& from) noexcept {
    return from[below(std::size(from))];
  }

 private:
  uint64_t state_;
};

}  // namespace rvx::fuzz
