// The routines that all generated code uses: ways in, ways out, and calls of C++.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "cpu/host_ops.hpp"
#include "cpu/isa/fp_format.hpp"
#include "cpu/interpreter.hpp"
#include "cpu/row_calls.hpp"
#include "cpu/system.hpp"
#include "jit/translator.hpp"

namespace rvx::jit {
namespace {

using x86::rax;
using x86::rbp;
using x86::rcx;
using x86::rdi;
using x86::rdx;
using x86::rsi;
using x86::rsp;

// --- C++ behind generated code --------------------------------------------------------------------

Translator& translator_of(HartState& s) { return *static_cast<Translator*>(s.run->hot); }

int64_t limit_of(const HartState& s) { return s.run->until - kMaxStretch; }

// What the host made a NaN of its own becomes the canonical one.
uint64_t canonical(uint64_t value, FpFormat format) {
  using namespace isa::fp;
  const bool is_any_nan = format == FpFormat::kDouble ? is_nan<F64>(value) : is_nan<F32>(value & ~box<F32>(0));
  return is_any_nan ? canonical_nan(format) : value;
}

// The state as it is before the site's instruction.
void make_exact(HartState& s, const Site& site, const SavedRegisters& saved) {
  for (const Pinned& p : kPinned) s.x[p.guest] = saved.gpr[static_cast<size_t>(p.host)];
  for (auto dirty = static_cast<uint32_t>(site.dirty); dirty != 0; dirty &= dirty - 1) {
    const auto n = static_cast<size_t>(std::countr_zero(dirty));
    s.x[n] = saved.gpr[static_cast<size_t>(site.homes->x[n])];
  }
  for (auto dirty = static_cast<uint32_t>(site.dirty >> 32); dirty != 0; dirty &= dirty - 1) {
    const auto n = static_cast<size_t>(std::countr_zero(dirty));
    s.f[n] = saved.xmm[static_cast<size_t>(site.homes->f[n])];
  }
  if (site.waiting >= 0) s.f[static_cast<size_t>(site.waiting)] = canonical(s.f[static_cast<size_t>(site.waiting)], site.waiting_format);
}

void set_position(HartState& s, const Site& site, const SavedRegisters& saved) {
  s.pc = s.region_base + site.offset;
  s.instret = static_cast<uint64_t>(limit_of(s) - static_cast<int64_t>(saved.gpr[15]) + site.retired);
}

uint64_t unwind_to_interpreter(HartState& s) {
  s.run->exit = InterpreterRun::Exit::kLookup;
  s.region_left = limit_of(s) - static_cast<int64_t>(s.instret);
  return 1;
}

uint64_t unwind_fault(HartState& s) {
  const MemFault& fault = s.run->hart->port().fault();
  s.run->raise(fault.code, fault.address);
  return 1;
}

// After the instruction: does anything ask for more than going on?
bool must_unwind(HartState& s, bool was_device, uint64_t epoch) {
  if (was_device && (s.attention != 0 || s.run->hart->port().wants_stop())) return true;
  return translator_of(s).epoch() != epoch;
}

uint64_t unwind_after(HartState& s, const Site& site) {
  s.pc += site.insn.length;
  ++s.instret;
  if (s.attention == 0 && !s.run->hart->port().wants_stop()) return unwind_to_interpreter(s);
  s.run->exit = InterpreterRun::Exit::kAttention;
  return 1;
}

uint64_t extended(uint64_t raw, IrType type) {
  switch (type) {
    case IrType::kI8: return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(raw)));
    case IrType::kI16: return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int16_t>(raw)));
    case IrType::kI32: return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(raw)));
    default: return raw;
  }
}

// After an access that the window did not have: it is wanted there the next time. Where that cannot be, as
// with devices and with data beside code, the instruction is translated again without a window.
void fill_window(HartState& s, uint64_t va, Site& site) {
  constexpr uint32_t kRefusals = 64;
  if (!site.is_windowed || s.run->hart->port().fill_window(va)) return;
  if (++site.refused == kRefusals) translator_of(s).unmerge(s, site);
}

