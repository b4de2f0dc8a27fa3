// Random straight-line code with forward jumps and traps, and its way into a test program.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "cpu/isa/isa_config.hpp"
#include "tests/vectors/image.hpp"

namespace rvx::vectors {

// Some instructions that stay together; jumps go to the first of another item.
struct BlockItem {
  std::vector<Insn> insns;
  int target = -1;      // item that the last instruction jumps to; the number of items: the end
  bool is_far = false;  // by a register: auipc and addi with the target's address stand before it
};

// Code over a random state. All registers are random except the anchor, which holds the address of
// the record that is written at the end, and the pointers; none of these is written.
struct Block {
  uint8_t anchor = 0;
  struct Pointer {
    uint8_t reg;
    uint64_t address;
  };
  std::vector<Pointer> pointers;
  std::vector<BlockItem> items;
};

// What blocks leave out, because the other machine is known to differ there.
struct BlockLimits {
  std::function<bool(Op row)> is_excluded;
  std::function<bool(Op row)> is_excluded_nowhere;  // at addresses without memory
  std::function<bool(Op row)> is_excluded_rd_zero;
  bool only_good_pages = false;  // where paging is on
};

class BlockMaker {
 public:
  BlockMaker(const isa::IsaConfig& isa, const BlockLimits& limits, uint64_t seed);

  [[nodiscard]] Block make();

 private:
  enum Kind : uint8_t { kCommon, kAlu, kLoad, kStore, kAmo, kFp, kBranch, kJal, kJalr, kKinds };
  using Rows = std::vector<Op>;

  void add_row(Op row);
  void choose_fixed_registers(Block& block);
  [[nodiscard]] BlockItem any_item(Block& block, size_t index, size_t count);
  [[nodiscard]] BlockItem far_jump(const Block& block, int target);
  [[nodiscard]] BlockItem reservation(const Block& block);
  [[nodiscard]] BlockItem csr_access(const Block& block);
  [[nodiscard]] BlockItem trap();
  // A random instruction of one of these rows that leaves the fixed registers alone.
  [[nodiscard]] Insn any_insn(const Block& block, const Rows& rows);
  [[nodiscard]] bool suits(const Block& block, const Insn& insn) const;
  [[nodiscard]] uint8_t any_register(const std::vector<uint8_t>& recent);
  [[nodiscard]] int32_t any_immediate(Op row);
  void remember(const Insn& insn);
  [[nodiscard]] uint64_t below(uint64_t limit) { return random_() % limit; }
  template <class T>
  [[nodiscard]] const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  isa::IsaConfig isa_;
  BlockLimits limits_;
  std::mt19937_64 random_;
  std::array<Rows, kKinds> rows_;
  std::vector<uint8_t> recent_x_,
      recent_f_;  // registers written last: pairs shall depend on each other
};

// States that blocks start from: x1 to x31, f0 to f31, fcsr; kStateWords words each.
inline constexpr unsigned kStateWords = 64;
[[nodiscard]] std::vector<uint64_t> random_states(unsigned count, uint64_t seed);

// The code of a block at `address`, of its first `limit` items only, for a VectorsCase of which
// entry, insn, insn_end, out_register, out_bytes and in_bytes are filled in.
struct BlockCode {
  std::vector<uint8_t> bytes;
  VectorsCase head = {};
};
[[nodiscard]] BlockCode write_block(const Block& block, size_t limit, uint64_t address,
                                    const isa::IsaConfig& isa);

}  // namespace rvx::vectors
