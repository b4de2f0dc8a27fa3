// Makes random blocks from the instruction table.
#include <algorithm>
#include <stdexcept>

#include "cli/fuzz/common_rows.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/isa/operands.hpp"
#include "tests/vectors/blocks.hpp"
#include "tests/vectors/registers.hpp"

namespace rvx::vectors {

using isa::Class;

namespace {

constexpr uint64_t kMiddle = kVectorsSandbox + 2 * 4096;  // memory on both sides
constexpr uint64_t kNowhere = 0x00f0000000000000;
constexpr uint8_t kSp = 2;

bool is_nowhere(uint64_t address) { return address >= kNowhere; }

bool is_atomic(const Insn& insn) { return isa::info(insn.op).cls == Class::kAmo; }

}  // namespace

BlockMaker::BlockMaker(const isa::IsaConfig& isa, const BlockLimits& limits, uint64_t seed)
    : isa_(isa), limits_(limits), random_(seed) {
  for (unsigned i = 1; i < isa::kOpCount; ++i) {
    const Op row = static_cast<Op>(i);
    if (isa::is_enabled(row, isa) && !limits.is_excluded(row)) add_row(row);
  }
  for (const Op row : fuzz::kCommonRows) {
    if (isa::is_enabled(row, isa)) rows_[kCommon].push_back(row);
  }
}

void BlockMaker::add_row(Op row) {
  const auto add = [&](Kind kind) { rows_[kind].push_back(row); };
  switch (isa::info(row).cls) {
    case Class::kAlu:
    case Class::kFence: return add(kAlu);
    case Class::kBranch: return add(kBranch);
    case Class::kJal: return add(kJal);
    case Class::kJalr: return add(kJalr);
    case Class::kLoad:
    case Class::kFpLoad: return add(kLoad);
    case Class::kStore:
    case Class::kFpStore: return add(kStore);
    case Class::kFp: return add(kFp);
    case Class::kAmo: {
      const Op op = isa::info(row).expansion;
      const bool reserves = op == Op::lr_w || op == Op::lr_d || op == Op::sc_w || op == Op::sc_d;
      if (!reserves) add(kAmo);  // these come in pairs: reservation()
      return;
    }
    case Class::kCsr:
    case Class::kSystem: return;
  }
}

Block BlockMaker::make() {
  Block block;
  choose_fixed_registers(block);
  recent_x_ = {1};
  recent_f_ = {0};
  const size_t count = 20 + below(31);
  for (size_t i = 0; i < count; ++i) {
    block.items.push_back(any_item(block, i, count));
    for (const Insn& insn : block.items.back().insns) remember(insn);
  }
  return block;
}

// sp, where compressed instructions find it, one of the registers that short fields can name, and
// in some blocks one that points nowhere.
void BlockMaker::choose_fixed_registers(Block& block) {
  // Near the boundary of two pages. Atomics need the alignment.
  const auto somewhere = [&] {
    static constexpr uint64_t kBoundaries[] = {kMiddle, kMiddle, kMiddle,
                                               kVectorsSandbox + kVectorsSandboxReadOnly,
                                               kVectorsSandbox + kVectorsSandboxAbsent};
    const uint64_t boundary = limits_.only_good_pages ? kMiddle : kBoundaries[below(5)];
    return boundary - 1024 + below(2048 / 16) * 16;
  };
  if (below(4) != 0) block.pointers.push_back({kSp, somewhere()});
  block.pointers.push_back({static_cast<uint8_t>(8 + below(4)), somewhere()});
  if (below(3) == 0)
    block.pointers.push_back({static_cast<uint8_t>(12 + below(4)), kNowhere + 4096});
  const auto is_taken = [&](uint8_t reg) {
    return std::any_of(block.pointers.begin(), block.pointers.end(),
                       [&](const Block::Pointer& p) { return p.reg == reg; });
  };
  do block.anchor = static_cast<uint8_t>(1 + below(31));
  while (is_taken(block.anchor));
}

BlockItem BlockMaker::any_item(Block& block, size_t index, size_t count) {
  const auto plain = [&](Kind kind) {
    return BlockItem{{any_insn(block, rows_[kind])}, -1, false};
  };
  const auto target = [&] {
    return static_cast<int>(std::min<size_t>(index + 1 + below(6), count));
  };
  const uint64_t dice = below(100);
  if (dice < 35) return plain(kCommon);
  if (dice < 52) return plain(kAlu);
  if (dice < 64) return plain(kLoad);
  if (dice < 72) return plain(kStore);
  if (dice < 85) return rows_[kFp].empty() ? plain(kAlu) : plain(kFp);
  if (dice < 88) return rows_[kAmo].empty() ? plain(kAlu) : plain(kAmo);
  if (dice < 89) return reservation(block);
  if (dice < 94) return {{any_insn(block, rows_[kBranch])}, target(), false};
  if (dice < 95) return {{any_insn(block, rows_[kJal])}, target(), false};
  if (dice < 97) return far_jump(block, target());
  if (dice < 99) return csr_access(block);
  return trap();
}

BlockItem BlockMaker::far_jump(const Block& block, int target) {
  while (true) {
    const Insn jump = any_insn(block, rows_[kJalr]);
    if (jump.imm != 0 || jump.rs1 == 0) continue;
    BlockItem item{{}, target, true};
    for (const Op row : {Op::auipc, Op::addi}) {
      Insn insn;
      insn.op = insn.row = row;
      insn.rd = insn.rs1 = jump.rs1;
      insn.length = 4;
      item.insns.push_back(insn);
    }
    item.insns.push_back(jump);
    if (suits(block, item.insns[0])) return item;
  }
}

// LR and SC with at most one instruction between, which is no memory access.
BlockItem BlockMaker::reservation(const Block& block) {
  const bool is_word = below(2) != 0;
  const Op lr = is_word ? Op::lr_w : Op::lr_d;
  const Op sc = is_word ? Op::sc_w : Op::sc_d;
  BlockItem item;
  if (!isa::is_enabled(lr, isa_) || limits_.is_excluded(sc))
    return {{any_insn(block, rows_[kAlu])}, -1, false};
  const Insn load = any_insn(block, {lr});
  // An SC without reservation need not look at its address.
  const auto has_place = [&](const Block::Pointer& p) {
    return p.reg == load.rs1 && p.address < kVectorsSandbox + kVectorsSandboxReadOnly;
  };
  const bool is_somewhere = std::any_of(block.pointers.begin(), block.pointers.end(), has_place);
  item.insns.push_back(load);
  if (!is_somewhere) return item;
  if (below(2) != 0) item.insns.push_back(any_insn(block, rows_[kCommon]));
  Insn store = any_insn(block, {sc});
  store.rs1 = load.rs1;
  store.bits = isa::encode(store);
  item.insns.push_back(store);
  return item;
}

BlockItem BlockMaker::csr_access(const Block& block) {
  constexpr int32_t kFflags = 1, kFrm = 2, kFcsr = 3, kSscratch = 0x140;
  const auto finished = [&](Insn insn) {
    insn.bits = isa::encode(insn);
    return BlockItem{{isa::decode(insn.bits, isa_)}, -1, false};
  };
  if (!isa_.has(isa::Ext::kF) || below(3) == 0) {
    Insn insn =
        any_insn(block, {Op::csrrw, Op::csrrs, Op::csrrc, Op::csrrwi, Op::csrrsi, Op::csrrci});
    insn.imm = kSscratch;
    return finished(insn);
  }
  // Mostly a legal rounding mode.
  Insn insn = any_insn(block, {Op::csrrwi});
  insn.imm = kFrm;
  insn.rs1 = static_cast<uint8_t>(below(5));
  if (below(4) == 0) {
    insn = any_insn(block, {Op::csrrw, Op::csrrs, Op::csrrc, Op::csrrwi});
    insn.imm = below(4) == 0 ? kFcsr : kFflags;
  }
  return finished(insn);
}

BlockItem BlockMaker::trap() {
  static constexpr uint32_t kWriteOfCycle = 0xc0001073;  // csrw cycle, zero
  Insn insn;
  insn.length = 4;
  insn.bits = kWriteOfCycle;
  if (below(3) != 0) {
    const Op row = isa_.has(isa::Ext::kZca) && below(2) != 0 ? Op::c_ebreak
                   : below(2) != 0                           ? Op::ebreak
                                                             : Op::ecall;
    if (!limits_.is_excluded(row)) {
      insn.row = row;
      insn.bits = isa::encode(insn);
      insn.length = isa::info(row).length;
    }
  }
  return {{insn}, -1, false};
}

Insn BlockMaker::any_insn(const Block& block, const Rows& rows) {
  constexpr int kPatience = 100'000;
  for (int tries = 0; tries < kPatience; ++tries) {
    Insn insn;
    insn.row = pick(rows);
    const Op op = isa::info(insn.row).expansion;
    const Roles roles = roles_of(op);
    const auto any = [&](const std::optional<Reg::File>& file) {
      return any_register(file == Reg::File::kF ? recent_f_ : recent_x_);
    };
    insn.rd = any(roles.rd);
    insn.rs1 = any(roles.rs1);
    insn.rs2 = any(roles.rs2);
    insn.imm = any_immediate(insn.row);
    if (roles.rs3) insn.imm = (insn.imm & 7) | any(roles.rs3) << 3;
    if (is_memory(isa::info(op).cls)) insn.rs1 = pick(block.pointers).reg;
    const Insn result = isa::decode(isa::encode(insn), isa_);
    if (result.row == insn.row && suits(block, result)) return result;
  }
  throw std::runtime_error("no instruction suits the block");
}

// Leaves the fixed registers alone, and stays in the sandbox.
bool BlockMaker::suits(const Block& block, const Insn& insn) const {
  const Roles roles = roles_of(insn.op);
  const auto is_fixed = [&](unsigned reg) {
    const auto is_it = [&](const Block::Pointer& p) { return p.reg == reg; };
    return reg == block.anchor || std::any_of(block.pointers.begin(), block.pointers.end(), is_it);
  };
  const bool is_pair = isa::info(insn.op).format == isa::Format::kAmoPair;
  if (roles.rd == Reg::File::kX && (is_fixed(insn.rd) || (is_pair && is_fixed(insn.rd + 1u)))) {
    return false;
  }
  if (!is_memory(isa::info(insn.op).cls)) return true;
  for (const Block::Pointer& p : block.pointers) {
    if (p.reg != insn.rs1) continue;
    if (is_nowhere(p.address) && limits_.is_excluded_nowhere(insn.row)) return false;
    return !(is_atomic(insn) && insn.rd == 0 && limits_.is_excluded_rd_zero(insn.row));
  }
  return false;
}

uint8_t BlockMaker::any_register(const std::vector<uint8_t>& recent) {
  const uint64_t dice = below(100);
  if (dice < 35) return recent.back();
  if (dice < 55) return pick(recent);
  return static_cast<uint8_t>(below(32));
}

int32_t BlockMaker::any_immediate(Op row) {
  const Class cls = isa::info(row).cls;
  if (isa::info(isa::info(row).format).layout.has_rm) {
    const uint64_t mode = below(8);
    return static_cast<int32_t>(mode < 5 ? mode : isa::fp::kDynamic);
  }
  if (cls == Class::kJalr) return 0;
  const auto all = static_cast<int32_t>(random_());
  switch (below(4)) {
    case 0: return all & 0x3f;
    case 1: return static_cast<int32_t>(below(5)) - 2;
    default: return all;
  }
}

void BlockMaker::remember(const Insn& insn) {
  constexpr size_t kMost = 4;
  const Roles roles = roles_of(insn.op);
  if (!roles.rd || insn.op == Op::kIllegal) return;
  std::vector<uint8_t>& recent = *roles.rd == Reg::File::kF ? recent_f_ : recent_x_;
  recent.push_back(insn.rd);
  if (recent.size() > kMost) recent.erase(recent.begin());
}

}  // namespace rvx::vectors
