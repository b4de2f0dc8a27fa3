// The command line of one point: which program of ours, with which guest, machine and model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/lab/lab.hpp"
#include "cli/lab/sweep.hpp"
#include "machine/error.hpp"

namespace rvx::cli::lab {

// Where things are on this host.
struct Places {
  std::string program;   // rvx itself
  std::string firmware;  // guests that the build made
};
[[nodiscard]] Places usual_places();

// A point's command. "{stats}", "{model}" and "{initrd}" stand for files that are made for one run.
struct PointCommand {
  std::vector<std::string> words;  // without the program's name
  std::string shown;               // for readers; no folder of this host stands in it
  std::string model_name;          // empty: no model
  std::string model_text;
  std::vector<std::string> inputs;  // files whose contents decide the result
  std::map<std::string, std::string> added_files;  // Debian: path in the guest, file here
};

// Fails where a model is impossible, a file is not there, or an expression of the lab has no value.
[[nodiscard]] Result<PointCommand> command_of(const Lab& lab, const Point& point, const Places& places, const std::string& engine);

}  // namespace rvx::cli::lab
