// The files that one child gets and gives, and the folder that they live in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/lab/point_command.hpp"

namespace rvx::cli::lab {

// A folder that goes with its object.
class WorkFolder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<WorkFolder>> make();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct ChildFiles {
  std::vector<std::string> words;  // the command with its program, all files named
  std::string stats;
};
// Writes the model, if any. `base`: where the names of the point's files begin.
[[nodiscard]] Result<ChildFiles> make_child_files(const PointCommand& command, const Places& places, const std::string& base, const std::string& initrd);

}  // namespace rvx::cli::lab
