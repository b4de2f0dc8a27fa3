// Which way of a set makes room: FIFO, random, LRU and tree-PLRU as small types with one interface.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace rvx {

enum class ReplacementPolicy : uint8_t { kFifo, kRandom, kLru, kPlru };

// Every policy is told of `filled` ways and of hits (`touched`), and names the `victim` of a set in which
// every way is in use: the owner fills empty ways first, the lowest first.

// The way that was filled longest ago.
class FifoOrder {
 public:
  FifoOrder(unsigned sets, unsigned ways) : ways_(ways), filled_at_(size_t{sets} * ways) {}
  void filled(unsigned set, unsigned way) noexcept { filled_at_[size_t{set} * ways_ + way] = ++clock_; }
  void touched(unsigned, unsigned) noexcept {}
  [[nodiscard]] unsigned victim(unsigned set) noexcept {
    const uint64_t* const first = filled_at_.data() + size_t{set} * ways_;
    return static_cast<unsigned>(std::min_element(first, first + ways_) - first);
  }
  template <class V>
  void visit_state(V& v) {
    v("clock", clock_);
    v("filled_at", filled_at_);
  }

 private:
  unsigned ways_;
  uint64_t clock_ = 0;
  std::vector<uint64_t> filled_at_;
};

// The way that was used longest ago.
class LruOrder {
 public:
  LruOrder(unsigned sets, unsigned ways) : order_(sets, ways) {}
  void filled(unsigned set, unsigned way) noexcept { order_.filled(set, way); }
  void touched(unsigned set, unsigned way) noexcept { order_.filled(set, way); }
  [[nodiscard]] unsigned victim(unsigned set) noexcept { return order_.victim(set); }
  template <class V>
  void visit_state(V& v) {
    order_.visit_state(v);
  }

 private:
  FifoOrder order_;
};

// Any way, by a generator of its own (SplitMix64): the same sequence on every host.
class RandomOrder {
 public:
  RandomOrder(unsigned ways, uint64_t seed) : ways_(ways), state_(seed) {}
  void filled(unsigned, unsigned) noexcept {}
  void touched(unsigned, unsigned) noexcept {}
  [[nodiscard]] unsigned victim(unsigned) noexcept {
    return static_cast<unsigned>((next() >> 32) * ways_ >> 32);
  }
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

// A binary tree over the ways, one bit per node that says in which half the next victim is: away from
// what was used last. `ways` is a power of two.
class PlruTree {
 public:
  PlruTree(unsigned sets, unsigned ways) : ways_(ways), right_(size_t{sets} * ways) {}
  void filled(unsigned set, unsigned way) noexcept { touched(set, way); }
  void touched(unsigned set, unsigned way) noexcept {
    // Node 1 is the root, nodes 2n and 2n + 1 are below node n, and way w would be node ways + w.
    for (unsigned node = ways_ + way; node > 1; node >>= 1) right_[at(set, node >> 1)] = (node & 1) == 0;
  }
  [[nodiscard]] unsigned victim(unsigned set) noexcept {
    unsigned node = 1;
    while (node < ways_) node = 2 * node + (right_[at(set, node)] ? 1 : 0);
    return node - ways_;
  }
  template <class V>
  void visit_state(V& v) {
    v("right", right_);
  }

 private:
  [[nodiscard]] size_t at(unsigned set, unsigned node) const noexcept { return size_t{set} * ways_ + node; }

  unsigned ways_;
  std::vector<uint8_t> right_;
};

// The policy of one structure, chosen when it is made. Also knows the way of each set that was filled or
// hit last: another hit there changes nothing in any policy.
class Replacement {
 public:
  static constexpr unsigned kNoWay = ~0u;

  Replacement(ReplacementPolicy policy, unsigned sets, unsigned ways, uint64_t seed)
      : policy_(policy), order_(make(policy, sets, ways, seed)), last_(sets, kNoWay) {}

  // Whether hits decide about later victims. Where they do not, any hit may go unseen.
  [[nodiscard]] bool looks_at_hits() const noexcept {
    return policy_ == ReplacementPolicy::kLru || policy_ == ReplacementPolicy::kPlru;
  }
  void filled(unsigned set, unsigned way) noexcept {
    std::visit([&](auto& order) { order.filled(set, way); }, order_);
    last_[set] = way;
  }
  void touched(unsigned set, unsigned way) noexcept {
    std::visit([&](auto& order) { order.touched(set, way); }, order_);
    last_[set] = way;
  }
  [[nodiscard]] unsigned victim(unsigned set) noexcept {
    return std::visit([&](auto& order) { return order.victim(set); }, order_);
  }
  // kNoWay if nothing was used, or if what was used last is gone.
  [[nodiscard]] unsigned most_recent(unsigned set) const noexcept { return last_[set]; }
  void emptied(unsigned set, unsigned way) noexcept {
    if (last_[set] == way) last_[set] = kNoWay;
  }
  template <class V>
  void visit_state(V& v) {
    std::visit([&](auto& order) { order.visit_state(v); }, order_);
    v("last", last_);
  }

 private:
  using Order = std::variant<FifoOrder, RandomOrder, LruOrder, PlruTree>;
  static Order make(ReplacementPolicy policy, unsigned sets, unsigned ways, uint64_t seed) {
    switch (policy) {
      case ReplacementPolicy::kFifo: return FifoOrder(sets, ways);
      case ReplacementPolicy::kRandom: return RandomOrder(ways, seed);
      case ReplacementPolicy::kLru: return LruOrder(sets, ways);
      default: return PlruTree(sets, ways);
    }
  }

  ReplacementPolicy policy_;
  Order order_;
  std::vector<unsigned> last_;
};

}  // namespace rvx