uint64_t slow_load(HartState& s, uint64_t va, Site& site, const SavedRegisters& saved) {
  set_position(s, site, saved);
  uint64_t raw = 0;
  const MemStatus status = s.run->hart->port().load(va, size_of(site.type), raw);
  if (status == MemStatus::kFault) [[unlikely]] {
    make_exact(s, site, saved);
    return unwind_fault(s);
  }
  s.region_value = extended(raw, site.type);
  const uint64_t epoch = translator_of(s).epoch();
  fill_window(s, va, site);
  if (!must_unwind(s, status == MemStatus::kDevice, epoch)) return 0;
  make_exact(s, site, saved);
  if (site.is_floating) {
    s.f[site.insn.rd] = size_of(site.type) == 8 ? raw : raw | ~uint64_t{0} << 8 * size_of(site.type);
    s.csr.mstatus |= mstatus::kFS;
  } else {
    s.x[site.insn.rd] = s.region_value;
  }
  return unwind_after(s, site);
}

uint64_t slow_store(HartState& s, uint64_t va, uint64_t value, Site& site, const SavedRegisters& saved) {
  const unsigned size = size_of(site.type);
  const bool is_beside_code = s.run->hart->port().store_beside_code(va, size, value);
  if (is_beside_code && !site.is_windowed) return 0;
  set_position(s, site, saved);
  const uint64_t epoch = translator_of(s).epoch();
  const MemStatus status = is_beside_code ? MemStatus::kOk : s.run->hart->port().store(va, size, value);
  if (status == MemStatus::kFault) [[unlikely]] {
    make_exact(s, site, saved);
    return unwind_fault(s);
  }
  fill_window(s, va, site);
  if (!must_unwind(s, status == MemStatus::kDevice, epoch)) return 0;
  make_exact(s, site, saved);
  return unwind_after(s, site);
}

uint64_t slow_fill(HartState& s, uint64_t va, Site& site, SavedRegisters& saved) {
  constexpr uint32_t kRefusals = 16;
  uint64_t addend = 0;
  if (s.run->hart->port().prepare(va, site.span, site.is_write ? Access::kStore : Access::kLoad, addend)) {
    saved.gpr[11] = addend;
    return 0;
  }
  set_position(s, site, saved);
  make_exact(s, site, saved);
  // Where the range is in one page, the access itself faults or is a device's.
  const bool straddles = (va & kPageMask) + site.span > kPageSize;
  if (straddles && ++site.refused == kRefusals) translator_of(s).unmerge(s, site);
  return unwind_to_interpreter(s);
}

uint64_t slow_call(HartState& s, const Site& site, const SavedRegisters& saved) {
  set_position(s, site, saved);
  make_exact(s, site, saved);
  const uint64_t epoch = translator_of(s).epoch();
  const BodyStatus status = call_row(*s.run->hart, site.op, site.insn, s.region_base);
  if (status == BodyStatus::kFault) [[unlikely]] return unwind_fault(s);
  return must_unwind(s, status == BodyStatus::kDevice, epoch) ? unwind_after(s, site) : 0;
}

uint64_t slow_system(HartState& s, const Site& site, const SavedRegisters& saved) {
  set_position(s, site, saved);
  make_exact(s, site, saved);
  const uint64_t epoch = translator_of(s).epoch(), generation = s.view.fetch_generation, satp = s.csr.satp;
  const DataTlb* const tlb = s.view.data;
  const SystemOutcome outcome = execute_system(*s.run->hart, site.insn, site.op, site.bits);
  if (outcome.kind == SystemOutcome::Kind::kException) [[unlikely]] {
    s.run->raise(outcome.code, outcome.value);
    return 1;
  }
  // Whatever the region relies on must be as before: its code, where it is mapped, and the contexts. One context
  // may serve several address spaces, but what the region found in its host TLB it may have lost.
  const bool goes_on = s.attention == 0 && s.view.data == tlb && s.csr.satp == satp && s.view.fetch_generation == generation && translator_of(s).epoch() == epoch &&
                       !s.run->hart->port().wants_stop();
  return goes_on ? 0 : unwind_after(s, site);
}

