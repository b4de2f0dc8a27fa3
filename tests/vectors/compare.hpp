// Compares what two machines print for a test program, and looks for the first vector that differs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/vectors/oracle.hpp"
#include "tests/vectors/program.hpp"

namespace rvx::vectors {

struct Summary {
  uint64_t records = 0, traps = 0;
  uint64_t strays = 0;  // cases given up because of a trap of another instruction
  uint64_t hash = 0;
  bool operator==(const Summary&) const = default;
};

// Lines of `kind` by their index. Throws std::runtime_error unless the text ends in END.
[[nodiscard]] std::map<uint64_t, Summary> parse_summaries(const std::string& text, char kind);

// Runs one program on several machines.
class Runner {
 public:
  Runner(const Program& program, std::vector<uint8_t> driver, std::string path)
      : program_(program), driver_(std::move(driver)), path_(std::move(path)) {}

  [[nodiscard]] std::map<uint64_t, Summary> groups(Oracle& oracle) const;
  // Several lines about the first vector of the group for which the machines differ.
  [[nodiscard]] std::string explain(uint64_t group, Oracle& ours, Oracle& theirs) const;

 private:
  [[nodiscard]] std::string run(Oracle& oracle, VectorsMode mode, uint64_t wanted) const;
  [[nodiscard]] std::string explain_case(uint64_t index, Oracle& ours, Oracle& theirs) const;

  const Program& program_;
  std::vector<uint8_t> driver_;
  std::string path_;
};

}  // namespace rvx::vectors
