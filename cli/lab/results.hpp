// A lab's results: every point with its columns, and what expressions see of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/lab/lab.hpp"
#include "cli/lab/point_command.hpp"
#include "cli/lab/point_result.hpp"
#include "cli/lab/sweep.hpp"

namespace rvx::cli::lab {

// All vectors have one element for each point, in the order of the sweep.
struct Results {
  Lab lab;
  SweepChoice choice;
  Sweep sweep;
  std::vector<PointCommand> commands;
  std::vector<PointResult> points;
  std::vector<std::vector<Value>> columns;  // for each point those of the lab, as far as computed
  std::string engine, version, command_line;

  [[nodiscard]] size_t failed() const;
  [[nodiscard]] Value value(size_t point, const std::string& name) const;
};

// Points as expressions see them. It must not outlive the results.
class ResultScopes {
 public:
  explicit ResultScopes(const Results& results);
  ~ResultScopes();
  ResultScopes(const ResultScopes&) = delete;
  ResultScopes& operator=(const ResultScopes&) = delete;

  [[nodiscard]] const Scope& point(size_t index) const;
  // For what speaks of all points and of none by itself.
  [[nodiscard]] const Scope& all() const;
  [[nodiscard]] size_t size() const;

 private:
  class PointScope;
  class AllScope;
  std::vector<std::unique_ptr<PointScope>> points_;
  std::vector<const Scope*> list_;
  std::unique_ptr<AllScope> all_;
};

// Fails with 126 and a line that names file, column and name where an expression speaks of what no run gave.
[[nodiscard]] Outcome compute_columns(Results& results);

// "file: where: what, at policy=lru": a mistake of whoever wrote the lab.
[[nodiscard]] Error mistake(const Results& results, const std::string& where, const Missing& missing);

}  // namespace rvx::cli::lab
