// HostOps: the Ops that run a semantic body at once on a hart's state; the interpreter's handlers are made of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/code_cache.hpp"
#include "cpu/hart.hpp"
#include "cpu/isa/host_arithmetic.hpp"
#include "cpu/isa/host_fp.hpp"
#include "mmu/host_access.hpp"

namespace rvx {

// How a body ended.
enum class BodyStatus : uint8_t {
  kDone,
  kMiss,    // fast ops only: nothing has happened, run the body again with the slow ops
  kFault,   // slow ops only: see MemoryPort::fault()
  kDevice,  // slow ops only: done, and a device or watched page was touched
};

// How memory is reached. A body has at most one access.
enum class Memory : uint8_t {
  kFast,   // the host TLB alone: what misses it leaves kMiss before any effect
  kMixed,  // stores to pages that hold code too, outside the lines that do; otherwise kMiss
  kSlow,   // every access through the memory port
};

// Stands for a source register in the second instruction of a pair: the value that the first wrote,
// which need not take the way through memory.
struct Forwarded {};

// A predecoded op whose rs1 or rs2 is forwarded.
template <bool kRs1, bool kRs2>
struct ForwardedOp {
  int32_t imm;
  uint8_t rd;
  std::conditional_t<kRs1, Forwarded, uint8_t> rs1;
  std::conditional_t<kRs2, Forwarded, uint8_t> rs2;

  explicit ForwardedOp(const PreOp& op) noexcept : imm(op.imm), rd(op.rd) {
    if constexpr (!kRs1) rs1 = op.rs1;
    if constexpr (!kRs2) rs2 = op.rs2;
  }
};

template <Memory kMemory>
class HostOps : public isa::HostArithmetic, public isa::HostFp<HostOps<kMemory>> {
 public:
  using Value = isa::HostArithmetic::Value;
  static constexpr unsigned kXlen = 64;
  static constexpr bool kSlow = kMemory == Memory::kSlow;

  HostOps(HartState* state, const PreOp* op, uint64_t base, const DataTlb* tlb, Hart* hart = nullptr) noexcept
      : s(state), op_(op), base_(base), tlb_(tlb), hart_(hart) {}

  [[nodiscard]] Value x(unsigned n) const noexcept { return Value{s->x[n]}; }
  [[nodiscard]] Value x(Forwarded) const noexcept { return Value{written}; }
  void set_x(unsigned n, Value v) noexcept { s->x[n] = written = bits(v); }
  void set_x(unsigned n, uint64_t v) noexcept { s->x[n] = v; }  // what HostFp computes
  [[nodiscard]] Value imm(int64_t k) const noexcept { return Value{static_cast<uint64_t>(k)}; }
  // Immediates are relative to the page's start, and so is this.
  [[nodiscard]] Value pc() const noexcept { return Value{base_}; }

  template <class F>
  [[nodiscard]] uint64_t f(unsigned n) const noexcept { return isa::fp::unbox<F>(s->f[n]); }
  [[nodiscard]] Value f_raw(unsigned n) const noexcept { return Value{s->f[n]}; }
  template <class F>
  void set_f(unsigned n, uint64_t v) noexcept {
    s->f[n] = isa::fp::box<F>(v);
    set_fs_dirty();
  }
  void set_fs_dirty() noexcept {
    s->csr.mstatus |= mstatus::kFS;
    s->rounding_ok_dirty = s->rounding_ok;
  }
  [[nodiscard]] unsigned frm() const noexcept { return static_cast<unsigned>(s->csr.frm); }
  // The fast handlers have tested it already.
  [[nodiscard]] uint32_t direct_rounding() const noexcept { return kSlow ? s->rounding_ok : ~uint32_t{0}; }

  // The address is computed once and stays in a register: compilers like to add its parts up again
  // for each use.
  static uint64_t settled(Value address) noexcept {
    uint64_t va = bits(address);
    asm("" : "+r"(va));
    return va;
  }
  // Where a page's entry stands in a table, in bytes, and its fields by that.
  template <size_t kEntries>
  static uint64_t slot_offset(uint64_t va) noexcept {
    return (va >> (kPageShift - 4)) & ((kEntries - 1) << 4);
  }
  template <class Table>
  static uint64_t addend_at(const Table& table, uint64_t offset) noexcept {
    asm("" : "+r"(offset));  // [table + offset + 8] is one address mode; a pointer to the entry is an addition
    uint64_t addend;
    std::memcpy(&addend, reinterpret_cast<const char*>(&table) + offset + offsetof(TlbEntry, addend), 8);
    return addend;
  }
  template <class Table>
  static uint64_t tag_at(const Table& table, uint64_t offset) noexcept {
    uint64_t tag;
    std::memcpy(&tag, reinterpret_cast<const char*>(&table) + offset + offsetof(TlbEntry, tag), 8);
    return tag;
  }

