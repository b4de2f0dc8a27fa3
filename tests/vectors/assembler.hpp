// Writes RISC-V code through the instruction table, and keeps track of which addresses are taken.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "cpu/isa/decode.hpp"
#include "cpu/isa/roles.hpp"

namespace rvx::vectors {

using isa::Insn;
using isa::Op;

// A register of the integer (x) or floating-point (f) file.
struct Reg {
  using File = isa::RegFile;
  File file = File::kX;
  uint8_t index = 0;
  bool operator==(const Reg&) const = default;
};

// Code at a fixed address. Only 4-byte instructions, except what is given as Insn.
class Assembler {
 public:
  explicit Assembler(uint64_t address) : start_(address) {}

  [[nodiscard]] uint64_t here() const noexcept { return start_ + bytes_.size(); }
  [[nodiscard]] const std::vector<uint8_t>& bytes() const noexcept { return bytes_; }

  void put(const Insn& insn) { put_bits(isa::encode(insn), isa::info(insn.row).length); }
  void put_bits(uint32_t bits, unsigned length) {
    const size_t at = bytes_.size();
    bytes_.resize(at + length);
    std::memcpy(&bytes_[at], &bits, length);
  }

  // Operands that the row does not have are ignored.
  void put(Op row, unsigned rd, unsigned rs1, unsigned rs2, int32_t imm = 0) {
    Insn insn;
    insn.row = row;
    insn.rd = static_cast<uint8_t>(rd);
    insn.rs1 = static_cast<uint8_t>(rs1);
    insn.rs2 = static_cast<uint8_t>(rs2);
    insn.imm = imm;
    put(insn);
  }
  // All bits of a register; of a floating-point one `has_d` says how many these are.
  void load(Reg reg, unsigned base, int32_t offset, bool has_d = true) {
    const Op fp = has_d ? Op::fld : Op::flw;
    put(reg.file == Reg::File::kX ? Op::ld : fp, reg.index, base, 0, offset);
  }
  void store(Reg reg, unsigned base, int32_t offset, bool has_d = true) {
    const Op fp = has_d ? Op::fsd : Op::fsw;
    put(reg.file == Reg::File::kX ? Op::sd : fp, 0, base, reg.index, offset);
  }
  void add_imm(unsigned reg, int32_t value) {  // also what does not fit twelve bits once
    for (; value > 2047; value -= 2047) put(Op::addi, reg, reg, 0, 2047);
    for (; value < -2048; value += 2048) put(Op::addi, reg, reg, 0, -2048);
    if (value != 0) put(Op::addi, reg, reg, 0, value);
  }

  // Always two instructions, so that the size of code does not depend on where it is.
  void load_address(unsigned reg, uint64_t address) {
    const auto [high, low] = relative(address);
    put(Op::auipc, reg, 0, 0, high);
    put(Op::addi, reg, reg, 0, low);
  }
  void load_from(unsigned reg, uint64_t address) {
    const auto [high, low] = relative(address);
    put(Op::auipc, reg, 0, 0, high);
    put(Op::ld, reg, reg, 0, low);
  }
  void jump_far(unsigned scratch, uint64_t address) {
    const auto [high, low] = relative(address);
    put(Op::auipc, scratch, 0, 0, high);
    put(Op::jalr, 0, scratch, 0, low);
  }
  void jump(uint64_t target) { put(Op::jal, 0, 0, 0, static_cast<int32_t>(target - here())); }
  void branch(Op row, unsigned rs1, unsigned rs2, uint64_t target) {
    put(row, 0, rs1, rs2, static_cast<int32_t>(target - here()));
  }

 private:
  struct Halves {
    int32_t high;
    int32_t low;
  };
  [[nodiscard]] Halves relative(uint64_t address) const {
    const auto distance = static_cast<int64_t>(address - here());
    const int64_t high = (distance + 0x800) & ~int64_t{0xfff};
    return {static_cast<int32_t>(high), static_cast<int32_t>(distance - high)};
  }

  uint64_t start_;
  std::vector<uint8_t> bytes_;
};

// A stretch of guest memory that is filled piece by piece.
class Space {
 public:
  Space(uint64_t start, uint64_t end)
      : start_(start), next_(start), bytes_(end - start), taken_((end - start) / 2) {}

  [[nodiscard]] uint64_t start() const noexcept { return start_; }
  [[nodiscard]] uint64_t end() const noexcept { return start_ + bytes_.size(); }
  [[nodiscard]] const std::vector<uint8_t>& bytes() const noexcept { return bytes_; }

  [[nodiscard]] bool is_free(uint64_t address, uint64_t size) const {
    if (address < start_ || address + size > end()) return false;
    for (uint64_t at = address; at < address + size; at += 2) {
      if (taken_[(at - start_) / 2]) return false;
    }
    return true;
  }
  void claim(uint64_t address, uint64_t size) {
    for (uint64_t at = address; at < address + size; at += 2) taken_[(at - start_) / 2] = true;
  }

  // The next free place whose address plus `offset` is a multiple of `alignment`, plus `remainder`.
  uint64_t allocate(uint64_t size, uint64_t alignment = 4, uint64_t offset = 0,
                    uint64_t remainder = 0) {
    uint64_t at = next_;
    while ((at + offset) % alignment != remainder || !is_free(at, size)) {
      at += 2;
      if (at + size > end()) throw std::runtime_error("the image of the test program is full");
    }
    claim(at, size);
    if (alignment <= 16) next_ = at + size;
    return at;
  }

  void write(uint64_t address, const void* bytes, size_t size) {
    std::memcpy(&bytes_.at(address - start_ + size - 1) - (size - 1), bytes, size);
  }
  void write(uint64_t address, const std::vector<uint8_t>& bytes) {
    if (!bytes.empty()) write(address, bytes.data(), bytes.size());
  }
  // Places `items` at the next free address and returns it.
  template <class T>
  uint64_t append(const std::vector<T>& items) {
    const uint64_t at = allocate((items.size() * sizeof(T) + 1) & ~uint64_t{1}, 8);
    if (!items.empty()) write(at, items.data(), items.size() * sizeof(T));
    return at;
  }

 private:
  uint64_t start_;
  uint64_t next_;
  std::vector<uint8_t> bytes_;
  std::vector<bool> taken_;  // by halfword
};

}  // namespace rvx::vectors
