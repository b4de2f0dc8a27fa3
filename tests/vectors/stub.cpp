// Writes the code of a case, and for jumps the places that they go to.
#include "stub.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>

#include "guest/layout.h"

namespace rvx::vectors {
namespace {

constexpr unsigned kFflags = 1;
constexpr uint64_t kFarJumpBytes = 8;
constexpr uint64_t kIndirectDistance = 64;  // between the two targets; jump_pool() knows it

// Where a direct jump stands, and the targets of jumps.
struct Places {
  uint64_t insn = 0;
  std::array<uint64_t, 2> target{};
};

// What the places and labels of a stub are known to be from the pass before; sizes never depend on
// it.
struct Labels {
  uint64_t insn = 0;
  uint64_t fall = 0;
  std::array<uint64_t, 2> arrived{};
};

class Writer {
 public:
  Writer(const CasePlan& plan, uint64_t header, bool has_d)
      : plan_(plan), header_(header), has_d_(has_d) {
    choose_registers();
  }

  // The stub at `address`; fills in `labels`.
  std::vector<uint8_t> write(uint64_t address, const Places& places, Labels& labels) const {
    Assembler a(address);
    a.load_from(in_, header_ + offsetof(VectorsHeader, in));
    a.load_from(out_, header_ + offsetof(VectorsHeader, out));
    a.load_from(end_, header_ + offsetof(VectorsHeader, end));
    const uint64_t loop = a.here();
    prepare(a);
    if (plan_.jump == Jump::kDirect) {
      a.jump_far(base_, places.insn);
    } else {
      if (plan_.jump == Jump::kIndirect) point_to(a, places.target[0]);
      labels.insn = a.here();
      a.put_bits(plan_.insn.bits, plan_.insn.length);
    }
    if (plan_.jump != Jump::kNone) arrive(a, labels);
    keep(a);
    a.add_imm(in_, static_cast<int32_t>(in_bytes()));
    a.add_imm(out_, static_cast<int32_t>(out_bytes()));
    a.branch(Op::bne, in_, end_, loop);
    a.load_from(temp_, header_ + offsetof(VectorsHeader, exit));
    a.put(Op::jalr, 0, temp_, 0);
    return a.bytes();
  }

  // What stands at the places themselves: the way back, so that it is seen where the jump went.
  void write_places(Space& space, const Places& places, const Labels& labels) const {
    const auto way_back = [&](uint64_t at, uint64_t to) {
      Assembler a(at);
      a.jump_far(base_, to);
      space.write(at, a.bytes());
    };
    if (plan_.jump == Jump::kDirect) {
      Assembler a(places.insn);
      a.put_bits(plan_.insn.bits, plan_.insn.length);
      space.write(places.insn, a.bytes());
      if (plan_.can_fall) way_back(a.here(), labels.fall);
    }
    way_back(places.target[0], labels.arrived[0]);
    if (plan_.jump == Jump::kIndirect) way_back(places.target[1], labels.arrived[1]);
  }

  [[nodiscard]] uint8_t out() const noexcept { return out_; }
  [[nodiscard]] uint32_t out_bytes() const {
    const size_t words = plan_.outputs.size() + (plan_.has_memory ? 2 : 0) + (plan_.csr >= 0) +
                         plan_.has_flags + (plan_.jump != Jump::kNone);
    return static_cast<uint32_t>(kVectorsRecordHead + 8 * words);
  }

 private:
  [[nodiscard]] uint32_t in_bytes() const {
    return 8 * (plan_.pool.kind == PoolKey::Kind::kMemory ? kMemoryWords : kRegisterWords);
  }

  // Registers that the instruction does not name, so that none is always spared.
  void choose_registers() {
    uint32_t taken = 1u << plan_.insn.rd | 1u << plan_.insn.rs1 | 1u << plan_.insn.rs2 | 1;
    const auto take = [&](Reg reg) {
      if (reg.file == Reg::File::kX) taken |= 1u << reg.index;
    };
    for (const CasePlan::Input& i : plan_.inputs) take(i.reg);
    for (const Reg& reg : plan_.outputs) take(reg);
    unsigned next = plan_.insn.bits % 31;
    for (uint8_t* reg : {&in_, &out_, &end_, &temp_, &base_}) {
      while (taken >> (next % 32) & 1) ++next;
      *reg = static_cast<uint8_t>(next % 32);
      taken |= 1u << *reg;
    }
  }

  void prepare(Assembler& a) const {
    if (plan_.has_memory) a.put(Op::ld, base_, in_, 0, 8 * kWordBase);
    if (plan_.sets_memory) {
      for (const int i : {0, 1}) {
        a.put(Op::ld, temp_, in_, 0, 8 * (kWordInit0 + i));
        a.put(Op::sd, 0, base_, temp_, 8 * i);
      }
    }
    if (plan_.csr >= 0) {
      a.put(Op::ld, temp_, in_, 0, 8 * kWordRs2);
      a.put(Op::csrrw, 0, temp_, 0, plan_.csr);
    }
    for (const CasePlan::Input& i : plan_.inputs) a.load(i.reg, in_, 8 * i.word, has_d_);
    if (plan_.pool.kind == PoolKey::Kind::kMemory) a.add_imm(plan_.insn.rs1, -address_offset());
    if (plan_.has_flags) a.put(Op::csrrwi, 0, 0, 0, kFflags);
    if (plan_.reserve_bytes != 0) {
      a.put(Op::ld, temp_, in_, 0, 8 * kWordReserve);
      a.put(plan_.reserve_bytes == 4 ? Op::lr_w : Op::lr_d, temp_, temp_, 0);
    }
  }

