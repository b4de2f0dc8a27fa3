// Runs a test program on a machine, and compares what two machines print.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/vectors/image.hpp"
#include "tests/vectors/oracle.hpp"

namespace rvx::vectors {

// What a line about a group or a case says.
struct Summary {
  uint64_t records = 0, traps = 0;
  uint64_t strays = 0;  // cases given up because of a trap of another instruction
  uint64_t hash = 0;
  bool operator==(const Summary&) const = default;
};

using Records = std::vector<std::vector<uint64_t>>;

class Runner {
 public:
  // `driver` and `path`: the ELF file of the driver, and the one that is written for each run and
  // removed in the end.
  Runner(const Image& image, const std::string& driver, std::string path);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // By index. Throw std::runtime_error if the program does not run to its end.
  [[nodiscard]] std::map<uint64_t, Summary> groups(Oracle& oracle) const;
  [[nodiscard]] std::map<uint64_t, Summary> cases(Oracle& oracle, uint64_t group) const;
  // The index of the case, then the words of a record; for blocks of the sandbox, too.
  // The case runs alone or after all before it.
  [[nodiscard]] Records records(Oracle& oracle, uint64_t index, bool is_alone = true) const;
  [[nodiscard]] Records memory(Oracle& oracle, uint64_t index, bool is_alone = true) const;

  // The first case of a group for which the machines differ when it runs alone.
  [[nodiscard]] std::optional<uint64_t> first_difference(uint64_t group, Oracle& ours,
                                                         Oracle& theirs) const;

 private:
  [[nodiscard]] std::string run(Oracle& oracle, VectorsMode mode, uint64_t wanted) const;

  const Image& image_;
  std::vector<uint8_t> driver_;
  std::string path_;
};

}  // namespace rvx::vectors
