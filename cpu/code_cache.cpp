// Predecoded code: building blocks, finding them by page, dropping them when their bytes change.
#include "cpu/code_cache.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "cpu/interpreter.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/isa/operands.hpp"
#include "mmu/host_access.hpp"

namespace rvx {
namespace {

using isa::Class;
using isa::Op;

constexpr unsigned kSlotShift = 4;
constexpr size_t kLargestBlock = 2 * static_cast<size_t>(kMaxBlock) + 5 + 2 * kLinkSlots;  // with an op for each line of code

bool ends_block(Class c) {
  return c == Class::kBranch || c == Class::kJal || c == Class::kJalr || c == Class::kCsr || c == Class::kSystem;
}

// The first operand of a format's syntax names the destination; f stands for a floating-point register.
bool writes_f(isa::Format format) { return isa::info(format).syntax.starts_with("fd"); }

// AMOCAS compares with rd before it writes it: there x0 must read as zero (its handler mends x0).
bool reads_rd(Op op) { return op == Op::amocas_w || op == Op::amocas_d || op == Op::amocas_q; }

uint64_t line_bit(uint64_t address) { return uint64_t{1} << ((address & kPageMask) >> 6); }

void* reserve(size_t bytes) {
  void* mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  return mapping;
}

}  // namespace

CodeCache::CodeCache(Hart& hart, SafePoints& safe_points, size_t capacity_bytes)
    : hart_(hart), safe_points_(safe_points), memory_(hart.port().memory()), observes_events_(hart.environment().observes_events()) {
  capacity_ = std::max(capacity_bytes >> kSlotShift, 16 * kLargestBlock);
  // The last part is room for what is built between reaching the limit and the next safe point.
  soft_limit_ = capacity_ - 4 * kLargestBlock;
  base_ = static_cast<PreOp*>(reserve(capacity_ << kSlotShift));
  pages_size_ = (memory_.ram().size() >> kPageShift) * sizeof(CodePage*);
  pages_ = static_cast<CodePage**>(reserve(pages_size_));
  scratch_.resize(kLargestBlock);
  memory_.set_code_holder(hart_.id(), this);
}

CodeCache::~CodeCache() {
  for (CodePage* page : owned_) {
    if (page->is_held) memory_.release_code(hart_.id(), page->physical);
    delete page;
  }
  memory_.set_code_holder(hart_.id(), nullptr);
  munmap(base_, capacity_ << kSlotShift);
  munmap(pages_, pages_size_);
}

size_t CodeCache::bytes_used() const noexcept { return (next_ << kSlotShift) + owned_.size() * sizeof(CodePage); }

void CodeCache::attach(HotCode& hot) {
  hot_ = &hot;
  threshold_ = hot.threshold();
}

bool CodeCache::wants_flush() const noexcept { return next_ >= soft_limit_ || (hot_ != nullptr && hot_->wants_flush()); }

CodePage& CodeCache::page_for(uint64_t physical) {
  CodePage*& slot = pages_[(physical - memory_.ram().base()) >> kPageShift];
  if (slot == nullptr) {
    slot = new CodePage;
    slot->physical = physical & ~kPageMask;
    owned_.push_back(slot);
  }
  return *slot;
}

CodePage* CodeCache::page_at(uint64_t va) {
  FetchEntry& e = fetch_slot(*hart_.s.view.fetch, va);
  if (e.tag != (va & ~kPageMask)) {
    uint64_t physical = 0;
    if (hart_.port().translate_fetch(va, 2, physical) != MemStatus::kOk) return nullptr;
    if (!memory_.ram().contains(physical, 2) || !hart_.port().is_fetch_cacheable(physical)) return nullptr;
    e = {va & ~kPageMask, &page_for(physical)};
  }
  return e.page;
}

// Writes ops into a run of slots.
struct CodeCache::Builder {
  Hart& hart;
  PreOp* out;
  uint64_t start;       // of the block in its page, bytes
  bool observes_events;
  uint64_t offset = 0;  // from block start, bytes
  unsigned count = 0;
  uint64_t line = ~uint64_t{0};  // of a modelled cache that the op before is on
  Op unpaired = Op::kIllegal;  // the row of the op before, if it is not the second of a pair

