// Which points a run of a lab has: its sweep, and what whoever runs it has changed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/lab/lab.hpp"

namespace rvx::cli::lab {

struct SweepChoice {
  bool is_quick = false;
  std::vector<std::string> sets;  // "name=value,value"
  std::string student;            // whose values are moved; empty: nobody's
};

// The values of the lab's parameters, in their order.
using Point = std::vector<Value>;

struct Sweep {
  std::vector<Point> points;
  bool is_narrowed = false;  // not the whole sweep as it was written
};

// What is known before a point has run: its parameters.
class ParameterScope : public Scope {
 public:
  ParameterScope(const Lab& lab, const Point& point) : lab_(lab), point_(point) {}
  [[nodiscard]] Value name(const std::string& name) const override;

 private:
  const Lab& lab_;
  const Point& point_;
};

// Fails with 125 and one line for a parameter that there is not, or a value that is not allowed.
[[nodiscard]] Result<Sweep> make_sweep(const Lab& lab, const SweepChoice& choice);

// "policy=asid pages=4"
[[nodiscard]] std::string point_text(const Lab& lab, const Point& point);

// Those of `values` that a student has instead: equal for equal names, within what is allowed.
[[nodiscard]] std::vector<Value> student_values(const Parameter& parameter, const std::vector<Value>& values, const std::string& lab, const std::string& student);

}  // namespace rvx::cli::lab
