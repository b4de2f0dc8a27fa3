// Where QEMU and Spike are known to differ from the manual or to lack instructions.
#pragma once

#include <string_view>
#include <vector>

#include "cpu/isa/insn.hpp"
#include "tests/vectors/oracle.hpp"

namespace rvx::vectors {

struct Deviation {
  std::string_view group;  // "fadd.s rtz"; '*' stands for anything
  std::string_view reason;
  bool is_sure = true;  // an agreement is an error
};

class Deviations {
 public:
  [[nodiscard]] static Deviations none() { return {}; }
  [[nodiscard]] static Deviations of_qemu(Version version);
  [[nodiscard]] static Deviations of_spike();

  // Why a group differs; nullptr if there is no reason.
  [[nodiscard]] const Deviation* find(std::string_view group) const;
  // Whether this machine is too old for the row's extension.
  [[nodiscard]] bool may_lack(isa::Op row) const;

 private:
  std::vector<Deviation> known_;
  std::vector<isa::Ext> lacking_;
};

}  // namespace rvx::vectors
