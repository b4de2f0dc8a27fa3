// Writes a block with what loads its state before and stores it after.
#include <cstddef>

#include "cli/fuzz/fp_values.hpp"
#include "tests/vectors/blocks.hpp"

namespace rvx::vectors {
namespace {

constexpr int32_t kFcsr = 3;
constexpr int32_t kFirstF = 31;  // word of f0
constexpr int32_t kFcsrWord = 63;
constexpr uint32_t kInBytes = 8 * kStateWords;
constexpr uint32_t kOutBytes = kVectorsRecordHead + kInBytes;
constexpr uint64_t kHeader = kVectorsImage;

class BlockWriter {
 public:
  BlockWriter(const Block& block, size_t limit, const isa::IsaConfig& isa)
      : block_(block), count_(std::min(limit, block.items.size())), isa_(isa) {
    // Two registers for the code around the block; their state is loaded last.
    while (temp_ == block.anchor) ++temp_;
    other_ = static_cast<uint8_t>(temp_ + 1);
    while (other_ == block.anchor) ++other_;
  }

  BlockCode write(uint64_t address) {
    Assembler a(address);
    a.load_from(block_.anchor, kHeader + offsetof(VectorsHeader, out));
    const uint64_t loop = a.here();
    load_state(a);
    BlockCode code;
    code.head.insn = a.here();
    place_items(a.here());
    for (size_t i = 0; i < count_; ++i) write_item(a, block_.items[i]);
    code.head.insn_end = a.here();
    store_state(a);
    go_on(a, loop);
    code.bytes = a.bytes();
    code.head.entry = address;
    code.head.in_bytes = kInBytes;
    code.head.out_bytes = kOutBytes;
    code.head.out_register = block_.anchor;
    code.head.is_block = 1;
    code.head.fs = 3;
    return code;
  }

 private:
  [[nodiscard]] bool has_f() const { return isa_.has(isa::Ext::kF); }
  [[nodiscard]] bool has_d() const { return isa_.has(isa::Ext::kD); }
  static Reg x(unsigned index) { return {Reg::File::kX, static_cast<uint8_t>(index)}; }
  static Reg f(unsigned index) { return {Reg::File::kF, static_cast<uint8_t>(index)}; }

  void load_state(Assembler& a) const {
    a.load_from(temp_, kHeader + offsetof(VectorsHeader, in));
    if (has_f()) {
      a.put(Op::ld, other_, temp_, 0, 8 * kFcsrWord);
      a.put(Op::csrrw, 0, other_, 0, kFcsr);
      for (int32_t i = 0; i < 32; ++i) {
        a.load(f(static_cast<unsigned>(i)), temp_, 8 * (kFirstF + i), has_d());
      }
    }
    for (uint8_t i = 1; i < 32; ++i) {
      if (i != block_.anchor && i != temp_) a.load(x(i), temp_, 8 * (i - 1));
    }
    a.load(x(temp_), temp_, 8 * (temp_ - 1));
    for (const Block::Pointer& pointer : block_.pointers) load_constant(a, pointer);
  }

  // The sandbox is near; nowhere is not.
  static void load_constant(Assembler& a, const Block::Pointer& pointer) {
    if (pointer.address >> 32 == 0) return a.load_address(pointer.reg, pointer.address);
    constexpr unsigned kShift = 48;  // nowhere has few bits
    a.put(Op::addi, pointer.reg, 0, 0, static_cast<int32_t>(pointer.address >> kShift));
    a.put(Op::slli, pointer.reg, pointer.reg, 0, kShift);
    a.add_imm(pointer.reg, static_cast<int32_t>(pointer.address & 0xffff));
  }

