// Loops and functions within a region: how often its blocks run, which belong together, and where returns lead.
#include "jit/find_loops.hpp"

#include <algorithm>
#include <bitset>
#include <utility>

namespace rvx::jit {
namespace {

using Blocks = std::bitset<kMostBlocks>;

const isa::Insn& last_of(const Region& region, const IrBlock& block) { return region.insns[block.end - 1].insn; }

// Where a call most likely leads, by index, or -1.
int callee(const IrBlock& block) {
  if (block.how == BlockEnd::kJump) return block.taken.block;
  return block.likely_count != 0 ? block.likely[0] : -1;
}

// Back to where register `link` says, as functions end.
bool is_return(const Region& region, const IrBlock& block, unsigned link) {
  if (block.how != BlockEnd::kIndirect) return false;
  const isa::Insn& insn = last_of(region, block);
  return insn.rd == 0 && insn.rs1 == link && insn.imm == 0;
}

struct Loop {
  size_t header;
  Blocks body;
};

class Finder {
 public:
  explicit Finder(Region& region) : region_(region), count_(region.blocks.size()), successors_(count_), predecessors_(count_) {}

  void run() {
    // Within functions a call goes on behind it.
    for (size_t b = 0; b < count_; ++b) {
      const IrBlock& block = region_.blocks[b];
      if (is_call(region_, block)) {
        if (block.behind >= 0) connect(b, static_cast<size_t>(block.behind));
      } else if (block.how != BlockEnd::kIndirect) {
        for_each_successor(block, [&](size_t to) { connect(b, to); });
      }
    }
    for (size_t b = 0; b < count_; ++b)
      if (is_call(region_, region_.blocks[b]) && callee(region_.blocks[b]) >= 0) calls_.push_back(b);
    find_all_loops();
    place_functions();
    // The calls that run most often come first: returns remember few.
    std::sort(calls_.begin(), calls_.end(), [&](size_t a, size_t b) {
      const unsigned depth_a = region_.blocks[a].loop_depth, depth_b = region_.blocks[b].loop_depth;
      return depth_a != depth_b ? depth_a > depth_b : a < b;
    });
    for (const size_t from : calls_) link_returns(from);
    turn_loops();
  }

 private:
  void connect(size_t from, size_t to) {
    successors_[from].push_back(to);
    predecessors_[to].push_back(from);
  }

  Blocks reached_from(size_t start) const {
    Blocks seen;
    std::vector<size_t> stack{start};
    while (!stack.empty()) {
      const size_t at = stack.back();
      stack.pop_back();
      if (seen[at]) continue;
      seen[at] = true;
      for (const size_t to : successors_[at]) stack.push_back(to);
    }
    return seen;
  }

  // Natural loops: a way back to a block that all ways from the function's start lead through.
  void find_all_loops() {
    Blocks is_root, reached;
    const auto start_at = [&](size_t b) {
      is_root[b] = true;
      reached |= reached_from(b);
    };
    start_at(0);
    for (const size_t from : calls_) start_at(static_cast<size_t>(callee(region_.blocks[from])));
    // And where control comes from outside alone, as behind an instruction of the interpreter's.
    for (size_t b = 0; b < count_; ++b)
      if (!reached[b]) start_at(b);
    std::vector<Blocks> dominators(count_, Blocks().set());
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t b = 0; b < count_; ++b) {
        Blocks all;
        if (!is_root[b]) {
          all.set();
          for (const size_t from : predecessors_[b]) all &= dominators[from];
        }
        all[b] = true;
        if (all == dominators[b]) continue;
        dominators[b] = all;
        changed = true;
      }
    }
    for (size_t b = 0; b < count_; ++b) {
      for (const size_t header : successors_[b]) {
        if (!dominators[b][header]) continue;
        auto loop = std::find_if(loops_.begin(), loops_.end(), [&](const Loop& known) { return known.header == header; });
        if (loop == loops_.end()) loop = loops_.insert(loop, {header, Blocks()});
        loop->body[header] = true;
        std::vector<size_t> stack{b};
        while (!stack.empty()) {
          const size_t at = stack.back();
          stack.pop_back();
          if (loop->body[at]) continue;
          loop->body[at] = true;
          for (const size_t from : predecessors_[at]) stack.push_back(from);
        }
      }
    }
    // Outer ones first.
    std::sort(loops_.begin(), loops_.end(), [](const Loop& a, const Loop& b) {
      return a.body.count() != b.body.count() ? a.body.count() > b.body.count() : a.header < b.header;
    });
  }

