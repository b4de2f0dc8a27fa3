// Measurements that the guest begins and ends by name: what every counter of the machine grows by meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rvx {

// Gets each counter of a machine: the same names in the same order whenever one machine is asked; those of a model
// come last, once it counts.
using CounterVisitor = std::function<void(std::string_view name, uint64_t value)>;

// The text in an event's argument, or empty: it is no name of lower-case letters, digits and '-'.
[[nodiscard]] std::string measurement_name(uint64_t packed);

class Measurements {
 public:
  static constexpr size_t kMostNames = 64;

  // `now`: the values of all counters, in the order of CounterVisitor. What is out of place is counted and changes nothing,
  // but that a measurement which is begun again counts from there.
  void begin(uint64_t packed_name, std::span<const uint64_t> now);
  void end(uint64_t packed_name, std::span<const uint64_t> now);

  struct Row {
    std::string name;
    uint64_t count = 0;          // how often it was ended
    std::vector<uint64_t> sums;  // by counter; empty until then
  };
  // In the order in which they were begun first.
  [[nodiscard]] std::span<const Row> rows() const noexcept { return rows_; }
  // What the guest did wrong, one line each.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Open {
    bool is_open = false;
    std::vector<uint64_t> at_begin;
  };
  // How often it happened, and to which name first.
  struct Misuse {
    uint64_t count = 0;
    std::string first;
    void note(const std::string& name);
  };

  std::vector<Row> rows_;
  std::vector<Open> open_;  // by row
  Misuse bad_names_, too_many_, begun_twice_, never_begun_;
};

}  // namespace rvx
