// From IR to host code: one region at a time, hot paths first, everything rare behind them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "jit/assembler.hpp"
#include "jit/fp_facts.hpp"
#include "jit/host_registers.hpp"
#include "jit/passes.hpp"
#include "jit/runtime.hpp"
#include "jit/tally.hpp"

namespace rvx::jit {

// Routines that all regions use; HartState::routines has their addresses in this order.
enum class Routine : uint8_t {
  kLeave,       // to the interpreter: rax = the guest's pc
  kLeaveExact,  // the same when HartState is exact already
  kLookUp,      // rax = the guest's pc: to its code if there is any, else as kLeave
  kResolve,     // rcx = an Exit: links it if its target has code
  kSlow,        // rcx = a Site, rax = va, rdx = value to store: see Site::Kind
  kSlowFp,      // the same for regions that keep values in xmm registers
  kCount
};

// In front of an entry for those that know that region_base is right stands one of this many bytes
// for those that do not: rax = the guest's pc.
inline constexpr size_t kIndirectBytes = 20;
// The same in code that reaches memory through the context's window.
inline constexpr size_t kWindowIndirectBytes = 46;

// Bytes of generated code's stack frame that hold what is kept of shared checks.
inline constexpr int kFrameBytes = 8 * static_cast<int>(kKeptWords) + 8;

// A field of HartState, by its offset.
[[nodiscard]] inline Mem state_field(size_t offset) { return x86::qword_ptr(x86::rbp, static_cast<int32_t>(offset)); }

class Emitter {
 public:
  struct Entry {
    uint16_t offset;     // in the guest's page
    Label direct;        // region_base is right
    Label leave;         // what `direct` is patched to jump to when the region is retired
  };
  struct PendingExit {
    Label displacement;  // right after the 4 bytes
    int64_t offset;
    size_t record;       // number of the Exit that was asked for
  };
  // Eight bytes of code for an address that is not known yet.
  struct Address {
    size_t at;           // offset in the code
    const Site* site;    // whose, or
    size_t record;       // without one, that of this Exit
  };

  Emitter(CodeHolder& code, const Region& region, const std::vector<Homes>& homes, const Flow& flow, const Checks& checks,
          std::function<Site*()> new_site, std::function<size_t()> new_exit);
  // Loads and stores go through the window on that half, whose base is in r11, where `checks` has them in a group.
  void use_window(WindowHalf half) noexcept {
    is_windowed_ = true;
    half_ = half;
  }

  // Memory is modelled.
  void use_model(const ModelView& model) noexcept { model_ = model; }

  // Makes the code count what becomes of it. Before run().
  void set_tallies(Tallies& tallies) noexcept { tallies_ = &tallies; }

  void run();

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] const std::vector<PendingExit>& exits() const noexcept { return exits_; }
  [[nodiscard]] const std::vector<Address>& addresses() const noexcept { return addresses_; }
  // An instruction that reaches into the window, and where to go on when the host's MMU refuses it.
  struct WindowAccess {
    Label at, stub;
  };
  [[nodiscard]] const std::vector<WindowAccess>& window_accesses() const noexcept { return window_accesses_; }
  // For reports: where the code of each instruction and block starts, and what stands behind all blocks.
  [[nodiscard]] const std::vector<Label>& insn_labels() const noexcept { return insn_labels_; }
  [[nodiscard]] const std::vector<Label>& block_labels() const noexcept { return block_labels_; }
  [[nodiscard]] const Label& blocks_end() const noexcept { return blocks_end_; }

 private:
  // What is known at a point of straight code, besides Facts.
  struct State {
    int pending = 0;         // instructions retired since r15 was brought up to date
    uint32_t rounding = 0;   // bits of rounding_ok that were tested
    uint32_t boxed = 0;      // f registers that hold a boxed single
    bool is_fs_dirty = false;  // tested as well
    int addend = -1;         // index of the check group whose addend is in r11; with a model the last access was of that group, too
    int line = -1;           // of code, in its page: what the last instruction was fetched from
  };

  // emit_control.cpp
  void emit_block(size_t index);
  void emit_insn(uint32_t index);
  void emit_effect(const IrInsn& insn, NodeId id);
  void end_block(const IrBlock& block, size_t index);
  void branch(const IrBlock& block, size_t index);
  void go_to(const Place& place, size_t from);          // at the end of a block
  void go_straight(size_t from, size_t to);
  // Where to jump at the end of block `from` to get to the start of `to`.
  [[nodiscard]] Label way_to(size_t from, size_t to);
  // From the zone of block `from` to that of `to`, where values live elsewhere.
  struct Move {
    RegSet stored, loaded;
    [[nodiscard]] bool is_any() const noexcept { return (stored | loaded) != 0; }
  };
  [[nodiscard]] Move move_between(size_t from, size_t to) const;
  void emit_move(const Move& move, size_t from, size_t to);
  [[nodiscard]] bool is_merge(const Place& place, size_t from) const;
  [[nodiscard]] bool is_backward(const Place& place, size_t from) const { return place.block >= 0 && static_cast<size_t>(place.block) <= from; }
  void settle_budget(bool tests);
  void retire(int instructions);
  void retire_or_leave(int instructions, const Label& leave);
  // Changes rcx and the flags, and only where there is a report.
  void count(Way way, int64_t offset = 0, uint32_t insn = Tally::kNoInsn);