// 0: go on. 1: the state is exact, back to the interpreter.
uint64_t slow_by_kind(HartState* s, uint64_t va, uint64_t value, Site* site, SavedRegisters* saved) noexcept {
  switch (site->kind) {
    case Site::Kind::kLoad: return slow_load(*s, va, *site, *saved);
    case Site::Kind::kStore: return slow_store(*s, va, value, *site, *saved);
    case Site::Kind::kLine: s->run->hart->port().fetch_line(static_cast<uint32_t>(va)); return 0;
    case Site::Kind::kFill: return slow_fill(*s, va, *site, *saved);
    case Site::Kind::kCall: return slow_call(*s, *site, *saved);
    case Site::Kind::kSystem: return slow_system(*s, *site, *saved);
  }
  __builtin_trap();
}

// C++ has the budget as what is left of it, generated code as r15 has it: from either one to the other.
uint64_t turned_budget(const HartState& s, uint64_t budget) { return s.model_limit == 0 ? budget : s.model_limit - budget; }

// While C++ stands in for generated code, that has `left` to retire: the model's clock is where that is, and code goes on
// behind what has been noted meanwhile.
class ModelTime {
 public:
  ModelTime(HartState& s, uint64_t left) : s_(s), model_(s.run->hart->port().model()) {
    if (model_ == nullptr) return;
    now_ = s.model_limit - left;
    model_->clock().now = std::max(model_->clock().now, now_);
  }
  ~ModelTime() {
    if (model_ != nullptr && model_->clock().now > now_) s_.model_limit += model_->clock().now - now_;
  }
  ModelTime(const ModelTime&) = delete;
  ModelTime& operator=(const ModelTime&) = delete;

 private:
  HartState& s_;
  MemoryModel* model_;
  uint64_t now_ = 0;
};

// Where the slow path's frame is, and behind it what regions keep on the stack.
struct SlowFrame {
  SavedRegisters saved;
  uint64_t alignment;
  const void* return_address;
  std::array<uint64_t, kKeptWords> kept;
};

uint64_t slow(HartState* s, uint64_t va, uint64_t value, Site* site, SavedRegisters* saved) noexcept {
  uint64_t& budget = saved->gpr[host::kR15];
  budget = turned_budget(*s, budget);
  uint64_t result = 0;
  {
    const ModelTime time(*s, budget - static_cast<uint64_t>(site->retired));
    result = slow_by_kind(s, va, value, site, saved);
  }
  budget = turned_budget(*s, budget);
  if (s->run->hart->port().model() != nullptr) {  // what was checked may be gone
    saved->gpr[host::kR11] = 0;
    std::fill_n(reinterpret_cast<SlowFrame*>(saved)->kept.begin(), kCheckSlots, 0);
  }
  if (Report* report = translator_of(*s).report(); report != nullptr) [[unlikely]] {
    const bool is_fault = result != 0 && s->run->exit == InterpreterRun::Exit::kException;
    report->count(*site, result == 0 ? Report::Outcome::kDone : is_fault ? Report::Outcome::kFault : Report::Outcome::kLeft);
  }
  return result;
}

const void* find_code(HartState* s, uint64_t va, uint64_t left) noexcept {
  const ModelTime time(*s, left);
  return translator_of(*s).look_up(*s, va);
}

const void* link_exit(HartState* s, const Exit* exit) noexcept {
  s->region_value = s->region_base + static_cast<uint64_t>(exit->offset);
  return translator_of(*s).resolve(*exit);
}

// --- code -----------------------------------------------------------------------------------------

constexpr int8_t kCalleeSaved[] = {host::kRbx, host::kRbp, host::kR12, host::kR13, host::kR14, host::kR15};
// What slow() finds in SavedRegisters: all that a region keeps in caller-saved registers, and what
// it needs to know of the others.
constexpr int8_t kSaved[] = {host::kRdx, host::kRbx, host::kRsi, host::kRdi, host::kR8, host::kR9, host::kR10, host::kR11, host::kR12, host::kR13, host::kR15};
constexpr int8_t kRestored[] = {host::kRdx, host::kRsi, host::kRdi, host::kR8, host::kR9, host::kR10, host::kR11, host::kR15};