  void store_state(Assembler& a) const {
    for (uint8_t i = 1; i < 32; ++i) {
      if (i != block_.anchor) a.store(x(i), block_.anchor, kVectorsRecordHead + 8 * (i - 1));
    }
    if (!has_f()) return;
    for (int32_t i = 0; i < 32; ++i) {
      a.store(f(static_cast<unsigned>(i)), block_.anchor, kVectorsRecordHead + 8 * (kFirstF + i),
              has_d());
    }
    a.put(Op::csrrs, temp_, 0, 0, kFcsr);
    a.put(Op::sd, 0, block_.anchor, temp_, kVectorsRecordHead + 8 * kFcsrWord);
  }

  void go_on(Assembler& a, uint64_t loop) const {
    a.load_from(temp_, kHeader + offsetof(VectorsHeader, in));
    a.put(Op::addi, temp_, temp_, 0, kInBytes);
    a.load_address(other_, kHeader + offsetof(VectorsHeader, in));
    a.put(Op::sd, 0, other_, temp_, 0);
    a.put(Op::addi, block_.anchor, block_.anchor, 0, kOutBytes);
    a.load_from(other_, kHeader + offsetof(VectorsHeader, end));
    a.branch(Op::bne, temp_, other_, loop);
    a.load_from(temp_, kHeader + offsetof(VectorsHeader, exit));
    a.put(Op::jalr, 0, temp_, 0);
  }

  void place_items(uint64_t address) {
    addresses_.clear();
    for (size_t i = 0; i < count_; ++i) {
      addresses_.push_back(address);
      for (const Insn& insn : block_.items[i].insns) address += insn.length;
    }
    if (!isa_.has(isa::Ext::kZca)) address = (address + 3) & ~uint64_t{3};
    addresses_.push_back(address);
  }

  void write_item(Assembler& a, const BlockItem& item) const {
    if (item.target < 0) {
      for (const Insn& insn : item.insns) a.put_bits(insn.bits, insn.length);
      return;
    }
    const uint64_t target = addresses_[std::min(static_cast<size_t>(item.target), count_)];
    Insn jump = item.insns.back();
    if (item.is_far) {
      a.load_address(jump.rs1, target);
      a.put_bits(jump.bits, jump.length);
      return;
    }
    const auto offset = static_cast<int32_t>(target - a.here());
    jump.imm = offset;
    const Insn result = isa::decode(isa::encode(jump), isa_);
    if (result.row == jump.row && result.imm == offset)
      return a.put_bits(result.bits, result.length);
    // Too far for it.
    constexpr uint32_t kNop = 0x13, kShortNop = 1;
    a.put_bits(jump.length == 2 ? kShortNop : kNop, jump.length);
  }

  const Block& block_;
  size_t count_;
  const isa::IsaConfig& isa_;
  uint8_t temp_ = 5;
  uint8_t other_ = 6;
  std::vector<uint64_t> addresses_;  // of items, and of the end
};

}  // namespace

BlockCode write_block(const Block& block, size_t limit, uint64_t address,
                      const isa::IsaConfig& isa) {
  return BlockWriter(block, limit, isa).write(address);
}

std::vector<uint64_t> random_states(unsigned count, uint64_t seed) {
  using namespace isa::fp;
  std::mt19937_64 random(seed);
  fuzz::RandomValues<F64> doubles(seed);
  fuzz::RandomValues<F32> singles(seed);
  fuzz::RandomValues<F16> halves(seed);
  std::vector<uint64_t> words;
  for (unsigned n = 0; n < count; ++n) {
    for (int i = 0; i < 31; ++i) words.push_back(random() % 2 != 0 ? random() : doubles.integer());
    for (int i = 0; i < 32; ++i) {
      switch (random() % 4) {
        case 0: words.push_back(box<F16>(halves.next())); break;
        case 1: words.push_back(box<F32>(singles.next())); break;
        case 2: words.push_back(doubles.next()); break;
        default: words.push_back(box<F32>(F32::power_of_two(static_cast<int>(random() % 8) - 4)));
      }
    }
    words.push_back(random() % 32 | random() % 5 << 5);
  }
  return words;
}

}  // namespace rvx::vectors
