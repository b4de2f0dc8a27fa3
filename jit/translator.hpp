// The second tier: translates hot blocks into regions of host code and runs them.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cpu/hart.hpp"
#include "cpu/hot_code.hpp"
#include "jit/arena.hpp"
#include "jit/compile.hpp"
#include "jit/emitter.hpp"
#include "jit/options.hpp"
#include "jit/perf_map.hpp"
#include "jit/report.hpp"
#include "jit/runtime.hpp"
#include "jit/window_faults.hpp"
#include "jit/workshop.hpp"
#include "mmu/physical_memory.hpp"

namespace rvx::jit {

class Translator final : public HotCode {
 public:
  struct Counters {
    uint64_t regions = 0;
    uint64_t shared_regions = 0;      // of them, those that had been compiled already, as a rule for another hart
    uint64_t guest_instructions = 0;  // in regions, some more than once
    uint64_t host_bytes = 0;
    uint64_t dropped_regions = 0;
    uint64_t useless_regions = 0;     // their code had changed before they were compiled
    uint64_t flushes = 0;
    uint64_t changing_pages = 0;      // pages left to the interpreter because their code kept changing
    uint64_t unmerged = 0;            // pages translated again because shared checks did not hold
    uint64_t compile_ns = 0;          // host time
    std::array<uint64_t, static_cast<size_t>(Stage::kCount)> stage_ns{};  // of it, by stage

    Counters& operator+=(const Counters& other) noexcept {
      regions += other.regions;
      shared_regions += other.shared_regions;
      guest_instructions += other.guest_instructions;
      host_bytes += other.host_bytes;
      dropped_regions += other.dropped_regions;
      useless_regions += other.useless_regions;
      flushes += other.flushes;
      changing_pages += other.changing_pages;
      unmerged += other.unmerged;
      compile_ns += other.compile_ns;
      for (size_t i = 0; i < stage_ns.size(); ++i) stage_ns[i] += other.stage_ns[i];
      return *this;
    }
  };

  // For hart number `hart` of those with that workshop, which outlives it. Throws std::bad_alloc.
  Translator(PhysicalMemory& memory, const Options& options, Workshop& workshop, unsigned hart);
  ~Translator() override;

  // "main+0x1c" for a virtual address, or empty.
  std::function<std::string(uint64_t va)> symbol_at;
  // Begins the file of names for perf. False: errno says why.
  [[nodiscard]] bool open_perf_map();

  // With options.report: of the `top` hottest regions in full, for a run of so many nanoseconds of host
  // time and so many instructions.
  [[nodiscard]] std::string report_text(size_t top, uint64_t run_ns, uint64_t instructions) const;

  // HotCode
  [[nodiscard]] int32_t threshold() const noexcept override { return options_.threshold; }
  [[nodiscard]] uint32_t translate(Hart& hart, CodePage& page, uint64_t va) noexcept override;
  void enter(HartState& s, uint32_t handle) noexcept override;
  void drop(uint64_t physical, uint64_t length) noexcept override;
  void flush() noexcept override;
  [[nodiscard]] bool wants_flush() const noexcept override { return arena_.size() - arena_.used() < kReserve; }

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] size_t bytes_used() const noexcept { return arena_.used(); }

  // From now on code is for a machine with a model. All other code must be flushed.
  void attach_model(MemoryPort& port) noexcept { model_ = model_view(port); }

  // For the runtime. Code for va in the hart's current context, entered it into its jump table; or nullptr.
  [[nodiscard]] const void* look_up(HartState& s, uint64_t va) noexcept;
  // The target of `exit`, to which it now jumps by itself; or nullptr.
  [[nodiscard]] const void* resolve(const Exit& exit) noexcept;
  // A shared check does not hold at this site: translate its page again with each access by itself.
  void unmerge(const HartState& s, const Site& site) noexcept;
  // nullptr where there is none.
  [[nodiscard]] Report* report() noexcept { return report_.get(); }
  [[nodiscard]] const Report* report() const noexcept { return report_.get(); }
  // Changes whenever code is dropped.
  [[nodiscard]] uint64_t epoch() const noexcept { return counters_.dropped_regions; }

