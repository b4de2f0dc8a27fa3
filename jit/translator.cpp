// The second tier: from hot blocks to regions, and what becomes of them.
#include "jit/translator.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "cpu/interpreter.hpp"
#include "cpu/isa/fp_env.hpp"
#include "jit/find_region.hpp"

namespace rvx::jit {
namespace {

// A block that stands inside a region already is offered when regions are left there, as at the end of a turn. It
// gets a region of its own only when it has been offered more often than that.
constexpr uint8_t kMostRefusals = 50;

// A page whose code changes this often stays with the interpreter, until so many instructions later:
// it may hold other code by then.
constexpr unsigned kMostChanges = 8;
constexpr uint64_t kPardon = 50'000'000;

// C++ here runs in the middle of guest code: MXCSR is the guest's.
class HostFloatingPoint {
 public:
  HostFloatingPoint() : guest_(isa::fp::read_mxcsr()) { isa::fp::write_mxcsr(isa::fp::kMxcsrMasked); }
  ~HostFloatingPoint() { isa::fp::write_mxcsr(guest_); }
  HostFloatingPoint(const HostFloatingPoint&) = delete;
  HostFloatingPoint& operator=(const HostFloatingPoint&) = delete;

 private:
  uint32_t guest_;
};

uint64_t line_bit(uint64_t offset) { return uint64_t{1} << (offset >> 6); }

// Where the indirect jump at `jump` led the last time that the interpreter went there, as an offset in the
// page that is mapped at va's, or -1.
int64_t last_target(const CodeCache& code, const CodePage& page, uint64_t va, uint16_t block, uint16_t jump) {
  // Blocks of the interpreter's may end earlier than those of regions.
  for (uint32_t start = block; start <= jump && page.entry[start >> 1] != 0;) {
    const PreOp* op = code.at(page.entry[start >> 1]);
    uint32_t at = start, last = start;
    for (;; ++op) {
      if ((op->length & ~kEndsBlock) != 0) last = at;
      at += op->length & ~kEndsBlock;
      if ((op->length & kEndsBlock) != 0) break;
    }
    const Link& link = link_of(op);
    if (last == jump) {
      const bool is_known = isa::info(static_cast<isa::Op>(link.op)).cls == isa::Class::kJalr && (link.indirect.pc ^ va) < kPageSize;
      return is_known ? static_cast<int64_t>(link.indirect.pc & kPageMask) : -1;
    }
    if (at <= start) break;
    start = at;
  }
  return -1;
}

// The lines of their page that hold the instructions.
uint64_t lines_of(std::span<const GuestInsn> insns) {
  uint64_t lines = 0;
  for (const GuestInsn& insn : insns)
    lines |= line_bit(insn.offset) | line_bit(std::min<uint64_t>(insn.offset + insn.length - 1u, kPageMask));
  return lines;
}

}  // namespace

Translator::Translator(PhysicalMemory& memory, const Options& options, Workshop& workshop, unsigned hart)
    : memory_(memory), options_(options), workshop_(workshop), hart_(hart), arena_(std::max(options.code_bytes, kLeast) + kReserve),
      window_faults_(arena_.code(0), arena_.size()),
      ram_base_(memory.ram().base()),
      pages_bytes_((memory.ram().size() >> kPageShift) * sizeof(Page*) * std::size(kKinds)) {
  void* mapping = mmap(nullptr, pages_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<Page**>(mapping);
  static_cast<void>(arena_.take(16));  // no code at offset 0
  make_thunks();
}

Translator::~Translator() {
  workshop_.background.forget(hart_);
  munmap(pages_, pages_bytes_);
}

bool Translator::open_perf_map() {
  if (!perf_map_.open()) return false;
  for (size_t i = 0; i < thunk_names_.size(); ++i) {
    const uint64_t end = i + 1 < thunk_names_.size() ? thunk_names_[i + 1].first : reinterpret_cast<uint64_t>(arena_.code(after_thunks_));
    perf_map_.add(thunk_names_[i].first, end - thunk_names_[i].first, fmt::format("rv:({})", thunk_names_[i].second));
  }
  return true;
}

std::string Translator::name_of(uint64_t va) const {
  const std::string symbol = symbol_at ? symbol_at(va) : std::string();
  return symbol.empty() ? fmt::format("rv:{:#x}", va) : "rv:" + symbol;
}

ModelView model_view(MemoryPort& port) noexcept {
  const MemoryModel* const model = port.model();
  if (model == nullptr) return {};
  return {.is_there = true,
          .fetch_shift = port.fetch_line_shift(),
          .data_shift = port.data_line_shift(),
          .ram_base = port.memory().ram().base(),
          .notes_fetch_tlb = model->looks_at_hits(FilterSource::kFetchTlb),
          .notes_data_tlb = model->looks_at_hits(FilterSource::kDataTlb),
          .notes_fetch_cache = model->looks_at_hits(FilterSource::kFetchCache),
          .notes_data_cache = model->looks_at_hits(FilterSource::kDataCache)};
}

uint32_t Translator::translate(Hart& hart, CodePage& page, uint64_t va) noexcept {
  const HostFloatingPoint scope;
  if (workshop_.background.has_results(hart_)) place_finished();
  const auto head = static_cast<uint16_t>(va & kPageMask);
  const Kind kind = kind_of(hart.s);
  Page*& slot = page_slot(page.physical, kind);
  if (slot == nullptr) {
    owned_.push_back(std::make_unique<Page>());
    slot = owned_.back().get();
    slot->physical = page.physical;
    slot->kind = kind;
    slot->code = &page;
  }
  const auto handle = [&] { return slot->entry[head >> 1] == 0 ? 0 : slot->entry[head >> 1] | static_cast<uint32_t>(kind); };
  if (handle() != 0) return handle();
  if (wants_flush() || keeps_changing(*slot, hart.s.instret)) return 0;

  if (slot->pending[head >> 1]) return 0;
  if (slot->covered[head >> 1] && slot->refused[head >> 1] < kMostRefusals) {
    ++slot->refused[head >> 1];
    return 0;
  }
  const uint64_t start = host_ns();
  const uint8_t* const bytes = memory_.ram().at(page.physical);
  CompileJob job;
  job.kind = kind;
  job.model = model_;
  job.va = va;
  job.retirements = slot->retirements;
  job.flushes = counters_.flushes;
  if (const auto apart = unmerged_.find(unmerged_key(page.physical, kind)); apart != unmerged_.end()) job.apart = apart->second;
  const auto is_over = [&](Stage stage) { job.stage_ns[static_cast<size_t>(stage)] = host_ns() - start; };
  if (!options_.report) job.result = workshop_.shared.find(page.physical, kind, head, job.apart, bytes);
  if (job.result != nullptr) {
    job.is_taken = true;
    is_over(Stage::kFind);
    place(job);
    return handle();
  }

  Region region = find_region({.page = bytes,
                               .physical = page.physical,
                               .head = head,
                               .isa = &hart.config(),
                               .has_run = [&](uint16_t offset) { return page.entry[offset >> 1] != 0; },
                               .last_target = [&](uint16_t block, uint16_t jump) { return last_target(*hart.s.run->code, page, va, block, jump); }});
  if (region.blocks.empty() || !claim(insns_of(region), *slot)) return 0;
  job.region = std::move(region);
  job.region.observes_events = options_.observes_events;
  is_over(Stage::kFind);

  // Counting code belongs to a report that is written to meanwhile, and to no other hart.
  if (options_.report) {
    if (report_ == nullptr) report_ = std::make_unique<Report>(hart.config());
    job.tallies = &report_->add(job.region, va, bytes).tallies;
    compile(job);
  } else if (options_.is_synchronous) {
    workshop_.shared.take_or_compile(job, bytes);
  } else {
    for (const IrBlock& block : job.region.blocks) slot->pending[block.start >> 1] = true;
    workshop_.background.submit(hart_, std::move(job), bytes);
    return 0;
  }
  place(job);
  return handle();
}

bool Translator::keeps_changing(Page& page, uint64_t now) noexcept {
  if (page.changes <= kMostChanges) return false;
  if (page.left_alone_at == 0) {
    page.left_alone_at = now;
    ++counters_.changing_pages;
  }
  if (now - page.left_alone_at < kPardon) return true;
  page.left_alone_at = 0;
  page.changes = kMostChanges / 2;
  return false;
}

// Stores to these instructions are seen from now on, and so far they are what the page holds.
bool Translator::claim(std::span<const GuestInsn> insns, Page& page) noexcept {
  const uint64_t lines = lines_of(insns), fresh = lines & ~page.code->lines;
  page.code->lines |= fresh;
  if (fresh != 0) memory_.code_lines(page.physical).fetch_or(fresh);
  if (!are_in(insns, memory_.ram().at(page.physical))) return false;
  page.lines |= lines;
  return true;
}

void Translator::place_finished() noexcept {
  for (CompileJob& job : workshop_.background.fetch(hart_)) place(job);
}

void Translator::place(CompileJob& job) noexcept {
  const uint64_t start = host_ns();
  const CompiledRegion& made = *job.result;
  const auto head = static_cast<uint16_t>(job.va & kPageMask);
  Page* const page = job.flushes == counters_.flushes ? page_slot(made.physical, job.kind) : nullptr;
  if (page != nullptr)
    for (const IrBlock& block : job.region.blocks) page->pending[block.start >> 1] = false;
  const size_t at = arena_.next(), size = made.code.size();
  if (page == nullptr || page->retirements != job.retirements || at + size > arena_.size() || (job.is_taken && !claim(made.insns, *page))) {
    ++counters_.useless_regions;
    return;
  }
  if (arena_.take(size) != at) __builtin_trap();
  std::memcpy(arena_.writable(at), made.code.data(), size);
  auto named = std::make_unique<Named>(Named{made.homes, {made.sites.begin(), made.sites.end()}, made.exits});
  for (Site& site : named->sites) site.homes = &named->homes[site.zone];
  for (Exit& exit : named->exits) exit.patch += at;
  for (const CompiledRegion::Address& field : made.addresses) {
    const void* const address = field.is_site ? static_cast<const void*>(&named->sites[field.number]) : &named->exits[field.number];
    std::memcpy(arena_.writable(at + field.at), &address, sizeof address);
  }
  if (options_.perf_map)
    perf_map_.add(reinterpret_cast<uint64_t>(arena_.code(at)), size, name_of(job.va) + (is_window(job.kind) ? " (window)" : ""));

  for (const auto& [insn, stub] : made.window_accesses) window_faults_.add(at + insn, at + stub);
  for (const CompiledRegion::Entry& entry : made.entries) {
    const auto direct = static_cast<uint32_t>(at + entry.direct);
    page->leaves.push_back(direct);
    page->leaves.push_back(static_cast<uint32_t>(at + entry.leave));
    // The first region of an address keeps it.
    if (page->entry[entry.offset >> 1] == 0 || entry.offset == head) page->entry[entry.offset >> 1] = direct;
  }
  for (const GuestInsn& insn : made.insns) page->covered[insn.offset >> 1] = true;
  ++counters_.regions;
  counters_.shared_regions += job.is_taken;
  counters_.guest_instructions += made.insns.size();
  counters_.host_bytes += size;
  job.stage_ns[static_cast<size_t>(Stage::kPlace)] = host_ns() - start;
  uint64_t compile_ns = 0;
  for (size_t i = 0; i < job.stage_ns.size(); ++i) {
    counters_.stage_ns[i] += job.stage_ns[i];
    compile_ns += job.stage_ns[i];
  }
  counters_.compile_ns += compile_ns;
  if (job.tallies != nullptr) {
    RegionReport& report = report_->newest();
    for (const Site& site : named->sites) report_->add_site(report, site);
    report.region = std::move(job.region);
    report.host = reinterpret_cast<uint64_t>(arena_.code(at));
    report.block_at = made.block_at;
    report.insn_at = made.insn_at;
    report.blocks_end = made.blocks_end;
    report.compile_ns = compile_ns;
    report.code.assign(arena_.code(at), arena_.code(at) + size);
  }
  named_.push_back(std::move(named));
}

std::string Translator::report_text(size_t top, uint64_t run_ns, uint64_t instructions) const {
  const Counters& c = counters_;
  std::map<uint64_t, const char*> names;
  for (const auto& [address, name] : thunk_names_) names[address] = name;
  const ReportFrame frame{.run_ns = run_ns,
                          .instructions = instructions,
                          .regions = c.regions,
                          .guest_instructions = c.guest_instructions,
                          .compile_ns = c.compile_ns,
                          .stage_ns = c.stage_ns,
                          .dropped = c.dropped_regions,
                          .flushes = c.flushes,
                          .unmerged = c.unmerged,
                          .bytes_used = arena_.used(),
                          .bytes = arena_.size()};
  return report_ == nullptr ? "nothing was translated\n" : report_->text(top, frame, names, symbol_at);
}

void Translator::retire(Page& page) noexcept {
  for (size_t i = 0; i < page.leaves.size(); i += 2) {
    // jmp rel32, in one store of eight aligned bytes.
    const uint32_t from = page.leaves[i], to = page.leaves[i + 1];
    uint64_t bytes = 0x9090900000000000;
    const uint64_t jump = 0xe9 | static_cast<uint64_t>(to - (from + 5)) << 8;
    bytes = (bytes & ~uint64_t{0xffffffffff}) | (jump & 0xffffffffff);
    std::atomic_ref(*reinterpret_cast<uint64_t*>(arena_.writable(from))).store(bytes, std::memory_order_release);
  }
  counters_.dropped_regions += 1;
  ++page.retirements;
  page.covered.reset();
  page.refused.fill(0);
  page.leaves.clear();
  std::fill(std::begin(page.entry), std::end(page.entry), 0);
  page.lines = 0;
}

void Translator::drop(uint64_t physical, uint64_t length) noexcept {
  const uint64_t first = (physical & kPageMask) >> 6;
  const uint64_t last = std::min((physical & kPageMask) + length - 1, kPageMask) >> 6;
  const uint64_t touched = (~uint64_t{0} >> (63 - (last - first))) << first;
  for (const Kind kind : kKinds) {
    Page* page = page_slot(physical, kind);
    if (page == nullptr || (page->lines & touched) == 0) continue;
    ++page->changes;
    retire(*page);
  }
}

void Translator::flush() noexcept {
  for (const auto& page : owned_) page_slot(page->physical, page->kind) = nullptr;
  owned_.clear();
  if (report_ != nullptr) report_->flush();
  workshop_.background.forget(hart_);
  named_.clear();
  window_faults_.clear();
  arena_.reset(after_thunks_);
  ++counters_.dropped_regions;
  ++counters_.flushes;
}

Translator::Found Translator::code_for(HartState& s, uint64_t va) noexcept {
  if (workshop_.background.has_results(hart_)) [[unlikely]] place_finished();
  CodePage* const at = s.run->code->page_at(va);
  if (at == nullptr) return {};
  const auto known = [&](Kind kind) {
    const Page* page = page_slot(at->physical, kind);
    return page == nullptr ? 0 : page->entry[(va & kPageMask) >> 1];
  };
  const Kind kind = kind_of(s);
  if (const uint32_t direct = known(kind); direct != 0) return {direct, kind};
  if (!is_window(kind) || known(Kind::kTlb) == 0) return {};
  static_cast<void>(translate(*s.run->hart, *at, va));
  if (const uint32_t direct = known(kind); direct != 0) return {direct, kind};
  return {known(Kind::kTlb), Kind::kTlb, !page_slot(at->physical, kind)->pending[(va & kPageMask) >> 1]};
}

const void* Translator::look_up(HartState& s, uint64_t va) noexcept {
  if (s.view.has_moved) s.run->hart->port().forget_fetched_page();
  const Found found = code_for(s, va);
  if (found.direct == 0) return nullptr;
  const void* code = arena_.code(found.direct - (is_window(found.kind) ? kWindowIndirectBytes : kIndirectBytes));
  if (found.is_best) s.view.fetch->note_jump(va, code, s.view.page_time);
  return code;
}

const void* Translator::resolve(const Exit& exit) noexcept {
  const Page* page = page_slot(exit.physical, exit.kind);
  const uint32_t direct = page == nullptr ? 0 : page->entry[static_cast<uint64_t>(exit.offset) >> 1];
  if (direct == 0) return nullptr;
  const auto displacement = static_cast<int32_t>(static_cast<int64_t>(direct) - static_cast<int64_t>(exit.patch + 4));
  std::atomic_ref(*reinterpret_cast<int32_t*>(arena_.writable(exit.patch))).store(displacement, std::memory_order_release);
  return arena_.code(direct);
}

void Translator::unmerge(const HartState& s, const Site& site) noexcept {
  const FetchEntry& e = fetch_slot(*s.view.fetch, s.region_base);
  if (e.tag != s.region_base) return;
  // Code without a window may run in a context that has one; code with one has no shared checks of pages.
  const Kind kind = site.kind == Site::Kind::kFill ? Kind::kTlb : kind_of(s);
  Page* page = page_slot(e.page->physical, kind);
  if (page == nullptr) return;
  const HostFloatingPoint scope;
  unmerged_[unmerged_key(page->physical, kind)].push_back(site.offset);
  ++counters_.unmerged;
  retire(*page);
}

}  // namespace rvx::jit