  // Forms that have a shorter body: li, mv.
  static void simplify(isa::Insn& insn) {
    if (insn.op == Op::addi && insn.rs1 == 0) {
      insn.op = Op::lui;
    } else if (insn.op == Op::add && insn.rs1 == 0) {
      insn.op = Op::addi;
      insn.rs1 = insn.rs2;
      insn.imm = 0;
    }
  }

  // Make one dispatch of the op before and `insn`, which is about to be put.
  void fuse(const isa::Insn& insn, Reach reach) {
    const Op second = insn.op;
    const Handler pair =
        unpaired == Op::kIllegal ? nullptr : pair_handler_for(unpaired, second, (out - 1)->rd, insn.rs1, insn.rs2, reach);
    if (pair != nullptr) {
      (out - 1)->handler = pair;
      unpaired = Op::kIllegal;
    } else {
      unpaired = second;
    }
  }

  // `page_offset`: of the instruction in its page, or kNoPage where local successors do not matter.
  static constexpr uint64_t kNoPage = ~uint64_t{0};
  Reach reach_of(const isa::Insn& insn, Class cls, uint64_t page_offset) const {
    const bool has_target = cls == Class::kBranch || cls == Class::kJal;
    if (has_target && (static_cast<unsigned>(insn.imm) & hart.s.misaligned_pc_bits)) return Reach::kMisaligned;
    if (page_offset == kNoPage) return Reach::kAnywhere;
    const uint64_t next = page_offset + insn.length;
    const uint64_t target = page_offset + static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
    const bool is_local = (!has_target || target < kPageSize) && (cls == Class::kJal || next < kPageSize);
    return is_local ? Reach::kPage : Reach::kAnywhere;
  }

  void pseudo(Handler handler) { *out++ = {handler, 0, 0, 0, 0, kEndsBlock}; }

  // The instruction that is about to be put has `size` bytes at that address of RAM.
  void enter_line(uint64_t physical, unsigned size) {
    const unsigned shift = hart.port().fetch_line_shift();
    if (shift == 0) return;
    for (uint64_t at = physical >> shift; at <= (physical + size - 1) >> shift; ++at) {
      if (at == line) continue;
      line = at;
      *out++ = {pseudo_handlers().line, static_cast<int32_t>(hart.port().fetch_line_of(at << shift)), 0, 0, 0, 0};
      unpaired = Op::kIllegal;
    }
  }

  // False: the instruction ends the block, and its link must follow.
  bool put(isa::Insn insn, uint64_t page_offset) {
    simplify(insn);
    const isa::OpInfo& row = isa::info(insn.op);
    const Reach reach = reach_of(insn, row.cls, page_offset);
    // An event that somebody observes is a system instruction.
    const bool is_event = observes_events && isa::is_event(insn);
    const Handler handler = handler_for(is_event ? Op::wfi : insn.op, reach);
    // Scratch blocks run unfused: they are for exact counts.
    if (page_offset != kNoPage) fuse(insn, reach);
    const bool ends = insn.op == Op::kIllegal || ends_block(row.cls) || is_event;
    PreOp op{handler, insn.imm, insn.rd, insn.rs1, insn.rs2, insn.length};
    if (ends) op.length |= kEndsBlock;
    switch (row.cls) {
      case Class::kAlu:
        if (insn.op == Op::auipc) op.imm += static_cast<int32_t>(start + offset);
        break;
      case Class::kBranch:
      case Class::kJal: op.imm += static_cast<int32_t>(start + offset); break;
      default: break;
    }
    if (op.rd == 0 && !writes_f(row.format) && !reads_rd(insn.op)) op.rd = kSinkRegister;
    if (row.cls == Class::kFp && !isa::info(row.format).layout.has_rm) op.imm = kNoRounding;
    *out++ = op;
    offset += insn.length;
    ++count;
    return !ends;
  }

  void put_link(const Link& contents) {
    Link* link = new (static_cast<void*>(out)) Link(contents);
    for (unsigned side = 0; side < 2; ++side) {
      link->stub[side] = {pseudo_handlers().resolve[side], 0, 0, 0, 0, 0};
      link->target[side] = &link->stub[side];
    }
    out += kLinkSlots;
  }

