// Files that rvx writes reports to.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "machine/error.hpp"

namespace rvx::cli {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using OutputFile = std::unique_ptr<std::FILE, CloseFile>;

// Opened for writing, emptied. `what` is for the error: "the log".
[[nodiscard]] Result<OutputFile> open_output(std::string_view what, const std::string& path);

// The whole file at once.
[[nodiscard]] Outcome write_output(std::string_view what, const std::string& path,
                                   std::string_view text);

// Close and see whether all of it was written.
[[nodiscard]] Outcome close_output(std::string_view what, const std::string& path, OutputFile file);

}  // namespace rvx::cli
