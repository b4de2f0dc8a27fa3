// Where a curve leaves its first level.
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace rvx::cli::lab {

struct Knee {
  double flat = 0;              // the largest x up to which every y is within `times` of the first
  std::optional<double> risen;  // the x behind it; none: the curve never rises
  double level = 0;             // the first y
};

// `curve`: x and y in any order. None where it is empty. A first level of 0 is left by any y above 0.
[[nodiscard]] std::optional<Knee> find_knee(std::vector<std::pair<double, double>> curve, double times);

}  // namespace rvx::cli::lab
