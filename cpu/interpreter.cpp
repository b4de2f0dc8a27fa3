// The interpreter: one handler for each row of the instruction table, made from its body.
#include "cpu/interpreter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cpu/host_ops.hpp"
#include "cpu/isa/bodies.hpp"
#include "cpu/isa/fp_env.hpp"
#include "cpu/isa/table.hpp"
#include "cpu/system.hpp"

#if RVX_TAIL_CALLS
#define RVX_CALL(handler_function, op_, base_, left_) [[clang::musttail]] return handler_function(s, op_, base_, left_, tlb)
#define RVX_NEXT(op_, base_, left_) [[clang::musttail]] return (op_)->handler(s, op_, base_, left_, tlb)
#define RVX_LEAVE() return
#else
#define RVX_CALL(handler_function, op_, base_, left_) return handler_function(s, op_, base_, left_, tlb)
#define RVX_NEXT(op_, base_, left_)  \
  do {                               \
    s->run->next_op = (op_);         \
    s->run->next_base = (base_);     \
    s->run->next_left = (left_);     \
    return;                          \
  } while (0)
#define RVX_LEAVE()              \
  do {                           \
    s->run->next_op = nullptr;   \
    return;                      \
  } while (0)
#endif
#define RVX_ARGUMENTS [[maybe_unused]] HartState *s, [[maybe_unused]] const PreOp *op, [[maybe_unused]] uint64_t base, [[maybe_unused]] int64_t left, [[maybe_unused]] const DataTlb *tlb
#define RVX_INLINE [[gnu::always_inline]] inline
#define RVX_COLD [[gnu::noinline, gnu::cold]]

