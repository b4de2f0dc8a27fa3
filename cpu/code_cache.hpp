// Predecoded code: blocks of 16-byte ops by physical page, and their invalidation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cpu/hart.hpp"
#include "cpu/safe_points.hpp"

// Handlers hand over to each other by tail calls where the compiler guarantees them; elsewhere each
// returns to a loop. See docs/one-body-two-engines.md for what was measured.
// (A sanitizer's stack frames do not go with preserve_none.)
#if defined(__SANITIZE_ADDRESS__)
#define RVX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RVX_SANITIZED 1
#endif
#endif
#if defined(__clang__) && !defined(RVX_SANITIZED) && __has_cpp_attribute(clang::musttail) && \
    __has_cpp_attribute(clang::preserve_none)
#define RVX_TAIL_CALLS 1
#define RVX_HANDLER_ABI __attribute__((preserve_none))
#else
#define RVX_TAIL_CALLS 0
#define RVX_HANDLER_ABI
#endif

namespace rvx {

class HotCode;
struct PreOp;

// `base` is the virtual address of the page that the block starts in; `left` how many instructions may
// still retire before the block's end must hand control back, less kMaxBlock. Both count from the
// start of the block: a block adds its own length at its end. `tlb` is s->view.data.
using Handler = void RVX_HANDLER_ABI (*)(HartState* s, const PreOp* op, uint64_t base, int64_t left, const DataTlb* tlb);

// A block's longest stretch in instructions: it is entered only with room for that many.
inline constexpr int64_t kMaxBlock = 64;

// One predecoded instruction. imm is as in isa::Insn, but relative to the start of the block's page
// where it is relative to the pc (auipc, branches, jal): so nothing is added up on the way. rd is kSinkRegister for x0.
struct PreOp {
  Handler handler;
  int32_t imm;
  uint8_t rd;
  uint8_t rs1;
  uint8_t rs2;
  uint8_t length;  // bytes of guest code (0 in pseudo-ops, which retire nothing) | kEndsBlock
};
static_assert(sizeof(PreOp) == 16);

inline constexpr uint8_t kEndsBlock = 0x80;  // in PreOp::length: a Link follows

// Follows each op that ends a block. Where it goes next, once known.
struct Link {
  const PreOp* target[2];  // [0] branch taken or jump, [1] fall through; not yet known: the stub below
  union {
    CodePage* page[2];  // the page a target in another page must still be mapped to
    struct {
      uint64_t pc;          // indirect jumps: where target[0] is,
      uint64_t generation;  // while HostTlbView::fetch_generation is this
    } indirect;
  };
  uint32_t bits;           // the encoding
  uint16_t op;             // isa::Op
  uint16_t end;            // of the instruction after the block, from the start of the page, bytes
  int64_t count;           // instructions in the block
  PreOp stub[2];           // pseudo-ops that look a successor up and enter it in target[]
};
inline constexpr unsigned kLinkSlots = 5;
static_assert(sizeof(Link) == kLinkSlots * sizeof(PreOp));

[[nodiscard]] inline Link& link_of(const PreOp* op) noexcept {
  return *reinterpret_cast<Link*>(const_cast<PreOp*>(op + 1));
}

// The code of one physical page of RAM.
struct CodePage {
  static constexpr unsigned kEntries = kPageSize / 2;
  uint64_t physical = 0;   // address of its first byte
  uint64_t lines = 0;      // which 64-byte lines hold instructions that were predecoded
  bool is_held = false;    // stores to those lines are told to the code cache
  uint32_t entry[kEntries] = {};  // by (address >> 1) in the page: index of a block's first op, 0 = none
  std::vector<uint32_t> heads;    // every block that holds bytes of this page
};

// The predecoded code of one hart, of its own so that running it takes no locks. Ops are never moved
// or reused before flush(), so that an engine may finish a block which has just been dropped.
//
// All but code_changed() is for the hart's thread, or for one that acts for it (SafePoints).
class CodeCache final : public CodeHolder {
 public:
  CodeCache(Hart& hart, SafePoints& safe_points, size_t capacity_bytes = size_t{32} << 20);
  ~CodeCache() override;
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  // Let each block count its runs for a second tier, and tell it what is dropped. Before any block is built.
  void attach(HotCode& hot);

  // The page that holds `physical`, made on first use.
  [[nodiscard]] CodePage& page_for(uint64_t physical);

  // The page that va is fetched from, from now on in the fetch TLB; nullptr: it faults or cannot be kept.
  [[nodiscard]] CodePage* page_at(uint64_t va);

  // The block at virtual address va, which lies in `page`, predecoded on first use: from then on
  // stores to its bytes are seen. May wait for other harts.
  [[nodiscard]] const PreOp* block(CodePage& page, uint64_t va);

  [[nodiscard]] const PreOp* at(uint32_t index) const noexcept { return base_ + index; }

  // CodeHolder
  void code_changed(uint64_t page, unsigned by) noexcept override;
  // Forget the blocks with bytes of the RAM page at `page`.
  void drop_page(uint64_t page) noexcept;
  // Forget everything. Only while no engine runs this hart.
  void flush() noexcept;
  // Full enough that the next safe point should flush.
  [[nodiscard]] bool wants_flush() const noexcept;

  // A block of at most `count` instructions (one where its fetch cannot be cached) outside the
  // cache, followed by a stop. Valid until the next call. nullptr: the fetch faulted, see port().fault().
  [[nodiscard]] const PreOp* scratch_block(uint64_t va, unsigned count);

  struct Counters {
    uint64_t blocks = 0;
    uint64_t instructions = 0;  // predecoded
    uint64_t dropped_pages = 0;
    uint64_t flushes = 0;

    Counters& operator+=(const Counters& other) noexcept {
      blocks += other.blocks;
      instructions += other.instructions;
      dropped_pages += other.dropped_pages;
      flushes += other.flushes;
      return *this;
    }
  };
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] size_t bytes_used() const noexcept;

 private:
  struct Builder;
  [[nodiscard]] uint32_t allocate(size_t slots);
  void hold(CodePage& page) noexcept;
  [[nodiscard]] uint16_t read_half(CodePage& page, uint64_t offset) noexcept;

  Hart& hart_;
  SafePoints& safe_points_;
  PhysicalMemory& memory_;
  PreOp* base_ = nullptr;
  size_t capacity_ = 0;    // slots
  size_t soft_limit_ = 0;  // slots
  size_t next_ = 1;        // 0 means none
  HotCode* hot_ = nullptr;
  int32_t threshold_ = 0;  // 0: blocks do not count
  bool observes_events_ = false;  // see HartEnvironment
  CodePage** pages_ = nullptr;  // by RAM page; mmap'd, committed on touch
  size_t pages_size_ = 0;
  std::vector<CodePage*> owned_;
  std::vector<PreOp> scratch_;
  Counters counters_;
};

}  // namespace rvx