  // A zone for each function and for each of its loops, inside those around them.
  void place_functions() {
    struct Function {
      size_t start;
      int caller;  // zone, or -1
      unsigned depth;
    };
    std::vector<Function> waiting{{0, -1, 0}};
    Blocks placed;
    const auto place = [&](const Function& function) {
      const Blocks body = reached_from(function.start) & ~placed;
      placed |= body;
      const auto root = static_cast<int>(region_.zones.size());
      region_.zones.push_back({function.caller, function.depth, false});
      for (size_t b = 0; b < count_; ++b) {
        if (!body[b]) continue;
        region_.blocks[b].zone = static_cast<unsigned>(root);
        region_.blocks[b].loop_depth = function.depth;
      }
      for (const Loop& loop : loops_) {
        if (!body[loop.header]) continue;
        const unsigned outer = region_.blocks[loop.header].zone;
        const auto zone = static_cast<unsigned>(region_.zones.size());
        const unsigned depth = region_.zones[outer].loop_depth + 1;
        region_.zones.push_back({static_cast<int>(outer), depth, true});
        for (size_t b = 0; b < count_; ++b) {
          if (!(loop.body & body)[b]) continue;
          region_.blocks[b].zone = zone;
          region_.blocks[b].loop_depth = depth;
        }
      }
      // What it calls, where it calls that most often.
      for (size_t b = 0; b < count_; ++b) {
        const IrBlock& block = region_.blocks[b];
        if (!body[b] || !is_call(region_, block) || callee(block) < 0) continue;
        const auto start = static_cast<size_t>(callee(block));
        const auto known = std::find_if(waiting.begin(), waiting.end(), [&](const Function& f) { return f.start == start; });
        if (known == waiting.end()) waiting.push_back({start, static_cast<int>(block.zone), block.loop_depth});
        else if (!placed[start] && known->depth < block.loop_depth) *known = {start, static_cast<int>(block.zone), block.loop_depth};
      }
    };
    for (size_t i = 0; i < waiting.size(); ++i) {
      const Function function = waiting[i];
      if (!placed[function.start]) place(function);
    }
    // Places behind calls whose function is elsewhere, for instance.
    for (size_t b = 0; b < count_; ++b)
      if (!placed[b]) place({b, -1, 0});
  }

  void link_returns(size_t from) {
    const IrBlock& caller = region_.blocks[from];
    if (caller.behind < 0) return;
    const unsigned link = last_of(region_, caller).rd;
    const Blocks body = reached_from(static_cast<size_t>(callee(caller)));
    for (size_t b = 0; b < count_; ++b) {
      IrBlock& block = region_.blocks[b];
      if (body[b] && is_return(region_, block, link) && block.likely_count < kMostLikely) block.likely[block.likely_count++] = caller.behind;
    }
  }

  // Loops that test at their start and jump back there test at their end instead: one jump less in each round.
  void turn_loops() {
    std::vector<size_t> order(count_);
    for (size_t b = 0; b < count_; ++b) order[b] = b;
    for (const Loop& loop : loops_) {
      const IrBlock& header = region_.blocks[loop.header];
      const auto stays = [&](const Place& place) { return place.block >= 0 && loop.body[static_cast<size_t>(place.block)]; };
      if (header.how != BlockEnd::kBranch || stays(header.taken) == stays(header.next)) continue;
      const auto start = std::find(order.begin(), order.end(), loop.header);
      for (const size_t from : predecessors_[loop.header]) {
        const IrBlock& last = region_.blocks[from];
        const bool jumps_back = last.how == BlockEnd::kFall || (last.how == BlockEnd::kJump && !is_call(region_, last));
        const auto end = std::find(order.begin(), order.end(), from);
        if (!jumps_back || !loop.body[from] || end <= start) continue;
        std::rotate(start, start + 1, end + 1);
        break;
      }
    }
    std::vector<int> place_of(count_);
    std::vector<IrBlock> blocks;
    for (const size_t b : order) {
      place_of[b] = static_cast<int>(blocks.size());
      blocks.push_back(region_.blocks[b]);
    }
    const auto move = [&](int& block) {
      if (block >= 0) block = place_of[static_cast<size_t>(block)];
    };
    for (IrBlock& block : blocks) {
      move(block.taken.block);
      move(block.next.block);
      move(block.behind);
      for (size_t i = 0; i < block.likely_count; ++i) move(block.likely[i]);
    }
    region_.blocks = std::move(blocks);
  }

  Region& region_;
  size_t count_;
  std::vector<std::vector<size_t>> successors_, predecessors_;
  std::vector<size_t> calls_;
  std::vector<Loop> loops_;
};

}  // namespace

void find_loops(Region& region) { Finder(region).run(); }

}  // namespace rvx::jit
