// What generated code and the C++ behind it know of each other.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/hart_state.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/insn.hpp"
#include "cpu/code_cache.hpp"
#include "jit/passes.hpp"
#include "mmu/memory_port.hpp"
#include "mmu/window.hpp"

namespace rvx::jit {

// The host registers of generated code while C++ runs, by number.
struct SavedRegisters {
  std::array<uint64_t, 16> gpr;
  std::array<uint64_t, 16> xmm;  // low halves
};

// A place in generated code that may have to call C++: all that makes the guest's state exact there.
struct Site {
  enum class Kind : uint8_t {
    kLoad,   // the access at va; the value goes to HartState::region_value
    kStore,  // the access at va
    kFill,   // the addend of va's page for the group's range to r11, or out of the region
    kCall,   // the interpreter's body
    kSystem, // a CSR or system instruction or an event, by the interpreter
    kLine,   // the model is told that the line of code with the number va is fetched from
  } kind;
  IrType type;
  bool is_write;        // of kFill
  bool is_floating;     // of kLoad: the destination is f[rd]
  bool is_windowed;     // of kLoad and kStore: the page is wanted in the window
  uint16_t offset;      // of the instruction in its page, bytes
  int16_t retired;      // instructions since r15 was last brought up to date
  uint16_t low, span;   // of kFill: va - low is where the range of `span` bytes starts
  isa::Op op;
  uint32_t bits;        // of kSystem: the encoding
  uint32_t refused;     // how often kFill had to leave, or nothing could be put into the window
  RegSet dirty;         // mapped registers that are newer than HartState's
  uint8_t zone;         // in which it is
  int8_t waiting;       // f register that may hold a NaN of the host's own, or -1; in the format
  FpFormat waiting_format;
  const Homes* homes;   // of that zone, in the region that was placed
  PreOp insn;
};

// What a NaN of the host's own becomes, in a whole register.
[[nodiscard]] constexpr uint64_t canonical_nan(FpFormat f) noexcept {
  using namespace isa::fp;
  return f == FpFormat::kDouble ? F64::kCanonicalNan : box<F32>(F32::kCanonicalNan);
}

// How code reaches memory: through the host TLB alone, or through the context's window on one half of the
// address space; or where the machine has a model, through what the model leaves to it.
enum class Kind : uint8_t { kTlb, kLowerWindow, kUpperWindow, kModelled };
inline constexpr Kind kKinds[] = {Kind::kTlb, Kind::kLowerWindow, Kind::kUpperWindow, Kind::kModelled};
[[nodiscard]] constexpr bool is_window(Kind kind) noexcept { return kind == Kind::kLowerWindow || kind == Kind::kUpperWindow; }
[[nodiscard]] constexpr Kind kind_for(WindowHalf half) noexcept { return half == WindowHalf::kLower ? Kind::kLowerWindow : Kind::kUpperWindow; }
[[nodiscard]] constexpr WindowHalf half_of(Kind window) noexcept { return window == Kind::kLowerWindow ? WindowHalf::kLower : WindowHalf::kUpper; }

// What code needs to know of a model.
struct ModelView {
  bool is_there = false;
  // Lines of caches, as bits of an address within one; 0: it has none.
  unsigned fetch_shift = 0, data_shift = 0;
  uint64_t ram_base = 0;  // lines of code are numbered from there
  // Where hits count, so that their time is noted.
  bool notes_fetch_tlb = false, notes_data_tlb = false, notes_fetch_cache = false, notes_data_cache = false;
  [[nodiscard]] bool notes_data() const noexcept { return notes_data_tlb || notes_data_cache; }
};
// Of the port's model, or of none.
[[nodiscard]] ModelView model_view(MemoryPort& port) noexcept;

// What code for a window compares addresses with: below it those of the lower half, from it on those of the upper one.
[[nodiscard]] constexpr uint64_t window_bound(WindowHalf half) noexcept { return half == WindowHalf::kLower ? kWindowSize : window_start(half); }

// A direct way out of a region, to code of the same kind.
struct Exit {
  size_t patch = 0;        // offset in the arena of the jump's 4-byte displacement
  uint64_t physical = 0;   // of the page, and
  int64_t offset = 0;      // where it leads to from there
  Kind kind = Kind::kTlb;
};

}  // namespace rvx::jit