  // emit_ways.cpp
  void store_dirty(RegSet dirty);
  void load_live(RegSet live);
  [[nodiscard]] Label exit_to(int64_t offset, RegSet dirty, int pending);
  void emit_exit(int64_t offset, RegSet dirty, int pending);
  // Out of the region before the current instruction.
  [[nodiscard]] Label leave_here();
  void jump_to(const IrBlock& block, NodeId target, unsigned link);
  [[nodiscard]] std::optional<Place> known_target(const IrBlock& block, NodeId target) const;
  void jump_by_table(const Label& miss);
  void set_link(unsigned reg);
  void emit_entry(const IrBlock& block, size_t index);
  void emit_fp_tests(const FpFacts& facts, const IrBlock& block);
  // Regions do not know where they will be placed.
  [[nodiscard]] static Mem routine(Routine which) {
    return state_field(offsetof(HartState, routines) + 8 * static_cast<size_t>(which));
  }

  // emit_integer.cpp
  void into(Gp to, NodeId id);        // frees the temporaries that it takes
  void value_into(Gp to, NodeId id);
  void binary_into(Gp to, NodeId id);
  void shift_into(Gp to, const Node& n);
  void divide_into(Gp to, const Node& n);
  void multiply_high_into(Gp to, const Node& n);
  void multiply_carryless_into(Gp to, const Node& n);
  void reverse_bytes_bits(Gp to);
  void select_into(Gp to, const Node& n);
  [[nodiscard]] x86::CondCode compare(NodeId id);  // sets the flags
  [[nodiscard]] Gp in_register(NodeId id);         // a register that holds the value; not to be changed
  [[nodiscard]] asmjit::Operand operand(NodeId id);  // register, memory or 32-bit immediate
  [[nodiscard]] bool reads(NodeId id, Gp reg) const;
  void set_x(const IrInsn& insn, const Node& n);

  // emit_memory.cpp
  void load(const IrInsn& insn, NodeId id, Gp to);
  void load_fp(const IrInsn& insn, NodeId id, Xmm to, FpFormat format);
  void store(const IrInsn& insn, NodeId id);
  void atomic(const IrInsn& insn, NodeId id);
  void load_reserved(const IrInsn& insn, const Node& n);
  void store_conditional(const IrInsn& insn, const Node& n);
  void compare_and_swap(const IrInsn& insn, const Node& n);
  void find_aligned(int32_t size, bool is_write, const Label& stub);
  void reach_cell(const IrInsn& insn, const Node& n, bool is_write, const Label& done);
  void set_found(const IrInsn& insn, const Gp& found, bool is_word);
  void load_from(IrType type, Gp to, const Mem& from);
  void access(const IrInsn& insn, NodeId id, const std::function<void(const Mem& at)>& use,
              const std::function<void(Label stub, Label back)>& slow);
  [[nodiscard]] Mem reach(const IrInsn& insn, NodeId id, Gp base, int32_t offset, const std::function<void(Label stub, Label back)>& slow);
  [[nodiscard]] Mem reach_window(NodeId id, const CheckGroup& group, Gp base, int32_t offset, const std::function<void(Label stub, Label back)>& slow);
  void mark_access();      // right before the instruction that reach() was asked for
  [[nodiscard]] bool goes_through_window(NodeId id) const { return is_windowed_ && checks_.group_of[static_cast<size_t>(id)] >= 0; }
  void load_window();
  void access_modelled(NodeId id, Gp base, int32_t offset, const std::function<void(const Mem& at)>& use,
                       const std::function<void(Label stub, Label back)>& slow);
  void find_entry(const Gp& va);
  [[nodiscard]] std::span<const Kept> noted_times() const noexcept;
  void take_addend(bool is_write, Gp to, const Label& stub, const CheckGroup* group = nullptr);
  [[nodiscard]] Gp time_now(const Gp& scratch, int pending);
  void fetch_lines(const IrInsn& insn);
  void unfetch(const IrInsn& insn);
  [[nodiscard]] uint32_t line_number(int line) const noexcept;
  [[nodiscard]] uint32_t unit_shift() const noexcept;
  [[nodiscard]] uint32_t entry_shift() const noexcept;
  [[nodiscard]] int32_t unit_tag() const noexcept { return -(int32_t{1} << unit_shift()); }
  void copy_x(Gp to, unsigned reg);
  void set_x(unsigned reg, Gp from);
  [[nodiscard]] bool emit_zero_block(const IrInsn& insn, const Label& stub);
  [[nodiscard]] bool emit_supervisor_csr(const IrInsn& insn, const Label& stub);
  [[nodiscard]] bool emit_counter_read(const IrInsn& insn, const Label& stub);
  [[nodiscard]] bool emit_fp_csr(const IrInsn& insn, const Label& stub);
  void restore_window();
  void call_row_here(const IrInsn& insn);
  void reload_written(const IrInsn& insn);
  [[nodiscard]] Site* site_here(const IrInsn& insn, Site::Kind kind);
  void call_slow(const Site* site);
  [[nodiscard]] bool address_parts(NodeId id, Gp& base, int32_t& offset);