Mem saved_gpr(int8_t n) { return x86::qword_ptr(rsp, 8 * n); }
Mem saved_xmm(int8_t n) { return x86::qword_ptr(rsp, static_cast<int32_t>(offsetof(SavedRegisters, xmm)) + 8 * n); }

// As turned_budget(). Changes rcx.
void turn_budget(Assembler& a) {
  Label done = a.newLabel();
  a.mov(rcx, state_field(offsetof(HartState, model_limit)));
  a.test(rcx, rcx);
  a.jz(done);
  a.sub(rcx, x86::r15);
  a.mov(x86::r15, rcx);
  a.bind(done);
}

template <class F>
void call(Assembler& a, F* function) {
  a.mov(rax, reinterpret_cast<uint64_t>(function));
  a.call(rax);
}

void emit_slow(Assembler& a, bool with_fp, const Label& leave_exact) {
  constexpr auto kFrame = static_cast<int32_t>(offsetof(SlowFrame, return_address));
  a.sub(rsp, kFrame);
  for (int8_t n : kSaved) a.mov(saved_gpr(n), gp64(n));
  if (with_fp)
    for (const int8_t n : kRegionF) a.vmovq(saved_xmm(n), xmm(n));
  a.mov(rdi, rbp);
  a.mov(rsi, rax);
  a.mov(x86::r8, rsp);
  // rdx and rcx hold the value and the site already.
  call(a, slow);
  Label unwind = a.newLabel();
  a.test(x86::eax, x86::eax);
  a.jnz(unwind);
  for (int8_t n : kRestored) a.mov(gp64(n), saved_gpr(n));
  if (with_fp)
    for (const int8_t n : kRegionF) a.vmovq(xmm(n), saved_xmm(n));
  a.mov(rax, state_field(offsetof(HartState, region_value)));
  a.add(rsp, kFrame);
  a.ret();
  a.bind(unwind);
  a.add(rsp, kFrame + 8);  // and the return address
  a.jmp(leave_exact);
}

}  // namespace

