// A lab's results as one page that needs nothing else.
#pragma once

#include <string>

#include "cli/lab/plot.hpp"
#include "cli/lab/run_lab.hpp"

namespace rvx::cli::lab {

[[nodiscard]] std::string html_report(const LabRun& run);

}  // namespace rvx::cli::lab