  // emit_float.cpp
  void set_f(const IrInsn& insn, const Node& n);
  void fp_into(const IrInsn& insn, Xmm to, NodeId id);
  void fp_arithmetic(Xmm to, const Node& n);
  void fp_fused(Xmm to, const Node& n);
  void fp_sign(Xmm to, const Node& n);
  void fp_extreme(Xmm to, const Node& n);
  void fp_from_int(Xmm to, const Node& n);
  void fp_to_x(Gp to, const Node& n);
  void fp_to_int(Gp to, const Node& n);
  [[nodiscard]] Xmm fp_in_register(NodeId id);
  void require_fp(const IrInsn& insn);
  void mend_nan(Xmm value, FpFormat format);
  void expect_nan(Xmm value, FpFormat format);
  void settle_nan();
  [[nodiscard]] bool may_wait(const IrInsn& insn, const Node& effect) const;
  [[nodiscard]] Mem constant(uint64_t bits, uint64_t upper = 0);  // 16 bytes

  // Places
  [[nodiscard]] Mem x_memory(unsigned n) const;
  [[nodiscard]] Mem f_memory(unsigned n) const;
  [[nodiscard]] bool has_home(unsigned n) const { return homes_->x[n] >= 0; }
  [[nodiscard]] Gp x_home(unsigned n) const { return gp64(homes_->x[n]); }
  [[nodiscard]] const Node& node(NodeId id) const { return region_.nodes[static_cast<size_t>(id)]; }
  [[nodiscard]] bool is_const32(NodeId id, int64_t* value = nullptr) const;
  // Temporaries last until the end of the effect that takes them.
  [[nodiscard]] Gp take();
  Gp take(Gp which);
  [[nodiscard]] Xmm take_xmm();
  void release() { taken_ = 0, taken_xmm_ = 0; }
  void later(std::function<void()> f) {
    cold_.push_back([this, homes = homes_, f = std::move(f)] {
      homes_ = homes;
      f();
    });
  }
  // The same with the state of now.
  void later_here(std::function<void()> f);

  Assembler a;
  const Region& region_;
  const std::vector<Homes>& all_homes_;  // by zone
  const Homes* homes_;                   // of the current block
  const Flow& flow_;
  const Checks& checks_;
  std::function<Site*()> new_site_;
  std::function<size_t()> new_exit_;

  std::vector<Entry> entries_;
  std::vector<PendingExit> exits_;
  std::vector<Address> addresses_;
  std::vector<Label> insn_labels_;
  std::vector<Label> block_labels_;
  std::vector<WindowAccess> window_accesses_;
  Label blocks_end_;
  Tallies* tallies_ = nullptr;
  std::vector<State> at_end_;
  std::vector<FpFacts> fp_at_start_;  // by block
  std::vector<std::function<void()>> cold_;
  std::vector<std::pair<uint64_t, Label>> constants_;
  State state_;
  uint32_t insn_ = 0;        // index of the current instruction
  size_t block_ = 0;
  Label back_;               // of the access that reach() prepared
  Label leave_here_;         // valid: leave_here() was asked for
  Label window_stub_;        // valid: the access is one to the window
  bool is_windowed_ = false;
  ModelView model_;
  bool is_window_lost_ = false;  // r11 was taken for a value, of which taken_ may tell no more
  WindowHalf half_ = WindowHalf::kLower;
  int8_t waiting_nan_ = -1;  // xmm register of a result whose test for a NaN is to come, or -1
  FpFormat waiting_format_ = FpFormat::kDouble;
  unsigned taken_ = 0, taken_xmm_ = 0;
};

}  // namespace rvx::jit