  // T: int8_t ... int64_t sign-extend, uint8_t ... uint64_t zero-extend.
  template <class T, class Tail>
  void load(Value address, Tail&& tail) noexcept {
    const uint64_t va = settled(address);
    T value;
    if constexpr (kSlow) {
      uint64_t raw = 0;
      if (!accept(hart_->port().load(va, sizeof(T), raw))) return;
      value = static_cast<T>(raw);
    } else {
      const uint64_t slot = slot_offset<kDataTlbEntries>(va);
      if (((va + sizeof(T) - 1) & ~kPageMask) != tag_at(tlb_->read, slot)) [[unlikely]] {
        status = BodyStatus::kMiss;
        return;
      }
      value = load_guest<T>(reinterpret_cast<const void*>(va + addend_at(tlb_->read, slot)));
    }
    tail(extend(value));
  }

  template <class T>
  void store(Value address, Value v) noexcept {
    const uint64_t va = settled(address);
    const T value = static_cast<T>(bits(v));
    if constexpr (kSlow) {
      static_cast<void>(accept(hart_->port().store(va, sizeof(T), static_cast<uint64_t>(value))));
    } else if constexpr (kMemory == Memory::kMixed) {
      const MixedEntry& e = mixed_slot(tlb_->mixed, va);
      const uint64_t last = va + sizeof(T) - 1;
      const auto holds_code = [&](uint64_t at) { return ((e.lines->load(std::memory_order_relaxed) >> ((at & kPageMask) >> 6)) & 1) != 0; };
      if ((last & ~kPageMask) != e.tag || holds_code(va) || holds_code(last)) {
        status = BodyStatus::kMiss;
        return;
      }
      store_guest(reinterpret_cast<void*>(va + e.addend), value);
      if (!s->is_concurrent) return;
      // Another hart may have begun to translate these lines: it sets their bits before it reads them.
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (holds_code(va) || holds_code(last)) {
        stored_to_code = reinterpret_cast<const uint8_t*>(va + e.addend);
      }
    } else {
      const uint64_t slot = slot_offset<kDataTlbEntries>(va);
      if (((va + sizeof(T) - 1) & ~kPageMask) != tag_at(tlb_->write, slot)) [[unlikely]] {
        status = BodyStatus::kMiss;
        return;
      }
      store_guest(reinterpret_cast<void*>(va + addend_at(tlb_->write, slot)), value);
    }
  }

  // What a reservation is stands at HartState::reservation.
  template <class T, class Tail>
  void load_reserved(Value address, Tail&& tail) noexcept {
    uint8_t* host = atomic_host<T>(bits(address), Access::kLoad);
    if (host == nullptr) return;
    const Value value = extend(std::atomic_ref(*reinterpret_cast<T*>(host)).load());
    s->reservation = reinterpret_cast<uint64_t>(host);
    s->reserved_value = bits(value);
    tail(value);
  }

  // tail gets 0 on success and 1 on failure.
  template <class T, class Tail>
  void store_conditional(Value address, Value v, Tail&& tail) noexcept {
    uint8_t* host = atomic_host<T>(bits(address), Access::kStore);
    if (host == nullptr) return;
    bool holds = s->reservation == reinterpret_cast<uint64_t>(host);
    s->reservation = 0;
    if (holds) {
      T expected = static_cast<T>(s->reserved_value);
      holds = std::atomic_ref(*reinterpret_cast<T*>(host)).compare_exchange_strong(expected, static_cast<T>(bits(v)));
    }
    stored(host, sizeof(T));
    tail(Value{holds ? uint64_t{0} : uint64_t{1}});
  }

  template <class T, class Tail>
  void amo(isa::AmoOp kind, Value address, Value operand, Tail&& tail) noexcept {
    uint8_t* host = atomic_host<T>(bits(address), Access::kStore);
    if (host == nullptr) return;
    std::atomic_ref cell(*reinterpret_cast<T*>(host));
    const T value = static_cast<T>(bits(operand));
    T old;
    switch (kind) {
      case isa::AmoOp::kSwap: old = cell.exchange(value); break;
      case isa::AmoOp::kAdd: old = cell.fetch_add(value); break;
      case isa::AmoOp::kXor: old = cell.fetch_xor(value); break;
      case isa::AmoOp::kAnd: old = cell.fetch_and(value); break;
      case isa::AmoOp::kOr: old = cell.fetch_or(value); break;
      default:
        old = cell.load();
        while (!cell.compare_exchange_weak(old, chosen(kind, old, value))) {
        }
    }
    stored(host, sizeof(T));
    tail(extend(old));
  }

