// Machines that run a test program: rvx in this process, and QEMU and Spike where they are
// installed.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <vector>

#include "cpu/isa/isa_config.hpp"

namespace rvx::vectors {

class Oracle {
 public:
  virtual ~Oracle() = default;
  [[nodiscard]] virtual std::string name() const = 0;  // with its version
  // What the ELF file at `path` prints. Throws std::runtime_error.
  [[nodiscard]] virtual std::string run(const std::string& path) = 0;
};

struct Version {
  unsigned major = 0, minor = 0, patch = 0;
  auto operator<=>(const Version&) const = default;
};

[[nodiscard]] std::unique_ptr<Oracle> make_rvx(const isa::IsaConfig& isa);

// `program` is QEMU's name or path. nullptr: there is none.
[[nodiscard]] std::unique_ptr<Oracle> make_qemu(const std::string& program,
                                                const isa::IsaConfig& isa, Version& version);
[[nodiscard]] std::unique_ptr<Oracle> make_spike(const std::string& program,
                                                 const isa::IsaConfig& isa);

}  // namespace rvx::vectors