void Translator::make_thunks() {
  CodeHolder code;
  const size_t start = arena_.next();
  code.init(asmjit::Environment::host(), reinterpret_cast<uint64_t>(arena_.code(start)));
  Assembler a(&code);
  const Label enter = a.newLabel(), leave = a.newLabel(), leave_exact = a.newLabel(), look_up_code = a.newLabel(),
              resolve_code = a.newLabel(), slow_code = a.newLabel(), slow_fp_code = a.newLabel();

  a.bind(enter);  // (HartState*, const void* code, uint64_t r14)
  for (int8_t n : kCalleeSaved) a.push(gp64(n));
  a.sub(rsp, kFrameBytes);
  a.mov(rbp, rdi);
  a.mov(x86::r14, rdx);
  a.mov(x86::r15, state_field(offsetof(HartState, region_left)));
  turn_budget(a);
  a.mov(rax, state_field(offsetof(HartState, view) + offsetof(HostTlbView, data)));
  a.mov(x86::r11, x86::qword_ptr(rax, static_cast<int32_t>(offsetof(DataTlb, window))));
  a.or_(x86::r11, x86::qword_ptr(rax, static_cast<int32_t>(offsetof(DataTlb, window) + 8)));
  for (const Pinned& p : kPinned) a.mov(gp64(p.host), state_field(offsetof(HartState, x) + 8 * p.guest));
  a.jmp(rsi);

  a.bind(leave);
  a.mov(state_field(offsetof(HartState, pc)), rax);
  turn_budget(a);
  a.mov(state_field(offsetof(HartState, region_left)), x86::r15);
  for (const Pinned& p : kPinned) a.mov(state_field(offsetof(HartState, x) + 8 * p.guest), gp64(p.host));
  a.bind(leave_exact);
  a.add(rsp, kFrameBytes);
  for (size_t i = std::size(kCalleeSaved); i-- > 0;) a.pop(gp64(kCalleeSaved[i]));
  a.ret();

  a.bind(look_up_code);
  a.mov(state_field(offsetof(HartState, region_value)), rax);
  turn_budget(a);
  a.mov(rdi, rbp);
  a.mov(rsi, rax);
  a.mov(rdx, x86::r15);
  call(a, find_code);
  turn_budget(a);
  a.mov(rcx, rax);
  a.mov(rax, state_field(offsetof(HartState, region_value)));
  a.test(rcx, rcx);
  a.jz(leave);
  a.jmp(rcx);

  a.bind(resolve_code);
  a.mov(rdi, rbp);
  a.mov(rsi, rcx);
  call(a, link_exit);
  a.mov(rcx, rax);
  a.mov(rax, state_field(offsetof(HartState, region_value)));
  a.test(rcx, rcx);
  a.jz(leave);
  a.jmp(rcx);

  a.bind(slow_code);
  emit_slow(a, false, leave_exact);
  a.bind(slow_fp_code);
  emit_slow(a, true, leave_exact);

  code.flatten();
  code.resolveUnresolvedLinks();
  const size_t at = arena_.take(code.codeSize());
  code.relocateToBase(reinterpret_cast<uint64_t>(arena_.code(at)));
  code.copyFlattenedData(arena_.writable(at), code.codeSize());
  const auto address = [&](const Label& label) { return reinterpret_cast<uint64_t>(arena_.code(at)) + code.labelOffset(label); };
  routines_ = {address(leave), address(leave_exact), address(look_up_code), address(resolve_code), address(slow_code), address(slow_fp_code)};
  enter_ = reinterpret_cast<void (*)(HartState*, const void*, uint64_t)>(address(enter));
  thunk_names_ = {{address(enter), "enter"},          {address(leave), "leave"},          {address(look_up_code), "look up"},
                  {address(resolve_code), "link exit"}, {address(slow_code), "slow path"}, {address(slow_fp_code), "slow path, fp"}};
  after_thunks_ = arena_.used();
}

void Translator::enter(HartState& s, uint32_t handle) noexcept {
  Kind kind = static_cast<Kind>(handle & 3);  // entries are aligned
  const uint8_t* code = arena_.code(handle & ~3u);
  if (kind != kind_of(s)) [[unlikely]] {
    // Code without a window runs anywhere; the other kind has to be there.
    if (const Found other = code_for(s, s.pc); other.direct != 0) {
      code = arena_.code(other.direct);
      kind = other.kind;
    } else if (is_window(kind)) {
      return;
    }
  }
  s.routines = routines_;  // a reset of the hart clears them
  const int64_t before = s.region_left;
  const uint64_t r14 = is_window(kind) ? window_bound(half_of(kind)) : reinterpret_cast<uint64_t>(s.view.data);
  MemoryPort& port = s.run->hart->port();
  s.model_limit = port.model() == nullptr ? 0 : port.model()->clock().now + 1 + static_cast<uint64_t>(before);
  enter_(&s, code, r14);
  if (port.model() != nullptr) {
    uint64_t& now = port.model()->clock().now;
    now = std::max(now, s.model_limit - static_cast<uint64_t>(s.region_left));
    if (s.view.has_moved) port.forget_fetched_page();
  }
  if (s.run->exit == InterpreterRun::Exit::kLookup) warm(s, before - s.region_left);
}

// A context whose code runs for long gets a window: mappings cost more than entries of the host TLB, and
// are worth it where they are used often.
void Translator::warm(HartState& s, int64_t instructions) noexcept {
  DataTlb& tlb = *s.view.data;
  tlb.heat += static_cast<uint64_t>(instructions);
  if (kind_of(s) != Kind::kTlb || tlb.heat < options_.window_threshold) return;
  // Programs keep their data in the half of the address space that they run in.
  s.run->hart->port().open_window(s.pc >> 63 != 0 ? WindowHalf::kUpper : WindowHalf::kLower);
  if (kind_of(s) != Kind::kTlb) s.view.fetch->forget_jumps();
  else tlb.heat = 0;
}

}  // namespace rvx::jit