  // What the instruction adds to rs1.
  [[nodiscard]] int32_t address_offset() const {
    const isa::Class cls = isa::info(plan_.insn.op).cls;
    return cls == isa::Class::kAmo ? 0 : plan_.insn.imm;  // there it is aq and rl
  }

  // rs1 of an indirect jump: its operand is an offset from the first target.
  void point_to(Assembler& a, uint64_t target) const {
    a.load_address(temp_, target - static_cast<uint64_t>(int64_t{plan_.insn.imm}));
    a.put(Op::add, plan_.insn.rs1, plan_.insn.rs1, temp_);
  }

  // The ways into the stub after a jump; temp_ tells which one it was.
  void arrive(Assembler& a, Labels& labels) const {
    constexpr int kAfterBoth = 8;
    labels.fall = a.here();
    a.put(Op::addi, temp_, 0, 0, 0);
    a.jump(a.here() + 4 + 2 * kAfterBoth);
    for (const int i : {0, 1}) {
      labels.arrived[static_cast<size_t>(i)] = a.here();
      a.put(Op::addi, temp_, 0, 0, i + 1);
      a.jump(a.here() + 4 + static_cast<uint64_t>(1 - i) * kAfterBoth);
    }
  }

  void keep(Assembler& a) const {
    int32_t at = kVectorsRecordHead;
    const auto put = [&](Reg reg) {
      a.store(reg, out_, at, has_d_);
      at += 8;
    };
    const Reg temp{Reg::File::kX, temp_};
    if (plan_.jump != Jump::kNone) put(temp);
    for (const Reg& reg : plan_.outputs) put(reg);
    const auto read_csr = [&](unsigned csr) {
      a.put(Op::csrrs, temp_, 0, 0, static_cast<int32_t>(csr));
      put(temp);
    };
    if (plan_.has_flags) read_csr(kFflags);
    if (plan_.csr >= 0) read_csr(static_cast<unsigned>(plan_.csr));
    if (plan_.has_memory) {
      for (const int i : {0, 1}) {
        a.put(Op::ld, temp_, base_, 0, 8 * i);
        put(temp);
      }
    }
  }

  const CasePlan& plan_;
  uint64_t header_;
  bool has_d_;
  uint8_t in_ = 0, out_ = 0, end_ = 0, temp_ = 0, base_ = 0;
};

// A direct jump reaches at most 1 MiB: it stands in the middle of the space.
Places place_direct(const CasePlan& plan, Space& space) {
  const uint64_t length = plan.insn.length + (plan.can_fall ? kFarJumpBytes : 0);
  const uint64_t middle = space.start() + (space.end() - space.start()) / 2;
  const uint64_t step = plan.crosses_page ? 4096 : 4;
  for (uint64_t at = plan.crosses_page ? (middle & ~uint64_t{4095}) - 2 : middle;
       at + 4096 < space.end(); at += step) {
    const uint64_t target = at + static_cast<uint64_t>(int64_t{plan.insn.imm});
    if (!space.is_free(at, length) || !space.is_free(target, kFarJumpBytes)) continue;
    if (target < at + length && at < target + kFarJumpBytes)
      throw std::logic_error("a jump into itself");
    space.claim(at, length);
    space.claim(target, kFarJumpBytes);
    return {at, {target, 0}};
  }
  throw std::runtime_error("the image of the test program is full");
}

Places place_indirect(Space& space) {
  const uint64_t at = space.allocate(kIndirectDistance + kFarJumpBytes);
  return {0, {at, at + kIndirectDistance}};
}

}  // namespace

Stub write_stub(const CasePlan& plan, Space& space, uint64_t header, bool has_d) {
  const Writer writer(plan, header, has_d);
  Places places;
  if (plan.jump == Jump::kDirect) places = place_direct(plan, space);
  if (plan.jump == Jump::kIndirect) places = place_indirect(space);

  Labels labels;
  const uint64_t assumed = space.start();
  const size_t size = writer.write(assumed, places, labels).size();
  const bool crosses = plan.crosses_page && plan.jump != Jump::kDirect;
  const uint64_t address =
      crosses ? space.allocate(size, 4096, labels.insn - assumed, 4094) : space.allocate(size);
  space.write(address, writer.write(address, places, labels));
  if (plan.jump != Jump::kNone) writer.write_places(space, places, labels);
  const uint64_t insn = plan.jump == Jump::kDirect ? places.insn : labels.insn;
  if (plan.crosses_page && insn % 4096 != 4094) throw std::logic_error("not at the end of a page");
  return {address, insn, writer.out(), writer.out_bytes()};
}

}  // namespace rvx::vectors
