// Which instructions a test program runs, with which registers, immediates and operand vectors.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "tests/vectors/assembler.hpp"
#include "tests/vectors/operands.hpp"

namespace rvx::vectors {

// Names a pool of operands; what the parameters mean depends on the kind.
struct PoolKey {
  enum class Kind : uint8_t {
    kInteger,
    kIntegerSource,
    kFp,
    kBoxing,
    kJump,
    kMemory
  } kind = Kind::kInteger;
  uint8_t format = 0;  // FpFormat or Place
  uint8_t size = 0;    // number of sources, bytes accessed, or alignment of instructions
  auto operator<=>(const PoolKey&) const = default;
};
[[nodiscard]] Pool make_pool(const PoolKey& key, uint64_t seed);

enum class Jump : uint8_t { kNone, kDirect, kIndirect };

// Code around one instruction that runs it on one vector after another.
struct CasePlan {
  Insn insn;  // as decoded
  PoolKey pool;
  uint32_t count = 0;  // of vectors, less if the pool has fewer

  struct Input {
    Word word;
    Reg reg;
  };
  std::vector<Input> inputs;   // loaded in this order before the instruction
  std::vector<Reg> outputs;    // go to the record after it
  bool has_memory = false;     // two doublewords at kWordBase go to the record as well
  bool sets_memory = false;    // and are set to kWordInit0 and kWordInit1 before
  unsigned reserve_bytes = 0;  // 4 or 8: LR before the instruction
  int csr = -1;                // set from kWordRs2 before, read into the record after
  Jump jump = Jump::kNone;
  bool can_fall = false;      // a direct jump may not be taken, or trap
  bool has_flags = false;     // fflags are cleared before and go to the record
  bool fp_off = false;        // mstatus.FS is Off: the code has no other floating-point instruction
  bool crosses_page = false;  // the instruction stands in the last two bytes of a page
  uint8_t frm = 0;
};

// Cases that are reported together: one aspect of one row.
struct GroupPlan {
  Op row;
  std::string name;  // "fadd.s rtz"
  std::vector<CasePlan> cases;
};

// All groups of a row; none for rows that are not tried this way (see untested_reason()). Of a row
// that the ISA does not have, that it traps.
[[nodiscard]] std::vector<GroupPlan> plan_row(Op row, const isa::IsaConfig& isa, uint64_t seed);

// Why a row has no cases; nullptr if it has.
[[nodiscard]] const char* untested_reason(Op row) noexcept;

}  // namespace rvx::vectors
