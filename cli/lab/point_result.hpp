// What one point's run has given.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/lab/value.hpp"

namespace rvx::cli::lab {

using Json = nlohmann::ordered_json;

// An object without members.
[[nodiscard]] std::shared_ptr<const Json> no_stats();

struct PointResult {
  std::string failure = {};  // empty: none
  std::shared_ptr<const Json> stats = no_stats();  // what --stats json has written; never null
  std::vector<std::pair<std::string, double>> outputs = {};  // lines "@ name value", in their order
  double host_s = 0;
  bool is_kept = false;  // from an earlier run

  [[nodiscard]] bool is_ok() const { return failure.empty(); }
};

// What --stats json has written to a file; false where that is no object.
[[nodiscard]] bool read_stats(const std::string& path, PointResult& result);

// "@ name value" of the console; false for any other line.
[[nodiscard]] bool read_output_line(std::string_view line, std::pair<std::string, double>& output);

// A counter, by the names of docs/labs.md. Unknown ones say what there is instead.
[[nodiscard]] Value look_up(const PointResult& result, const std::string& source, const std::string& key);
[[nodiscard]] Value count_of(const PointResult& result, const std::string& key);

[[nodiscard]] Json to_json(const PointResult& result);
[[nodiscard]] bool from_json(const Json& json, PointResult& result);

}  // namespace rvx::cli::lab