  template <class T, class Tail>
  void amo_cas(Value address, Value expected, Value desired, Tail&& tail) noexcept {
    uint8_t* host = atomic_host<T>(bits(address), Access::kStore);
    if (host == nullptr) return;
    T old = static_cast<T>(bits(expected));
    std::atomic_ref(*reinterpret_cast<T*>(host)).compare_exchange_strong(old, static_cast<T>(bits(desired)));
    stored(host, sizeof(T));
    tail(extend(old));
  }

  template <class Tail>
  void amo_cas_pair(Value address, Value expected, Value expected_high, Value desired, Value desired_high,
                    Tail&& tail) noexcept {
    using Quad = unsigned __int128;
    uint8_t* host = atomic_host<Quad>(bits(address), Access::kStore);
    if (host == nullptr) return;
    const auto join = [](Value low, Value high) { return Quad{bits(high)} << 64 | bits(low); };
    const Quad old = __sync_val_compare_and_swap(reinterpret_cast<Quad*>(host), join(expected, expected_high),
                                                 join(desired, desired_high));
    stored(host, sizeof(Quad));
    tail(Value{static_cast<uint64_t>(old)}, Value{static_cast<uint64_t>(old >> 64)});
  }

  // The host keeps all orders but that of a store before a load. `imm`: fm, pred and succ.
  void fence(int64_t imm) noexcept {
    constexpr int64_t kPause = 0x010, kTso = 0x833, kWriteBefore = 0x50, kReadAfter = 0x0a;
    if (imm == kPause) ++s->pauses;
    if ((imm & kWriteBefore) != 0 && (imm & kReadAfter) != 0 && imm != kTso)
      std::atomic_thread_fence(std::memory_order_seq_cst);
  }

  void branch(Value condition, int64_t offset) noexcept {
    taken = bits(condition) != 0;
    static_cast<void>(offset);  // the handler follows the op's link
  }
  void jump(unsigned rd, int64_t offset) noexcept {
    static_cast<void>(offset);  // the handler follows the op's link
    s->x[rd] = base_ + link_of(op_).end;
  }
  void jump_to(unsigned rd, Value to) noexcept {
    target = bits(to);
    if (target & s->misaligned_pc_bits) [[unlikely]] return;  // the handler raises the exception
    s->x[rd] = base_ + link_of(op_).end;
  }

  BodyStatus status = BodyStatus::kDone;
  const uint8_t* stored_to_code = nullptr;  // mixed stores only: done, but to where code is now
  uint64_t written = 0;  // what set_x wrote last, or what is forwarded
  bool taken = false;
  uint64_t target = 0;

 private:
  static uint64_t bits(Value v) noexcept { return isa::HostArithmetic::bits(v); }

  template <class T>
  static Value extend(T value) noexcept {
    if constexpr (std::is_signed_v<T>)
      return Value{static_cast<uint64_t>(static_cast<int64_t>(value))};
    else
      return Value{static_cast<uint64_t>(value)};
  }

  // What AMOMIN, AMOMAX and their unsigned forms store.
  template <class T>
  static T chosen(isa::AmoOp kind, T old, T operand) noexcept {
    using U = std::make_unsigned_t<T>;
    const bool less = kind == isa::AmoOp::kMin || kind == isa::AmoOp::kMax
                          ? operand < old
                          : static_cast<U>(operand) < static_cast<U>(old);
    const bool wants_less = kind == isa::AmoOp::kMin || kind == isa::AmoOp::kMinu;
    return less == wants_less ? operand : old;
  }

  bool accept(MemStatus result) noexcept {
    if (result == MemStatus::kFault) {
      status = BodyStatus::kFault;
      return false;
    }
    if (result == MemStatus::kDevice) status = BodyStatus::kDevice;
    return true;
  }

  // After an atomic access that may have stored: what goes past the fast path may hit code.
  void stored([[maybe_unused]] const uint8_t* host, [[maybe_unused]] unsigned size) noexcept {
    if constexpr (kSlow) hart_->port().stored_at(host, size);
  }

  // Host address for an atomic access, or nullptr with `status` saying why not.
  template <class T>
  uint8_t* atomic_host(uint64_t va, Access access) noexcept {
    if constexpr (kSlow) {
      uint8_t* host = nullptr;
      return accept(hart_->port().atomic_address(va, sizeof(T), access, host)) ? host : nullptr;
    } else {
      const TlbEntry& e = tlb_slot(access == Access::kLoad ? tlb_->read : tlb_->write, va);
      if ((va & ~kPageMask) != e.tag || va % sizeof(T) != 0) [[unlikely]] {
        status = BodyStatus::kMiss;
        return nullptr;
      }
      return reinterpret_cast<uint8_t*>(va + e.addend);
    }
  }

  HartState* s;
  const PreOp* op_;
  uint64_t base_;
  const DataTlb* tlb_;
  Hart* hart_;
};

}  // namespace rvx
