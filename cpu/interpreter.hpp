// The interpreter: runs predecoded blocks; tier 0 and the reference for every other engine.
#pragma once

#include <cstdint>

#include "cpu/code_cache.hpp"
#include "cpu/commit_log.hpp"
#include "cpu/engine.hpp"
#include "cpu/hot_code.hpp"

namespace rvx {

// What handlers reach through HartState::run besides the state itself.
struct InterpreterRun {
  Hart* hart = nullptr;
  CodeCache* code = nullptr;
  HotCode* hot = nullptr;  // the second tier, if there is one
  int64_t until = 0;  // instret at which the engine stops

  // Filled in when a handler gives control back.
  enum class Exit : uint8_t { kLookup, kBudget, kException, kAttention } exit = Exit::kLookup;
  unsigned exception = 0;
  uint64_t exception_value = 0;
  // The instruction at s.pc does not retire: the engine's loop takes this exception.
  void raise(unsigned code, uint64_t value) noexcept {
    exit = Exit::kException;
    exception = code;
    exception_value = value;
  }

  const uint8_t* stored_to_code = nullptr;  // host address; between two handlers
#if !RVX_TAIL_CALLS
  const PreOp* next_op = nullptr;  // nullptr: leave the loop
  uint64_t next_base = 0;
  int64_t next_left = 0;
#endif
};

class Interpreter final : public Engine {
 public:
  // With a second tier `hot`, `code` must know it too (CodeCache::attach).
  explicit Interpreter(CodeCache& code, HotCode* hot = nullptr) : code_(code), hot_(hot) {}

  void run(Hart& hart, uint64_t until) noexcept override;

  // With a log every instruction runs alone and is written down; nullptr ends that.
  void set_log(CommitLog* log) noexcept { log_ = log; }

 private:
  // Take an exception. False: it is one of many in a row without an instruction retired between them.
  bool trap(Hart& hart, unsigned code, uint64_t value) noexcept;

  CodeCache& code_;
  HotCode* hot_;
  CommitLog* log_ = nullptr;
  uint64_t instret_at_trap_ = 0;
  unsigned traps_in_a_row_ = 0;
};

// Where the direct successors of an instruction lie.
enum class Reach : uint8_t {
  kAnywhere,
  kPage,        // all in its own page
  kMisaligned,  // the target is no address of an instruction (no C extension)
};

// The handler a predecoded instruction runs by. Used by the code cache's builder.
[[nodiscard]] Handler handler_for(isa::Op op, Reach reach) noexcept;

// The handler that runs `first` and the op after it, `second`, at one dispatch, or nullptr. `written`
// is the rd of the first, rs1, rs2 and `reach` are the second's. The second op must keep its own handler.
[[nodiscard]] Handler pair_handler_for(isa::Op first, isa::Op second, unsigned written, unsigned rs1, unsigned rs2,
                                       Reach reach) noexcept;

// Handlers of pseudo-ops.
struct PseudoHandlers {
  Handler end_local;   // block ends, next instruction in the same page
  Handler end_cross;   // block ends at the end of its page
  Handler stop;        // scratch blocks: give control back
  Handler dropped;     // the block was forgotten: look its pc up again
  Handler guard;       // first op of an instruction over two pages: is the second still mapped there?
  Handler line;        // the ops behind it are on another line of a modelled cache, RAM's number imm
  Handler count;       // first op of a block: counts its runs in imm, for the second tier
  Handler resolve[2];  // stubs of a Link: look the successor up and remember it
};
[[nodiscard]] const PseudoHandlers& pseudo_handlers() noexcept;

}  // namespace rvx
