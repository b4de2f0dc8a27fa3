// Compares the groups of all rows, and reports differences with the vectors that show them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/vectors/compare.hpp"
#include "tests/vectors/deviations.hpp"
#include "tests/vectors/program.hpp"

namespace rvx::vectors {

// What a comparison came to.
struct Verdict {
  size_t rows = 0;  // compared
  uint64_t vectors = 0;
  unsigned failures = 0;          // groups
  unsigned excepted = 0;          // groups that differ as recorded
  std::set<std::string> skipped;  // rows
};

class RowReport {
 public:
  // The first `explained` differences are printed in full.
  RowReport(const Program& program, const Runner& runner, Oracle& ours, Oracle& theirs,
            const Deviations& deviations, unsigned explained)
      : program_(program),
        runner_(runner),
        ours_(ours),
        theirs_(theirs),
        deviations_(deviations),
        explained_(explained) {}

  // Prints what differs.
  [[nodiscard]] Verdict run();

 private:
  using Summaries = std::map<uint64_t, Summary>;
  [[nodiscard]] std::set<Op> lacking(const Summaries& ours, const Summaries& theirs) const;
  void judge(uint64_t index, const Summary& ours, const Summary& theirs);
  void explain(uint64_t group) const;

  const Program& program_;
  const Runner& runner_;
  Oracle& ours_;
  Oracle& theirs_;
  const Deviations& deviations_;
  unsigned explained_;
  Verdict verdict_;
};

}  // namespace rvx::vectors
