// Which programs `rvx bench` runs: those of bench/ by name and group, or files that the user gives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench_report.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

struct BenchTarget {
  BenchProgram program;                // its name is what stands in the table
  std::string name;                    // of the file
  std::string arguments;               // of every run, words with blanks between; may be empty
  std::string bare_file, native_file;  // empty = there is none
  std::string linux_file;              // to put into the initrd; empty = it is there already
};

struct BenchSelection {
  // Names with arguments behind blanks ("pair 100 2"), or files; none: all of `group`.
  std::vector<std::string> operands;
  std::string group;      // empty = user; "all"
  std::string native;     // the native twin of the one file that is given
  std::string directory;  // with programs.json, bare/, native/
  std::string argument;   // of programs that are given none
  bool is_bare = false;   // set where a file that is given is for the bare machine
};

// Whether this is a file that exec may take.
[[nodiscard]] bool is_program(const std::string& file);

// The programs of programs.json in `directory`, in its order.
[[nodiscard]] Result<std::vector<BenchProgram>> known_programs(const std::string& directory);

[[nodiscard]] Result<std::vector<BenchTarget>> select_programs(BenchSelection& selection);

// A cpio archive with the files that are to be put into the guest; empty without such.
[[nodiscard]] Result<std::vector<uint8_t>> archive_of(const std::vector<BenchTarget>& targets);

}  // namespace rvx::cli
