// A plain simulator of sets with replacement, written another way than the models: lists of ways, a real tree.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "mmu/model/replacement.hpp"

namespace rvx::reference {

// Of structures that are tested by themselves.
inline ModelClock& a_clock() {
  static ModelClock clock;
  return clock;
}

// Which half of the ways was used longer ago, node by node.
class Tree {
 public:
  explicit Tree(unsigned ways) : ways_(ways) {
    if (ways > 1) left_ = std::make_unique<Tree>(ways / 2), right_ = std::make_unique<Tree>(ways / 2);
  }
  void use(unsigned way) {
    if (ways_ == 1) return;
    const bool is_right = way >= ways_ / 2;
    victim_is_right_ = !is_right;
    (is_right ? right_ : left_)->use(way % (ways_ / 2));
  }
  [[nodiscard]] unsigned victim() const {
    if (ways_ == 1) return 0;
    return victim_is_right_ ? ways_ / 2 + right_->victim() : left_->victim();
  }

 private:
  unsigned ways_;
  bool victim_is_right_ = false;
  std::unique_ptr<Tree> left_, right_;
};

// One set: which key stands in which way.
template <class Key>
class Set {
 public:
  Set(ReplacementPolicy policy, unsigned ways) : policy_(policy), ways_(ways), tree_(ways) {}

  template <class Match>
  [[nodiscard]] std::optional<unsigned> find(Match&& match) const {
    for (unsigned way = 0; way < ways_.size(); ++way)
      if (ways_[way] && match(*ways_[way])) return way;
    return {};
  }
  void hit(unsigned way) {
    if (policy_ == ReplacementPolicy::kLru) renew(way);
    tree_.use(way);
  }
  // Where the next key has to go; absent: anywhere, the policy is random.
  [[nodiscard]] std::optional<unsigned> place() const {
    for (unsigned way = 0; way < ways_.size(); ++way)
      if (!ways_[way]) return way;
    if (policy_ == ReplacementPolicy::kRandom) return {};
    return policy_ == ReplacementPolicy::kPlru ? tree_.victim() : oldest_first_.front();
  }
  void put(unsigned way, const Key& key) {
    ways_[way] = key;
    renew(way);
    tree_.use(way);
  }
  // How many keys went.
  template <class Match>
  unsigned erase(Match&& match) {
    unsigned erased = 0;
    for (unsigned way = 0; way < ways_.size(); ++way) {
      if (!ways_[way] || !match(*ways_[way])) continue;
      ways_[way].reset();
      oldest_first_.remove(way);
      ++erased;
    }
    return erased;
  }
  [[nodiscard]] const std::optional<Key>& at(unsigned way) const { return ways_[way]; }
  [[nodiscard]] Key& key(unsigned way) { return *ways_[way]; }

 private:
  void renew(unsigned way) {
    oldest_first_.remove(way);
    oldest_first_.push_back(way);
  }

  ReplacementPolicy policy_;
  std::vector<std::optional<Key>> ways_;
  std::list<unsigned> oldest_first_;
  Tree tree_;
};

}  // namespace rvx::reference
