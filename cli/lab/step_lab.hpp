// Steps through the events of one point of a lab, at a keypress each.
#pragma once

#include <string>

#include "cli/lab/run_lab.hpp"

namespace rvx::cli::lab {

// `name`: a lab, whose first point is run, or a file that --events has written. Where stdin is no terminal all
// steps are printed.
[[nodiscard]] Outcome step_lab(const std::string& name, const LabRequest& request, const StopSignals& signals);

}  // namespace rvx::cli::lab
