// The parts of lab.json, each read by a function of its own; names in them are checked afterwards.
#pragma once

#include "cli/lab/json_fields.hpp"
#include "cli/lab/lab.hpp"

namespace rvx::cli::lab {

void read_guest(Fields& top, Guest& guest);
void read_machine(Fields& top, MachinePart& machine);
void read_parameters(Fields& top, std::vector<Parameter>& parameters);
void read_sweep(Fields& top, Lab& lab);
void read_columns(Fields& top, std::vector<Column>& columns);
void read_plots(Fields& top, std::vector<Plot>& plots);
void read_claims(Fields& top, std::vector<Claim>& claims);
void read_questions(Fields& top, std::vector<Question>& questions);
void read_slides(Fields& top, std::vector<Slide>& slides);

// Names that nothing has, parameters that go nowhere, host time where it may not be.
void check_names(const Lab& lab, Problems& problems);

}  // namespace rvx::cli::lab
