// Which way of a set makes room: FIFO, random, LRU and tree-PLRU, from when each way was filled or used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rvx {

enum class ReplacementPolicy : uint8_t { kFifo, kRandom, kLru, kPlru };

// Whether hits decide about later victims. Where they do not, any hit may go unseen.
[[nodiscard]] constexpr bool looks_at_hits(ReplacementPolicy policy) noexcept {
  return policy == ReplacementPolicy::kLru || policy == ReplacementPolicy::kPlru;
}

// Goes on with every use of the structures that share it, so that what was used later has the larger time.
struct ModelClock {
  uint64_t now = 0;
};

// Random numbers of its own (SplitMix64): the same sequence on every host.
class RandomOrder {
 public:
  RandomOrder(unsigned ways, uint64_t seed) : ways_(ways), state_(seed) {}
  [[nodiscard]] unsigned victim() noexcept { return static_cast<unsigned>((next() >> 32) * ways_ >> 32); }
  [[nodiscard]] uint64_t next() noexcept {
    uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  }
  template <class V>
  void visit_state(V& v) {
    v("state", state_);
  }

 private:
  unsigned ways_;
  uint64_t state_;
};

// The policy of one structure. It is told of `filled` ways and of hits (`touched`), and names the `victim` of a set in
// which every way is in use: the owner fills empty ways first, the lowest first.
class Replacement {
 public:
  Replacement(ReplacementPolicy policy, unsigned sets, unsigned ways, uint64_t seed, ModelClock& clock)
      : policy_(policy), ways_(ways), clock_(clock), times_(size_t{sets} * ways), random_(ways, seed) {}

  void filled(unsigned slot) noexcept { times_[slot] = ++clock_.now; }
  void touched(unsigned slot) noexcept {
    if (looks_at_hits(policy_)) times_[slot] = ++clock_.now;
  }
  // Whoever answers hits by itself writes the time there, or nothing if this is nullptr. It stays there.
  [[nodiscard]] uint64_t* time_of(unsigned slot) noexcept { return looks_at_hits(policy_) ? &times_[slot] : nullptr; }

  void prefetch(size_t slot) const noexcept { __builtin_prefetch(times_.data() + slot, 1); }

  // The way, from 0. kWays is their number where the caller knows it, else 0.
  template <unsigned kWays = 0>
  [[nodiscard]] unsigned victim(unsigned set) noexcept {
    if (policy_ == ReplacementPolicy::kRandom) return random_.victim();
    const unsigned ways = kWays != 0 ? kWays : ways_;
    const uint64_t* const first = times_.data() + size_t{set} * ways;
    if (policy_ != ReplacementPolicy::kPlru) return static_cast<unsigned>(std::min_element(first, first + ways) - first);
    if constexpr (kWays != 0) return coldest<kWays>(first);
    else return coldest(first, ways);
  }
  template <class V>
  void visit_state(V& v) {
    v("times", times_);
    random_.visit_state(v);
  }

 private:
  // A tree over the ways whose nodes point away from what was used last below them: so each points to the half
  // whose last use is longer ago, and to the left one where neither was used.
  template <unsigned kWays>
  static uint64_t last_use(const uint64_t* times) noexcept {
    if constexpr (kWays == 1) return *times;
    else return std::max(last_use<kWays / 2>(times), last_use<kWays / 2>(times + kWays / 2));
  }
  template <unsigned kWays>
  static unsigned coldest(const uint64_t* times) noexcept {
    if constexpr (kWays == 1) {
      return 0;
    } else {
      constexpr unsigned kHalf = kWays / 2;
      const unsigned first = last_use<kHalf>(times) > last_use<kHalf>(times + kHalf) ? kHalf : 0;
      return first + coldest<kHalf>(times + first);
    }
  }
  // `ways` is a power of two.
  static unsigned coldest(const uint64_t* times, unsigned ways) noexcept {
    switch (ways) {
      case 1: return 0;
      case 2: return coldest<2>(times);
      case 4: return coldest<4>(times);
      case 8: return coldest<8>(times);
      case 16: return coldest<16>(times);
      default: {
        const unsigned half = ways / 2;
        const bool is_right = *std::max_element(times, times + half) > *std::max_element(times + half, times + ways);
        return is_right ? half + coldest(times + half, half) : coldest(times, half);
      }
    }
  }

  ReplacementPolicy policy_;
  unsigned ways_;
  ModelClock& clock_;
  std::vector<uint64_t> times_;  // by slot: of the last use, or where the policy does not look at hits when it was filled
  RandomOrder random_;
};

}  // namespace rvx
