// Results of points that are kept from run to run, under all that decides them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/lab/point_command.hpp"
#include "cli/lab/point_result.hpp"

namespace rvx::cli::lab {

class KeptResults {
 public:
  // `folder` is made when something is put there.
  KeptResults(std::string folder, const Places& places);

  // What decides the point's result: program, guest, machine, model, parameters; by contents.
  [[nodiscard]] std::string key_of(const PointCommand& command);
  [[nodiscard]] std::optional<PointResult> find(const std::string& key) const;
  // What cannot be written is computed again another time.
  void put(const std::string& key, const PointResult& result) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& key) const;
  [[nodiscard]] const std::string& contents_digest(const std::string& path);

  std::string folder_, program_;
  std::map<std::string, std::string> digests_;  // of files, by path
};

}  // namespace rvx::cli::lab