  void link(const isa::Insn& insn) {
    Link link{};
    link.bits = insn.bits;
    link.op = static_cast<uint16_t>(insn.op);
    link.count = count;
    link.end = static_cast<uint16_t>(start + offset);
    put_link(link);
  }
};

uint32_t CodeCache::allocate(size_t slots) {
  const size_t at = next_;
  next_ += slots;
  // Engines flush at wants_flush() before they ask for more than the reserve holds.
  if (next_ > capacity_) __builtin_trap();
  return static_cast<uint32_t>(at);
}

// Stores to the page's code are seen from now on. See PhysicalMemory.
void CodeCache::hold(CodePage& page) noexcept {
  if (page.is_held) return;
  page.is_held = true;
  const uint32_t writers = memory_.hold_code(hart_.id(), page.physical);
  if (writers == 0) return;
  const uint32_t own = uint32_t{1} << hart_.id();
  if (writers & own) hart_.port().drop_write_entries(page.physical);
  if (writers & ~own) safe_points_.ask(hart_.id(), writers & ~own, {HartMail::Kind::kDropWriteEntries, page.physical});
  memory_.writers_gone(page.physical, writers);
}

// Two bytes of a held page, as code: the line's bit stands before they are read.
uint16_t CodeCache::read_half(CodePage& page, uint64_t offset) noexcept {
  const uint64_t bit = line_bit(offset);
  if (!(page.lines & bit)) {
    page.lines |= bit;
    memory_.code_lines(page.physical).fetch_or(bit);
  }
  return load_guest<uint16_t>(memory_.ram().at(page.physical) + offset);
}

const PreOp* CodeCache::block(CodePage& page, uint64_t va) {
  const uint64_t start = va & kPageMask;
  uint32_t& entry = page.entry[start >> 1];
  if (entry != 0) return at(entry);

  hold(page);
  const auto fetch = [&](uint64_t at) {
    uint32_t bits = read_half(page, at);
    if ((bits & 3) == 3 && at + 4 <= kPageSize) bits |= uint32_t{read_half(page, at + 2)} << 16;
    return bits;
  };

  const uint32_t first = allocate(0);
  PreOp* const begin = base_ + first;
  Builder b{hart_, begin, start, observes_events_};
  const auto is_split = [&](uint64_t at) { return at + 2 == kPageSize && (fetch(at) & 3) == 3; };

  if (is_split(start)) {
    // An instruction over two pages is a block of its own, entered through a guard.
    uint64_t physical = 0;
    if (hart_.port().translate_fetch(va + 2, 2, physical) != MemStatus::kOk || !memory_.ram().contains(physical, 2) ||
        !hart_.port().is_fetch_cacheable(physical)) {
      return nullptr;  // the caller goes through scratch_block(), which knows how to fault
    }
    CodePage& second = page_for(physical);
    hold(second);
    const isa::Insn insn = isa::decode(fetch(start) | uint32_t{read_half(second, 0)} << 16, hart_.config());
    fetch_slot(*hart_.s.view.fetch, va + 2) = {(va + 2) & ~kPageMask, &second};
    b.pseudo(pseudo_handlers().guard);
    Link guard{};
    guard.page[0] = &second;
    guard.end = static_cast<uint16_t>(start);  // the guard stands where the instruction begins
    b.put_link(guard);
    b.enter_line(page.physical + start, 2);
    b.enter_line(second.physical, 2);
    if (b.put(insn, Builder::kNoPage)) b.pseudo(pseudo_handlers().end_cross);
    b.link(insn);
    second.heads.push_back(first);
  } else {
    isa::Insn insn;
    if (threshold_ != 0) {
      b.pseudo(pseudo_handlers().count);
      *begin = {pseudo_handlers().count, threshold_, static_cast<uint8_t>(start >> 1), static_cast<uint8_t>(start >> 9), 0, 0};
    }
    for (;;) {
      const uint64_t at = start + b.offset;
      if (at == kPageSize || b.count == kMaxBlock || is_split(at)) {
        b.pseudo(b.count == kMaxBlock && at != kPageSize ? pseudo_handlers().end_local : pseudo_handlers().end_cross);
        break;
      }
      insn = isa::decode(fetch(at), hart_.config());
      b.enter_line(page.physical + at, insn.length);
      if (!b.put(insn, at)) break;
    }
    b.link(insn);
  }

  next_ += static_cast<size_t>(b.out - begin);
  if (next_ > capacity_) __builtin_trap();
  page.heads.push_back(first);
  entry = first;
  ++counters_.blocks;
  counters_.instructions += b.count;
  return begin;
}

void CodeCache::code_changed(uint64_t page, unsigned by) noexcept {
  if (by == hart_.id()) return drop_page(page);
  safe_points_.post(hart_.id(), {HartMail::Kind::kCodeChanged, page});
}

void CodeCache::drop_page(uint64_t page_address) noexcept {
  CodePage* page = pages_[(page_address - memory_.ram().base()) >> kPageShift];
  if (page == nullptr || !page->is_held) return;
  if (hot_ != nullptr) hot_->drop(page->physical, kPageSize);
  // Blocks may be running or linked to: only their first op is replaced.
  for (uint32_t head : page->heads) base_[head].handler = pseudo_handlers().dropped;
  page->heads.clear();
  std::fill(std::begin(page->entry), std::end(page->entry), 0);
  page->lines = 0;
  page->is_held = false;
  memory_.release_code(hart_.id(), page->physical);
  ++counters_.dropped_pages;
}

void CodeCache::flush() noexcept {
  if (hot_ != nullptr) hot_->flush();
  for (CodePage* page : owned_) {
    if (page->is_held) memory_.release_code(hart_.id(), page->physical);
    pages_[(page->physical - memory_.ram().base()) >> kPageShift] = nullptr;
    delete page;
  }
  owned_.clear();
  hart_.port().flush_all();
  madvise(base_, capacity_ << kSlotShift, MADV_DONTNEED);
  next_ = 1;
  ++counters_.flushes;
}

const PreOp* CodeCache::scratch_block(uint64_t va, unsigned count) {
  Builder b{hart_, scratch_.data(), va & kPageMask, observes_events_};
  Ram& ram = memory_.ram();
  isa::Insn insn;
  while (b.count < count) {
    const uint64_t pc = va + b.offset;
    // Faults of instructions past the first show when they are reached.
    uint32_t bits = 0;
    uint64_t halves[2] = {0, 0};
    bool is_cacheable = true;
    bool failed = false;
    for (unsigned half = 0; half < 2; ++half) {
      uint64_t physical = 0, value = 0;
      const uint64_t at = pc + 2 * half;
      if (b.count != 0 && (at ^ va) > kPageMask) {
        // Nothing is fetched from another page before it is time: that would set its accessed bit.
        failed = true;
        break;
      }
      if (const FetchEntry& e = fetch_slot(*hart_.s.view.fetch, at); e.tag == (at & ~kPageMask)) {
        physical = e.page->physical | (at & kPageMask);
      } else if (hart_.port().translate_fetch(at, 2, physical) != MemStatus::kOk) {
        failed = true;
        break;
      }
      if (ram.contains(physical, 2)) {
        value = load_guest<uint16_t>(ram.at(physical));
      } else {
        is_cacheable = false;
        if (!memory_.read_device(physical, 2, value, hart_.id())) {
          hart_.port().raise_fetch_access_fault(at);
          failed = true;
          break;
        }
      }
      halves[half] = physical;
      bits |= static_cast<uint32_t>(value & 0xffff) << (16 * half);
      if ((bits & 3) != 3) break;
    }
    if (failed) {
      if (b.count == 0) return nullptr;
      break;
    }
    if (!is_cacheable && b.count != 0) break;
    insn = isa::decode(bits, hart_.config());
    if (is_cacheable) b.enter_line(halves[0], 2);
    if (is_cacheable && insn.length == 4) b.enter_line(halves[1], 2);
    if (!b.put(insn, Builder::kNoPage)) {
      b.link(insn);
      return scratch_.data();
    }
    if (!is_cacheable) break;
  }
  b.pseudo(pseudo_handlers().stop);
  b.link(insn);
  return scratch_.data();
}

}  // namespace rvx
