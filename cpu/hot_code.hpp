// What the interpreter asks of a second tier: to translate blocks that run often, and to run the result.
#pragma once

#include <cstdint>

#include "cpu/hart.hpp"

namespace rvx {

// A region of translated code is entered only with room for this many instructions, and tests its
// budget at least that often.
inline constexpr int64_t kMaxStretch = 512;

class HotCode {
 public:
  virtual ~HotCode() = default;

  // How often a block runs before it is offered.
  [[nodiscard]] virtual int32_t threshold() const noexcept = 0;

  // The block at `va`, in `page`, has run that often. A handle for enter(), or 0: there is none, and
  // after threshold() more runs it is offered again.
  [[nodiscard]] virtual uint32_t translate(Hart& hart, CodePage& page, uint64_t va) noexcept = 0;

  // Run translated code from the start of its block. In: s.region_base is the virtual address of the
  // block's page, s.region_left how many instructions may retire, less kMaxStretch. Out: either
  // InterpreterRun::exit says exception or attention, and s is exact; or it is as before, s.pc is
  // where to go on and s.region_left what is left.
  virtual void enter(HartState& s, uint32_t handle) noexcept = 0;

  // Bytes of RAM in one page are about to change: forget what was made from them.
  virtual void drop(uint64_t physical, uint64_t length) noexcept = 0;
  // Forget everything. Only while no engine runs.
  virtual void flush() noexcept = 0;
  // Full enough that the next safe point should flush.
  [[nodiscard]] virtual bool wants_flush() const noexcept = 0;
};

}  // namespace rvx