namespace rvx {
namespace {

using isa::Class;
using isa::Op;
using Exit = InterpreterRun::Exit;

// isa::info() of rows that are known at compile time.
constexpr Class class_of(Op op) { return isa::kTable[static_cast<size_t>(op)].cls; }
constexpr isa::Format format_of(Op op) { return isa::kTable[static_cast<size_t>(op)].format; }

// The link that ends the block of `op`, and where `op` stands in it.
struct Position {
  uint64_t pc;       // of the instruction
  int64_t retired;   // instructions of the block before it
};

Position position_of(const PreOp* op, uint64_t base) noexcept {
  int64_t from_here = 0;
  uint64_t bytes = 0;
  const PreOp* last = op;
  for (;; ++last) {
    const unsigned length = last->length & ~kEndsBlock;
    bytes += length;
    if (length != 0) ++from_here;
    if (last->length & kEndsBlock) break;
  }
  const Link& link = link_of(last);
  return {base + link.end - bytes, link.count - from_here};
}

// instret at a block boundary where `left` may still be spent.
uint64_t retired_at(const HartState* s, int64_t left) noexcept {
  return static_cast<uint64_t>(s->run->until - kMaxBlock - left);
}

void sync(HartState* s, const Position& at, int64_t left) noexcept {
  s->pc = at.pc;
  s->instret = retired_at(s, left) + static_cast<uint64_t>(at.retired);
}

// --- leaving ------------------------------------------------------------------------------------

constexpr uint64_t page_of(uint64_t va) { return va & ~kPageMask; }

// At a block boundary. `base` is the pc of the next instruction here and in look_up.
RVX_COLD void RVX_HANDLER_ABI leave_for_budget(RVX_ARGUMENTS) {
  s->pc = base;
  s->instret = retired_at(s, left);
  s->run->exit = Exit::kBudget;
  RVX_LEAVE();
}

RVX_COLD void RVX_HANDLER_ABI leave_for_lookup(RVX_ARGUMENTS) {
  s->pc = base;
  s->instret = retired_at(s, left);
  s->run->exit = Exit::kLookup;
  RVX_LEAVE();
}

// --- from block to block ------------------------------------------------------------------------

// The block at pc if its page is known to the fetch TLB and it has been predecoded, else nullptr.
inline const PreOp* known_block(const HartState* s, uint64_t pc) noexcept {
  const FetchEntry& e = fetch_slot(*s->view.fetch, pc);
  if (e.tag != page_of(pc)) return nullptr;
  const uint32_t index = e.page->entry[(pc & kPageMask) >> 1];
  return index != 0 ? s->code_base + index : nullptr;
}

// Find or build the block at pc; nullptr when the engine's loop must deal with it.
const PreOp* find_block(HartState* s, uint64_t pc) noexcept {
  if (const PreOp* known = known_block(s, pc)) return known;
  CodeCache& code = *s->run->code;
  if (code.wants_flush()) return nullptr;
  CodePage* const page = code.page_at(pc);
  return page == nullptr ? nullptr : code.block(*page, pc);
}

RVX_COLD void RVX_HANDLER_ABI look_up(RVX_ARGUMENTS) {
  const PreOp* next = find_block(s, base);
  if (next == nullptr) RVX_CALL(leave_for_lookup, op, base, left);
  RVX_NEXT(next, page_of(base), left);
}

// An indirect jump that leads elsewhere than the last time: `base` is its target.
void RVX_HANDLER_ABI jump_elsewhere(RVX_ARGUMENTS) {
  const PreOp* next = known_block(s, base);
  if (next == nullptr) [[unlikely]] RVX_CALL(look_up, op, base, left);
  Link& link = link_of(op);
  link.target[0] = next;
  link.indirect = {base, s->view.fetch_generation};
  RVX_NEXT(next, page_of(base), left);
}

// Where side kSide of the block ended by `op` leads: taken branch or jump (0), or straight on (1).
template <unsigned kSide>
uint64_t successor(const PreOp* op, uint64_t base) noexcept {
  return base + (kSide == 0 ? static_cast<uint64_t>(static_cast<int64_t>(op->imm)) : uint64_t{link_of(op).end});
}

// A link's stub, `op`: its successor is not known yet, or lies in another page that is no longer
// mapped there. Go there and remember it.
template <unsigned kSide>
RVX_COLD void RVX_HANDLER_ABI resolve(RVX_ARGUMENTS) {
  auto* first_stub = const_cast<PreOp*>(op) - kSide;
  Link& link = *reinterpret_cast<Link*>(reinterpret_cast<char*>(first_stub) - offsetof(Link, stub));
  const PreOp* last = reinterpret_cast<const PreOp*>(&link) - 1;
  base = successor<kSide>(last, base);
  const PreOp* next = find_block(s, base);
  if (next == nullptr) RVX_CALL(leave_for_lookup, op, base, left);
  link.target[kSide] = next;
  link.page[kSide] = fetch_slot(*s->view.fetch, base).page;
  RVX_NEXT(next, page_of(base), left);
}

// Go where side kSide of the block ended by `op` leads.
template <unsigned kSide, bool kLocal>
RVX_INLINE void RVX_HANDLER_ABI follow(RVX_ARGUMENTS) {
  const Link& link = link_of(op);
  // Keeps the two sides of a branch apart, so that subtraction and test stay one instruction.
  asm volatile("# side %c0" : : "i"(kSide));
  left -= link.count;
  if (left < 0) [[unlikely]] {
    base = successor<kSide>(op, base);
    RVX_CALL(leave_for_budget, op, base, left);
  }
  if constexpr (!kLocal) {
    const uint64_t pc = successor<kSide>(op, base);
    const FetchEntry& e = fetch_slot(*s->view.fetch, pc);
    if (e.tag != page_of(pc) || e.page != link.page[kSide]) [[unlikely]] RVX_CALL(resolve<kSide>, &link.stub[kSide], base, left);
    base = page_of(pc);
  }
  RVX_NEXT(link.target[kSide], base, left);
}

// --- instructions -------------------------------------------------------------------------------

// Rows that read rd as well: their predecoded form has x0 itself there, not the sink.
template <Op kOp>
constexpr bool kReadsRd = kOp == Op::amocas_w || kOp == Op::amocas_d || kOp == Op::amocas_q;

// Run the body again through the memory port, with exact state.
template <Op kOp>
RVX_COLD void RVX_HANDLER_ABI run_slow(RVX_ARGUMENTS) {
  const Position at = position_of(op, base);
  sync(s, at, left);
  BodyStatus status;
  {
    HostOps<Memory::kSlow> o(s, op, base, tlb, s->run->hart);
    isa::Body<kOp>::exec(o, *op);
    status = o.status;
    if constexpr (kReadsRd<kOp>) s->x[0] = 0;
  }
  if (status == BodyStatus::kFault) [[unlikely]] {
    const MemFault& fault = s->run->hart->port().fault();
    s->run->raise(fault.code, fault.address);
    RVX_LEAVE();
  }
  if (status == BodyStatus::kDevice && (s->attention != 0 || s->run->hart->port().wants_stop())) {
    s->pc = at.pc + (op->length & ~kEndsBlock);
    ++s->instret;
    s->run->exit = Exit::kAttention;
    RVX_LEAVE();
  }
  RVX_NEXT(op + 1, base, left);
}

// A mixed store found code where it has stored. It does not say how long it was: eight bytes or less.
RVX_COLD void RVX_HANDLER_ABI tell_of_store(RVX_ARGUMENTS) {
  const uint8_t* host = s->run->stored_to_code;
  const auto in_page = static_cast<unsigned>(kPageSize - (reinterpret_cast<uint64_t>(host) & kPageMask));
  s->run->hart->port().stored_at(host, std::min(8u, in_page));
  RVX_NEXT(op + 1, base, left);
}

// A store that missed: to a page that holds code as well it still needs no more than a look at
// which lines do.
template <Op kOp>
void RVX_HANDLER_ABI run_mixed(RVX_ARGUMENTS) {
  HostOps<Memory::kMixed> o(s, op, base, tlb);
  isa::Body<kOp>::exec(o, *op);
  if (o.status == BodyStatus::kMiss) [[unlikely]] RVX_CALL(run_slow<kOp>, op, base, left);
  if (o.stored_to_code != nullptr) [[unlikely]] {
    s->run->stored_to_code = o.stored_to_code;
    RVX_CALL(tell_of_store, op, base, left);
  }
  RVX_NEXT(op + 1, base, left);
}

template <Op kOp>
constexpr Handler kOnMiss = [] {
  if constexpr (class_of(kOp) == Class::kStore || class_of(kOp) == Class::kFpStore) return run_mixed<kOp>;
  else return run_slow<kOp>;
}();

// Which source of a pair's second instruction is what the first has just written.
enum class Forward : uint8_t { kNone, kRs1, kRs2 };

template <Op kOp, Forward kForward, class O>
RVX_INLINE void exec(O& o, const PreOp* op, uint64_t written) noexcept {
  if constexpr (kForward == Forward::kNone) {
    isa::Body<kOp>::exec(o, *op);
  } else {
    o.written = written;
    isa::Body<kOp>::exec(o, ForwardedOp<kForward == Forward::kRs1, kForward == Forward::kRs2>(*op));
  }
}

// Floating point that cannot use the host's MXCSR as it is: off, another rounding mode, or illegal.
template <Op kOp>
RVX_COLD void RVX_HANDLER_ABI run_fp_slow(RVX_ARGUMENTS) {
  constexpr bool kIsAccess = class_of(kOp) != Class::kFp;
  const unsigned rounding = kIsAccess ? kNoRounding : static_cast<unsigned>(op->imm) & 7;
  const bool is_off = (s->rounding_ok & (1u << kNoRounding)) == 0;
  if (is_off || (rounding == 7 && s->csr.frm > 4)) {
    const Position at = position_of(op, base);
    sync(s, at, left);
    s->run->raise(cause::kIllegalInstruction, s->run->hart->instruction_at(at.pc));
    RVX_LEAVE();
  }
  HostOps<Memory::kSlow> o(s, op, base, tlb, s->run->hart);
  isa::Body<kOp>::exec(o, *op);
  RVX_NEXT(op + 1, base, left);
}

template <Op kOp>
void RVX_HANDLER_ABI run_fp(RVX_ARGUMENTS) {
  constexpr bool kIsAccess = class_of(kOp) != Class::kFp;
  unsigned key = kIsAccess ? kNoRounding : static_cast<unsigned>(op->imm) & 31;
  // Truncation to an integer has an instruction of its own on the host, whatever MXCSR says.
  if (format_of(kOp) == isa::Format::kXFm && (key & 7) == isa::fp::kRtz) key = kNoRounding;
  if (!((s->rounding_ok >> key) & 1)) [[unlikely]] RVX_CALL(run_fp_slow<kOp>, op, base, left);
  HostOps<Memory::kFast> o(s, op, base, tlb);
  isa::Body<kOp>::exec(o, *op);
  if constexpr (kIsAccess) {
    if (o.status == BodyStatus::kMiss) [[unlikely]] RVX_CALL(kOnMiss<kOp>, op, base, left);
  }
  RVX_NEXT(op + 1, base, left);
}

// A jump to an address that is not a multiple of four where there is no C extension.
RVX_COLD void RVX_HANDLER_ABI misaligned_jump(RVX_ARGUMENTS) {
  // `base` is the target here; the pc of the jump is in the state already.
  s->run->raise(cause::kInstructionAddressMisaligned, base);
  RVX_LEAVE();
}

// A direct jump or branch with such a target: the builder gives these rows this handler.
template <Op kOp>
RVX_COLD void RVX_HANDLER_ABI run_misaligned(RVX_ARGUMENTS) {
  bool taken = true;
  if constexpr (class_of(kOp) == Class::kBranch) {
    HostOps<Memory::kFast> o(s, op, base, tlb);
    isa::Body<kOp>::exec(o, *op);
    taken = o.taken;
  }
  if (taken) {
    sync(s, position_of(op, base), left);
    base = successor<0>(op, base);
    RVX_CALL(misaligned_jump, op, base, left);
  }
  RVX_CALL((follow<1, false>), op, base, left);
}

// The handler of row kSecond, and in front of it at the same dispatch kFirst, unless that is
// kIllegal. The second instruction of a pair keeps its own op and handler, which a miss of the first
// goes on with.
template <Op kFirst, Op kSecond, bool kLocal, Forward kForward>
void RVX_HANDLER_ABI run_pair(RVX_ARGUMENTS) {
  uint64_t written = 0;
  if constexpr (kFirst != Op::kIllegal) {
    HostOps<Memory::kFast> first(s, op, base, tlb);
    isa::Body<kFirst>::exec(first, *op);
    if (first.status == BodyStatus::kMiss) [[unlikely]] RVX_CALL(kOnMiss<kFirst>, op, base, left);
    written = first.written;
    ++op;
  }
  HostOps<Memory::kFast> o(s, op, base, tlb);
  exec<kSecond, kForward>(o, op, written);
  if constexpr (class_of(kSecond) == Class::kBranch) {
    if (o.taken) RVX_CALL((follow<0, kLocal>), op, base, left);
    RVX_CALL((follow<1, kLocal>), op, base, left);
  } else if constexpr (class_of(kSecond) == Class::kJal) {
    RVX_CALL((follow<0, kLocal>), op, base, left);
  } else if constexpr (class_of(kSecond) == Class::kJalr) {
    if (o.target & s->misaligned_pc_bits) [[unlikely]] {
      sync(s, position_of(op, base), left);
      RVX_CALL(misaligned_jump, op, o.target, left);
    }
    const Link& link = link_of(op);
    left -= link.count;
    if (left < 0) [[unlikely]] RVX_CALL(leave_for_budget, op, o.target, left);
    if (link.indirect.pc != o.target || link.indirect.generation != s->view.fetch_generation) [[unlikely]]
      RVX_CALL(jump_elsewhere, op, o.target, left);
    RVX_NEXT(link.target[0], page_of(o.target), left);
  } else {
    if (o.status == BodyStatus::kMiss) [[unlikely]] RVX_CALL(kOnMiss<kSecond>, op, base, left);
    if constexpr (kReadsRd<kSecond>) s->x[0] = 0;
    RVX_NEXT(op + 1, base, left);
  }
}

template <Op kOp, bool kLocal>
constexpr Handler run_one = run_pair<Op::kIllegal, kOp, kLocal, Forward::kNone>;

// CSR and system instructions, and events that are observed, end their block; what they changed is seen by what follows.
void RVX_HANDLER_ABI run_system(RVX_ARGUMENTS) {
  const Link& link = link_of(op);
  const uint64_t next_pc = base + link.end;
  s->pc = next_pc - (op->length & ~kEndsBlock);
  s->instret = retired_at(s, left) + static_cast<uint64_t>(link.count) - 1;
  const SystemOutcome outcome = execute_system(*s->run->hart, *op, static_cast<Op>(link.op), link.bits);
  if (outcome.kind == SystemOutcome::Kind::kException) [[unlikely]] {
    s->run->raise(outcome.code, outcome.value);
    RVX_LEAVE();
  }
  ++s->instret;
  tlb = s->view.data;
  const bool jumps = outcome.kind == SystemOutcome::Kind::kJump;
  if (s->attention != 0) [[unlikely]] {
    if (!jumps) s->pc = next_pc;
    s->run->exit = Exit::kAttention;
    RVX_LEAVE();
  }
  if (jumps) {
    left -= link.count;
    if (left < 0) [[unlikely]] RVX_CALL(leave_for_budget, op, s->pc, left);
    RVX_CALL(look_up, op, s->pc, left);
  }
  RVX_CALL((follow<1, false>), op, base, left);
}

RVX_COLD void RVX_HANDLER_ABI run_illegal(RVX_ARGUMENTS) {
  sync(s, position_of(op, base), left);
  s->run->raise(cause::kIllegalInstruction, link_of(op).bits);
  RVX_LEAVE();
}

// --- pseudo-ops -----------------------------------------------------------------------------------

template <bool kLocal>
void RVX_HANDLER_ABI run_end(RVX_ARGUMENTS) {
  RVX_CALL((follow<1, kLocal>), op, base, left);
}

void RVX_HANDLER_ABI run_stop(RVX_ARGUMENTS) {
  left -= link_of(op).count;
  RVX_CALL(leave_for_lookup, op, base + link_of(op).end, left);
}

RVX_COLD void RVX_HANDLER_ABI run_dropped(RVX_ARGUMENTS) {
  const uint64_t pc = position_of(op, base).pc;
  // An instruction over two pages may have been dropped with its second page only.
  if (FetchEntry& e = fetch_slot(*s->view.fetch, pc); e.tag == page_of(pc)) {
    uint32_t& entry = e.page->entry[(pc & kPageMask) >> 1];
    if (s->code_base + entry == op) entry = 0;
  }
  RVX_CALL(look_up, op, pc, left);
}

void RVX_HANDLER_ABI run_guard(RVX_ARGUMENTS) {
  const uint64_t second = base + kPageSize;
  const FetchEntry& e = fetch_slot(*s->view.fetch, second);
  if (e.tag != second || e.page != link_of(op).page[0]) [[unlikely]] {
    // The second page is mapped elsewhere now, or its entry was displaced: build the block anew.
    FetchEntry& first = fetch_slot(*s->view.fetch, base);
    constexpr uint64_t kOffset = kPageSize - 2;
    if (first.tag == base) first.page->entry[kOffset >> 1] = 0;
    RVX_CALL(look_up, op, base + kOffset, left);
  }
  RVX_NEXT(op + 1 + kLinkSlots, base, left);
}

void RVX_HANDLER_ABI run_line(RVX_ARGUMENTS) {
  if (s->view.fetched_line != static_cast<uint32_t>(op->imm)) [[unlikely]] s->run->hart->port().fetch_line(static_cast<uint32_t>(op->imm));
  RVX_NEXT(op + 1, base, left);
}

// Where a counted block starts, from the op in front of it.
uint64_t offset_of(const PreOp* counter) noexcept { return (uint64_t{counter->rd} | uint64_t{counter->rs1} << 8) << 1; }

void RVX_HANDLER_ABI run_count(RVX_ARGUMENTS);

// The block has translated code; imm is its handle.
void RVX_HANDLER_ABI run_translated(RVX_ARGUMENTS) {
  constexpr int64_t kSlack = kMaxStretch - kMaxBlock;
  if (left < kSlack) [[unlikely]] {
    if (s->stops_early) RVX_CALL(leave_for_budget, op, base + offset_of(op), left);
    RVX_NEXT(op + 1, base, left);
  }
  const uint64_t start = base + offset_of(op);
  s->pc = start;
  s->region_base = base;
  s->region_left = left - kSlack;
  s->run->exit = Exit::kLookup;
  s->run->hot->enter(*s, static_cast<uint32_t>(op->imm));
  if (s->run->exit != Exit::kLookup) RVX_LEAVE();
  const int64_t spent = left - kSlack - s->region_left;
  left -= spent;
  tlb = s->view.data;
  if (spent == 0 && s->pc == start) [[unlikely]] {
    // The translation is gone.
    auto* counter = const_cast<PreOp*>(op);
    counter->handler = run_count;
    counter->imm = s->run->hot->threshold();
    RVX_NEXT(op + 1, base, left);
  }
  base = s->pc;
  if (left < 0) [[unlikely]] RVX_CALL(leave_for_budget, op, base, left);
  const PreOp* next = known_block(s, base);
  if (next == nullptr) [[unlikely]] RVX_CALL(look_up, op, base, left);
  RVX_NEXT(next, page_of(base), left);
}

RVX_COLD void RVX_HANDLER_ABI offer(RVX_ARGUMENTS) {
  auto* counter = const_cast<PreOp*>(op);
  HotCode& hot = *s->run->hot;
  counter->imm = hot.threshold();
  const FetchEntry& e = fetch_slot(*s->view.fetch, base);
  if (e.tag == base) {
    const uint32_t handle = hot.translate(*s->run->hart, *e.page, base + offset_of(op));
    if (handle != 0) {
      counter->handler = run_translated;
      counter->imm = static_cast<int32_t>(handle);
      RVX_NEXT(op, base, left);
    }
  }
  RVX_NEXT(op + 1, base, left);
}

void RVX_HANDLER_ABI run_count(RVX_ARGUMENTS) {
  auto* counter = const_cast<PreOp*>(op);
  if (--counter->imm <= 0) [[unlikely]] RVX_CALL(offer, op, base, left);
  RVX_NEXT(op + 1, base, left);
}

template <Op kOp, bool kLocal>
constexpr Handler handler_of() {
  constexpr Class kClass = class_of(kOp);
  if constexpr (kOp == Op::kIllegal) return run_illegal;
  else if constexpr (kClass == Class::kCsr || kClass == Class::kSystem) return run_system;
  else if constexpr (kClass == Class::kFp || kClass == Class::kFpLoad || kClass == Class::kFpStore) return run_fp<kOp>;
  else return run_one<kOp, kLocal>;
}

template <Op kOp>
constexpr Handler misaligned_handler_of() {
  if constexpr (class_of(kOp) == Class::kBranch || class_of(kOp) == Class::kJal) return run_misaligned<kOp>;
  else return run_illegal;  // never asked for
}

// Indexed by Reach.
constexpr std::array<std::array<Handler, 3>, isa::kOpCount> make_handlers() {
  std::array<std::array<Handler, 3>, isa::kOpCount> table{};
  for (auto& row : table) row = {run_illegal, run_illegal, run_illegal};
#define INSN(name, pattern, format, ext, cls, lowering, section) \
  table[static_cast<size_t>(Op::name)] = {handler_of<Op::name, false>(), handler_of<Op::name, true>(), misaligned_handler_of<Op::name>()};
#define RVC(name, pattern, format, ext, expansion, section)
#include "cpu/isa/instructions.inc"
#undef INSN
#undef RVC
  return table;
}

constexpr std::array<std::array<Handler, 3>, isa::kOpCount> kHandlers = make_handlers();

// Pairs are made of every first with every second. They are what compiled code is mostly made of:
// the most frequent rows of crunch, dhry and of a Linux boot.
#if RVX_TAIL_CALLS
constexpr Op kFirsts[] = {Op::addi, Op::add, Op::addiw, Op::addw, Op::sub, Op::lui, Op::auipc, Op::slli, Op::srli,
                          Op::srai, Op::andi, Op::and_, Op::or_, Op::xor_, Op::mul, Op::ld, Op::lw, Op::lwu, Op::lh,
                          Op::lhu, Op::lbu, Op::sd, Op::sw, Op::sh, Op::sb};
#else  // enough to test what pairs do; all of them take minutes to build with sanitizers
constexpr Op kFirsts[] = {Op::addi, Op::add, Op::lui, Op::ld, Op::lw, Op::sd};
#endif
constexpr Op kEnders[] = {Op::beq, Op::bne, Op::blt, Op::bge, Op::bltu, Op::bgeu, Op::jal, Op::jalr};
constexpr size_t kFirstCount = std::size(kFirsts);
constexpr size_t kSecondCount = kFirstCount + std::size(kEnders);

constexpr Op second_at(size_t index) { return index < kFirstCount ? kFirsts[index] : kEnders[index - kFirstCount]; }

constexpr bool writes_rd(Op op) { return class_of(op) != Class::kStore; }
constexpr bool reads_rs1(Op op) {
  const isa::Format f = format_of(op);
  return f != isa::Format::kU && f != isa::Format::kJ;
}
constexpr bool reads_rs2(Op op) {
  const isa::Format f = format_of(op);
  return f == isa::Format::kR || f == isa::Format::kS || f == isa::Format::kB;
}

// By Forward, then by whether the second's successors are local. Nothing is local or not in the
// middle of a block, and forwarding wants a value and a place for it: such pairs share a handler.
using PairHandlers = std::array<std::array<Handler, 2>, 3>;

template <Op kFirst, Op kSecond, bool kLocal>
constexpr std::array<Handler, 3> make_pair() {
  constexpr bool kAt = kLocal || class_of(kSecond) == Class::kAlu || class_of(kSecond) == Class::kLoad ||
                       class_of(kSecond) == Class::kStore || class_of(kSecond) == Class::kJalr;
  constexpr Forward kRs1 = writes_rd(kFirst) && reads_rs1(kSecond) ? Forward::kRs1 : Forward::kNone;
  constexpr Forward kRs2 = writes_rd(kFirst) && reads_rs2(kSecond) ? Forward::kRs2 : Forward::kNone;
  return {run_pair<kFirst, kSecond, kAt, Forward::kNone>, run_pair<kFirst, kSecond, kAt, kRs1>,
          run_pair<kFirst, kSecond, kAt, kRs2>};
}

template <Op kFirst, Op kSecond>
constexpr PairHandlers make_pair_handlers() {
  constexpr auto kAnywhere = make_pair<kFirst, kSecond, false>();
  constexpr auto kLocal = make_pair<kFirst, kSecond, true>();
  PairHandlers handlers{};
  for (size_t i = 0; i < 3; ++i) handlers[i] = {kAnywhere[i], kLocal[i]};
  return handlers;
}

template <size_t kFirst, size_t... kSecond>
constexpr std::array<PairHandlers, kSecondCount> make_pair_row(std::index_sequence<kSecond...>) {
  return {make_pair_handlers<kFirsts[kFirst], second_at(kSecond)>()...};
}

using PairTable = std::array<std::array<PairHandlers, kSecondCount>, kFirstCount>;
constexpr PairTable kPairs = []<size_t... kFirst>(std::index_sequence<kFirst...>) {
  return PairTable{make_pair_row<kFirst>(std::make_index_sequence<kSecondCount>())...};
}(std::make_index_sequence<kFirstCount>());

// Place of each row among kFirsts and the seconds; kNone where it is not in pairs.
constexpr uint8_t kNone = 255;
constexpr std::array<uint8_t, isa::kOpCount> kPlaces = [] {
  std::array<uint8_t, isa::kOpCount> places{};
  places.fill(kNone);
  for (size_t i = 0; i < kSecondCount; ++i) places[static_cast<size_t>(second_at(i))] = static_cast<uint8_t>(i);
  return places;
}();

}  // namespace

Handler pair_handler_for(Op first, Op second, unsigned written, unsigned rs1, unsigned rs2, Reach reach) noexcept {
  const uint8_t a = kPlaces[static_cast<size_t>(first)];
  const uint8_t b = kPlaces[static_cast<size_t>(second)];
  if (a >= kFirstCount || b == kNone || reach == Reach::kMisaligned) return nullptr;
  const bool is_value = writes_rd(first) && written != kSinkRegister;
  // With both sources forwarded one is enough; the other comes from its register.
  const Forward forward = is_value && reads_rs1(second) && rs1 == written   ? Forward::kRs1
                          : is_value && reads_rs2(second) && rs2 == written ? Forward::kRs2
                                                                            : Forward::kNone;
  return kPairs[a][b][static_cast<size_t>(forward)][static_cast<size_t>(reach)];
}

Handler handler_for(Op op, Reach reach) noexcept { return kHandlers[static_cast<size_t>(op)][static_cast<size_t>(reach)]; }

const PseudoHandlers& pseudo_handlers() noexcept {
  static constexpr PseudoHandlers kPseudo{run_end<true>, run_end<false>, run_stop, run_dropped, run_guard, run_line, run_count, {resolve<0>, resolve<1>}};
  return kPseudo;
}

// --- the loop -----------------------------------------------------------------------------------

namespace {

// Run handlers from `op` until one leaves.
void execute(HartState& state, const PreOp* op, uint64_t pc, int64_t left) noexcept {
  const uint32_t host_mxcsr = isa::fp::enter_guest_fp(static_cast<unsigned>(state.csr.frm), static_cast<unsigned>(state.csr.fflags));
#if RVX_TAIL_CALLS
  op->handler(&state, op, page_of(pc), left, state.view.data);
#else
  InterpreterRun& run = *state.run;
  run.next_op = op;
  run.next_base = page_of(pc);
  run.next_left = left;
  while (run.next_op != nullptr) run.next_op->handler(&state, run.next_op, run.next_base, run.next_left, state.view.data);
#endif
  state.csr.fflags = isa::fp::leave_guest_fp(host_mxcsr);
}

}  // namespace

namespace {

// More exceptions in a row than a sound handler can cause before its first instruction retires.
constexpr unsigned kEndlessTraps = 32;

}  // namespace

bool Interpreter::trap(Hart& hart, unsigned code, uint64_t value) noexcept {
  if (log_ != nullptr) log_->trap(hart, code, hart.s.pc, value);
  hart.take_exception(code, value);
  traps_in_a_row_ = hart.s.instret == instret_at_trap_ ? traps_in_a_row_ + 1 : 0;
  instret_at_trap_ = hart.s.instret;
  if (traps_in_a_row_ < kEndlessTraps) return true;
  traps_in_a_row_ = 0;
  hart.s.trap_loops = true;
  hart.s.attention |= attention::kReschedule;
  return false;
}

void Interpreter::run(Hart& hart, uint64_t until) noexcept {
  HartState& s = hart.s;
  InterpreterRun state;
  state.hart = &hart;
  state.code = &code_;
  state.hot = hot_;
  s.run = &state;
  s.trap_loops = false;
  traps_in_a_row_ = 0;
  s.code_base = code_.at(0);
  while (true) {
    if (s.attention & attention::kInterrupt) {
      s.attention &= ~attention::kInterrupt;
      const uint64_t pc = s.pc;
      if (hart.take_interrupt() && log_ != nullptr)
        log_->trap(hart, s.priv == Priv::kM ? s.csr.mcause : s.csr.scause, pc, 0);
    }
    if (s.attention != 0 || s.instret >= until || hart.port().wants_stop()) break;
    if (code_.wants_flush()) code_.flush();

    // Near the end, and where an instruction cannot be cached, an exact number runs from a block of its own.
    const uint64_t stop = log_ == nullptr ? until : s.instret + 1;
    state.until = static_cast<int64_t>(stop);
    const auto room = static_cast<int64_t>(stop - s.instret);
    const PreOp* op = room >= kMaxBlock ? find_block(&s, s.pc) : nullptr;
    if (op == nullptr) {
      op = code_.scratch_block(s.pc, room >= kMaxBlock ? 1u : static_cast<unsigned>(room));
      if (op == nullptr) {
        const MemFault fault = hart.port().fault();
        if (!trap(hart, fault.code, fault.address)) break;
        continue;
      }
    }
    if (log_ != nullptr) log_->before(hart);
    execute(s, op, s.pc, room - kMaxBlock);
    const bool is_exception = state.exit == InterpreterRun::Exit::kException;
    if (log_ != nullptr) log_->after(hart, is_exception);
    if (is_exception && !trap(hart, state.exception, state.exception_value)) break;
    if (s.stops_early && state.exit == InterpreterRun::Exit::kBudget) break;
  }
  s.run = nullptr;
}

}  // namespace rvx
