// Compares random blocks.
#include "block_report.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cpu/isa/decode.hpp"

namespace rvx::vectors {
namespace {

constexpr unsigned kPoolStates = 256;

struct Placed {
  Block block;
  VectorsCase head;
};

// Adds blocks to an image that has the states already.
class BlockProgram {
 public:
  BlockProgram(const BlockOptions& options, const isa::IsaConfig& isa)
      : options_(options), isa_(isa), image_(std::make_unique<Image>()) {
    image_->is_paged = options.is_paged;
    states_ = image_->data.append(random_states(kPoolStates, options.seed));
  }

  // Where there is room, or where it was in another program.
  VectorsCase add(const Block& block, size_t limit, unsigned first_state,
                  std::optional<uint64_t> address) {
    const size_t size = write_block(block, limit, image_->code.start(), isa_).bytes.size();
    const uint64_t at = address ? *address : image_->code.allocate((size + 1) & ~size_t{1});
    BlockCode code = write_block(block, limit, at, isa_);
    image_->code.write(at, code.bytes);
    code.head.in = states_ + uint64_t{first_state} * kStateWords * 8;
    code.head.count = options_.states;
    cases_.push_back(code.head);
    groups_.push_back({static_cast<uint32_t>(groups_.size()), 1});
    return code.head;
  }
  const Image& finish() {
    image_->set_tables(groups_, cases_);
    return *image_;
  }

 private:
  const BlockOptions& options_;
  const isa::IsaConfig& isa_;
  std::unique_ptr<Image> image_;
  uint64_t states_ = 0;
  std::vector<VectorsGroup> groups_;
  std::vector<VectorsCase> cases_;
};

std::string word_name(size_t word) {  // of a record, after the index of the case
  constexpr size_t kHead = kVectorsRecordHead / 8;
  if (word == 0) return "trap";
  if (word < kHead) return "traps";
  word -= kHead;
  if (word < 31) return isa::x_name(static_cast<unsigned>(word + 1));
  if (word < 63) return isa::f_name(static_cast<unsigned>(word - 31));
  return "fcsr";
}

class Reducer {
 public:
  Reducer(const BlockOptions& options, const isa::IsaConfig& isa, Oracle& ours, Oracle& theirs)
      : options_(options), isa_(isa), ours_(ours), theirs_(theirs) {}

  // `whole` runs the program of all blocks, in which this one is number `index`.
  void explain(const Placed& placed, unsigned first_state, const Runner& whole,
               uint64_t index) const {
    for (size_t limit = 1; limit <= placed.block.items.size(); ++limit) {
      BlockProgram program(options_, isa_);
      program.add(placed.block, limit, first_state, placed.head.entry);
      const Runner runner(program.finish(), options_.driver, options_.scratch);
      if (runner.groups(ours_).at(0) == runner.groups(theirs_).at(0)) continue;
      print_items(placed, limit);
      print_difference(runner, 0, true);
      return;
    }
    print_items(placed, placed.block.items.size());
    fmt::print("  does not differ when it runs alone\n");
    print_difference(whole, index, false);
  }

 private:
  void print_items(const Placed& placed, size_t limit) const {
    for (const Block::Pointer& p : placed.block.pointers) {
      fmt::print("  {} = {:#x}\n", isa::x_name(p.reg), p.address);
    }
    const BlockCode code = write_block(placed.block, limit, placed.head.entry, isa_);
    for (uint64_t pc = code.head.insn; pc < code.head.insn_end;) {
      uint32_t bits = 0;
      std::memcpy(&bits, &code.bytes[pc - code.head.entry], sizeof bits);
      fmt::print("  {:x}: {}\n", pc, isa::disassemble(bits, isa_));
      pc += isa::decode(bits, isa_).length;
    }
  }

  void print_difference(const Runner& runner, uint64_t index, bool is_alone) const {
    const Records a = runner.records(ours_, index, is_alone);
    const Records b = runner.records(theirs_, index, is_alone);
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      if (a[i] == b[i]) continue;
      for (size_t word = 1; word < std::min(a[i].size(), b[i].size()); ++word) {
        if (a[i][word] == b[i][word]) continue;
        fmt::print("  state {}: {} {:#x} here, {:#x} on {}\n", i, word_name(word - 1), a[i][word],
                   b[i][word], theirs_.name());
      }
      break;
    }
    const Records ours = runner.memory(ours_, index, is_alone);
    const Records theirs = runner.memory(theirs_, index, is_alone);
    for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
      if (ours[i] == theirs[i]) continue;
      fmt::print("  memory at {:#x}: {:#x} here, {:#x} on {}\n", ours[i][0], ours[i][1],
                 theirs[i][1], theirs_.name());
    }
  }

  const BlockOptions& options_;
  const isa::IsaConfig& isa_;
  Oracle& ours_;
  Oracle& theirs_;
};

}  // namespace

BlockVerdict compare_blocks(const BlockOptions& options, const isa::IsaConfig& isa,
                            const BlockLimits& limits, Oracle& ours, Oracle& theirs) {
  BlockMaker maker(isa, limits, options.seed);
  BlockProgram program(options, isa);
  std::vector<Placed> blocks;
  const auto first_state = [&](size_t index) {
    return static_cast<unsigned>(index * 7 % (kPoolStates - options.states));
  };
  for (unsigned i = 0; i < options.blocks; ++i) {
    Block block = maker.make();
    const VectorsCase head = program.add(block, block.items.size(), first_state(i), std::nullopt);
    blocks.push_back({std::move(block), head});
  }
  const Runner runner(program.finish(), options.driver, options.scratch);
  const auto a = runner.groups(ours);
  const auto b = runner.groups(theirs);

  BlockVerdict verdict;
  const Reducer reducer(options, isa, ours, theirs);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const bool is_missing = !a.contains(i) || !b.contains(i);
    if (!is_missing) {
      verdict.runs += a.at(i).records;
      verdict.traps += a.at(i).traps;
    }
    if (!is_missing && a.at(i) == b.at(i) && a.at(i).strays == 0) continue;
    fmt::print("block {} at {:#x} differs{}\n", i, blocks[i].head.entry,
               !is_missing && a.at(i).strays != 0 ? " or was given up" : "");
    if (verdict.failures++ < options.explained)
      reducer.explain(blocks[i], first_state(i), runner, i);
  }
  return verdict;
}

}  // namespace rvx::vectors
