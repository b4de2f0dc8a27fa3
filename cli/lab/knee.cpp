// Finds the knee of a curve by its first level, so that no fit has a say in it.
#include "cli/lab/knee.hpp"

#include <algorithm>

namespace rvx::cli::lab {

std::optional<Knee> find_knee(std::vector<std::pair<double, double>> curve, double times) {
  if (curve.empty()) return std::nullopt;
  std::sort(curve.begin(), curve.end());
  Knee knee{curve.front().first, std::nullopt, curve.front().second};
  const double limit = knee.level * times;
  for (const auto& [x, y] : curve) {
    if (y > limit && y > knee.level) {
      knee.risen = x;
      break;
    }
    knee.flat = x;
  }
  return knee;
}

}  // namespace rvx::cli::lab
