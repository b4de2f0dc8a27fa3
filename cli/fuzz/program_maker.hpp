// Makes the code of a fuzz case: units of straight code, control flow, and what systems do.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cli/fuzz/builder.hpp"
#include "cli/fuzz/random.hpp"
#include "cli/fuzz/row_chooser.hpp"
#include "cli/fuzz/spaces.hpp"

namespace rvx::fuzz {

// Kinds of code, each made by the function of ProgramMaker with its name.
//
// UNIT(name, weight): how often, among all.
#define RVX_FUZZ_UNITS(UNIT) \
  UNIT(straight, 34)         \
  UNIT(forward_branch, 9)    \
  UNIT(loop, 9)              \
  UNIT(call, 8)              \
  UNIT(indirect_jump, 4)     \
  UNIT(jump_table, 2)        \
  UNIT(jump_into_middle, 2)  \
  UNIT(reservation, 4)       \
  UNIT(fp_control, 5)        \
  UNIT(counter_read, 3)      \
  UNIT(counter_event, 2)     \
  UNIT(csr_access, 5)        \
  UNIT(supervisor_csr, 5)    \
  UNIT(status_change, 5)     \
  UNIT(trap, 3)              \
  UNIT(mode_change, 3)       \
  UNIT(space_change, 3)      \
  UNIT(entry_change, 3)      \
  UNIT(code_entry_change, 3) \
  UNIT(stray_fence, 1)       \
  UNIT(patch, 4)             \
  UNIT(patch_data, 2)        \
  UNIT(timer, 2)             \
  UNIT(device, 2)            \
  UNIT(wait, 1)              \
  UNIT(protection_change, 2) \
  UNIT(cache_block, 3)       \
  UNIT(raw, 3)

enum class Unit : uint8_t {
#define UNIT(name, weight) k_##name,
  RVX_FUZZ_UNITS(UNIT)
#undef UNIT
      kCount
};
inline constexpr size_t kUnitCount = static_cast<size_t>(Unit::kCount);

struct ProgramPlan {
  std::array<unsigned, kUnitCount> weights{};
  unsigned units = 20;  // of the main part
  unsigned functions = 2;
  unsigned rounds = 2;  // of the whole
  bool has_twins = false;
  bool has_long_loops = false;
  bool may_restrict = false;  // TVM, TSR: not where handlers or fences need what these take away
  bool has_free_scratch = false;  // sscratch may hold anything, no handler needs it
  unsigned supervisor_base = 0, user_base = 0;
  std::vector<Space> spaces;
  SpacesPlan spaces_plan;
};

class ProgramMaker {
 public:
  ProgramMaker(const isa::IsaConfig& isa, const ProgramPlan& plan, const Registers& registers,
               Random& random);

  // Everything but handlers. Chunks have no places yet.
  void make();
  [[nodiscard]] Builder& builder() noexcept { return b_; }
  // The chunks from this one on are patched, and belong in the pages for that.
  [[nodiscard]] size_t first_patch_chunk() const noexcept { return first_patch_chunk_; }

 private:
  using Label = Builder::Label;
  struct Function {
    Label entry;
    uint8_t link;
  };
  // An instruction that programs replace by others.
  struct PatchPoint {
    Label at;
    size_t function;
  };

#define UNIT(name, weight) void name();
  RVX_FUZZ_UNITS(UNIT)
#undef UNIT

  void guarded_unit();
  void unit();
  void units(unsigned count);
  void main_part();
  [[nodiscard]] uint32_t begin_function(const Function& f);
  void function(size_t index);
  void patched_function(size_t index);
  void new_chunk();
  void plain(unsigned count);
  void plain_one();
  void random_insn(RowKind kind);
  void branch_to(Label target, int skew = 0);
  void jump_to(Label target, int skew = 0);
  void call_function(const Function& f);
  void change_fence(const Space& space, uint64_t va, uint64_t range, bool is_for_all);
  void forget_slot(uint8_t slot);
  [[nodiscard]] const DataEntry& used_entry(const Space& space, const Registers::Pointer& pointer);
  void change_entry(const Space& space, const DataEntry& entry, uint8_t pointer);
  void use(uint8_t pointer);
  void leave_for_user();
  void change_interrupt_enable();
  void exchange_csr();
  void set_bits(int csr, uint64_t bits, bool level);
  void csr_row(isa::Op row, unsigned rd, unsigned rs1, int csr);
  [[nodiscard]] isa::Op any_csr_row();
  [[nodiscard]] uint8_t free_reg() { return rows_.any_free(regs_); }
  [[nodiscard]] uint8_t other_reg(uint8_t than);
  [[nodiscard]] bool has_c() const { return isa_.has(isa::Ext::kZca); }

  const isa::IsaConfig& isa_;
  const ProgramPlan& plan_;
  Registers regs_;
  Random& random_;
  Builder b_;
  RowChooser rows_;
  std::vector<Function> functions_;
  std::vector<Function> patched_;
  std::vector<PatchPoint> patch_points_;
  std::vector<Label> patch_words_;  // data among patched code
  size_t first_patch_chunk_ = 0;
  unsigned total_weight_ = 0;
  unsigned depth_ = 0;
  unsigned loops_ = 0;
  size_t caller_ = 0;     // functions from here on may be called
  bool is_leaf_ = false;  // in a function that keeps its return address in a register
};

}  // namespace rvx::fuzz