 private:
  static constexpr size_t kReserve = size_t{256} << 10;  // the largest region is below
  static constexpr size_t kLeast = size_t{16} << 10;

  // What there is for one page of RAM.
  struct Page {
    uint64_t physical = 0;
    CodePage* code = nullptr;     // lives until the next flush
    uint64_t lines = 0;           // 64-byte lines that were translated
    uint64_t retirements = 0;     // of its regions; a region that was found before the last is of no use
    std::bitset<kPageSize / 2> covered;   // instructions that are in a region
    std::array<uint8_t, kPageSize / 2> refused{};  // how often a block there was offered in vain because of that
    std::bitset<kPageSize / 2> pending;  // blocks in regions that are being compiled
    unsigned changes = 0;         // how often its code has been dropped
    uint64_t left_alone_at = 0;   // instret when that was too often, 0 = it is not
    uint32_t entry[kPageSize / 2] = {};  // arena offset of the direct entry, 0 = none
    Kind kind = Kind::kTlb;
    std::vector<uint32_t> leaves;        // pairs: arena offsets of a direct entry and of where it goes when retired
  };

  [[nodiscard]] Page*& page_slot(uint64_t physical, Kind kind) const noexcept {
    return pages_[((physical - ram_base_) >> kPageShift) * std::size(kKinds) + static_cast<size_t>(kind)];
  }
  [[nodiscard]] Kind kind_of(const HartState& s) const noexcept {
    if (model_.is_there) return Kind::kModelled;
    for (const WindowHalf half : {WindowHalf::kLower, WindowHalf::kUpper})
      if (s.view.data->window[static_cast<size_t>(half)] != 0) return kind_for(half);
    return Kind::kTlb;
  }
  struct Found {
    uint32_t direct = 0;  // arena offset of the entry, 0 = none
    Kind kind = Kind::kTlb;
    bool is_best = true;  // better code is not being made at the moment
  };
  // Code for va that the context in force may run: with a window if it has one, and translated anew for that
  // if there is only the other kind.
  [[nodiscard]] Found code_for(HartState& s, uint64_t va) noexcept;
  void warm(HartState& s, int64_t instructions) noexcept;
  void make_thunks();
  [[nodiscard]] bool keeps_changing(Page& page, uint64_t now) noexcept;
  [[nodiscard]] bool claim(std::span<const GuestInsn> insns, Page& page) noexcept;
  // Make what was compiled part of the code, unless it has become useless.
  void place(CompileJob& job) noexcept;
  void place_finished() noexcept;
  [[nodiscard]] std::string name_of(uint64_t va) const;
  void retire(Page& page) noexcept;

  [[nodiscard]] static uint64_t unmerged_key(uint64_t physical, Kind kind) noexcept { return physical | static_cast<uint64_t>(kind); }

  // Of regions that are in the arena: what their code names by its address.
  struct Named {
    std::vector<Homes> homes;  // by zone
    std::vector<Site> sites;
    std::vector<Exit> exits;
  };

  PhysicalMemory& memory_;
  Options options_;
  Workshop& workshop_;
  const unsigned hart_;
  Arena arena_;
  WindowFaults window_faults_;
  uint64_t ram_base_;
  Page** pages_ = nullptr;  // by RAM page; mmap'd, committed on touch
  size_t pages_bytes_;
  std::vector<std::unique_ptr<Page>> owned_;
  std::vector<std::unique_ptr<Named>> named_;
  std::unordered_map<uint64_t, std::vector<uint16_t>> unmerged_;  // offsets of instructions, by unmerged_key()
  std::array<uint64_t, static_cast<size_t>(Routine::kCount)> routines_{};
  std::vector<std::pair<uint64_t, const char*>> thunk_names_;  // by address of their code
  PerfMap perf_map_;
  std::unique_ptr<Report> report_;
  void (*enter_)(HartState* s, const void* code, uint64_t r14) = nullptr;
  size_t after_thunks_ = 0;
  ModelView model_;
  Counters counters_;
};

}  // namespace rvx::jit
