// Between a hart's host TLBs and its model: what is asked of the model, and what the host TLB may answer.
#include "mmu/filter.hpp"

#include <sys/mman.h>

#include <bit>
#include <new>

namespace rvx {
namespace {

// More entries than this for one of the model's are given up and found again.
constexpr size_t kMostEntries = 4096;

}  // namespace

MemoryPort::Filter::Filter(MemoryPort& port, MemoryModel& model, bool is_exact)
    : port_(port), model_(model), is_exact_(is_exact), watches_pages_(is_exact || model.looks_at_hits(FilterSource::kFetchTlb)) {
  learn_times(FilterSource::kFetchTlb, model.l1i_tlb().entries());
  learn_times(FilterSource::kDataTlb, model.l1d_tlb().entries());
  if (model.l1i()) learn_times(FilterSource::kFetchCache, model.l1i()->slots());
  if (model.l1d()) learn_times(FilterSource::kDataCache, model.l1d()->slots());
  by_data_tlb_.resize(model.l1d_tlb().entries());
  generations_.resize(model.l1d_tlb().entries());
  by_fetch_tlb_.resize(model.l1i_tlb().entries());
  if (model.l1d()) by_data_cache_.resize(model.l1d()->slots());
  if (model.l1i()) {
    line_of_.resize(model.l1i()->slots(), kNoLine);
    lines_ = port.memory().ram().size() / model.l1i()->line_bytes();
    void* const mapping = mmap(nullptr, lines_ * sizeof *line_time_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    line_time_ = static_cast<uint64_t**>(mapping);
  }
  port.view_.line_time = line_time_;
  port.view_.fetched_line = kNoLine;
  port.view_.page_time = &unread_time_;
  port.view_.has_moved = false;
  model.listen(this);
}

MemoryPort::Filter::~Filter() {
  model_.listen(nullptr);
  port_.view_.line_time = nullptr;
  port_.view_.page_time = nullptr;
  if (line_time_ != nullptr) munmap(line_time_, lines_ * sizeof *line_time_);
}

void MemoryPort::Filter::learn_times(FilterSource source, unsigned entries) {
  for (unsigned index = 0; index < entries; ++index) {
    uint64_t* const time = model_.time_of(source, index);
    times_[static_cast<size_t>(source)].push_back(time == nullptr ? &unread_time_ : time);
  }
}

void MemoryPort::Filter::note_page(unsigned tlb_slot, ModelledEntry& entry) {
  if (by_data_tlb_[tlb_slot].size() >= kMostEntries) drop_page(tlb_slot);
  by_data_tlb_[tlb_slot].push_back(&entry);
}

void MemoryPort::Filter::drop_page(unsigned tlb_slot) noexcept {
  for (ModelledEntry* entry : by_data_tlb_[tlb_slot]) {
    entry->tag = kInvalidTag;
    entry->tlb_time = nullptr;  // See fill().
  }
  by_data_tlb_[tlb_slot].clear();
}

void MemoryPort::Filter::note_line(unsigned cache_slot, ModelledEntry& entry) noexcept {
  auto& [one, other] = by_data_cache_[cache_slot];
  if (one == &entry || other == &entry) return;
  if (one != nullptr && other != nullptr) drop_line(cache_slot);
  (one == nullptr ? one : other) = &entry;
}

void MemoryPort::Filter::drop_line(unsigned cache_slot) noexcept {
  for (ModelledEntry*& entry : by_data_cache_[cache_slot]) {
    if (entry != nullptr) entry->tag = kInvalidTag;
    entry = nullptr;
  }
}

void MemoryPort::Filter::drop(std::vector<Page>& pages) noexcept {
  if (pages.empty()) return;
  for (const Page& page : pages) {
    if (FetchEntry& e = fetch_slot(page.context->tlb, page.va); e.tag == page.va) e.tag = kInvalidTag;
    page.context->tlb.forget_jumps();
    page.context->generation = 0;
  }
  pages.clear();
  port_.renew_generation();
}

bool MemoryPort::Filter::may_answer(unsigned cache_slot, Access access) const noexcept {
  if (is_exact_) return false;
  return !model_.config().has_caches() || (cache_slot != kNoSlot && model_.changes_only_time(cache_slot, access));
}

void MemoryPort::Filter::fill(ModelledEntry& entry, uint64_t tag, uint64_t addend, unsigned tlb_slot, unsigned cache_slot) {
  uint64_t* const tlb_time = time_of(FilterSource::kDataTlb, tlb_slot);
  // Where the line has come and gone while the translation stayed it is among the translation's entries already.
  const bool is_noted = entry.tlb_time == tlb_time && tlb_time != &unread_time_;
  if (tlb_slot != kNoSlot && !is_noted) note_page(tlb_slot, entry);
  if (cache_slot != kNoSlot) note_line(cache_slot, entry);
  entry = {tag, addend, tlb_time, time_of(FilterSource::kDataCache, cache_slot)};
}

void MemoryPort::Filter::forget_fetched_page() noexcept {
  port_.view_.has_moved = false;
  if (last_fetched_.context == nullptr) return;
  FetchContext& context = *last_fetched_.context;
  if (FetchEntry& e = fetch_slot(context.tlb, last_fetched_.va); e.tag == last_fetched_.va) e.tag = kInvalidTag;
  if (is_exact_) context.tlb.forget_jumps();
  context.generation = 0;
  last_fetched_.context = nullptr;
  port_.renew_generation();
}

void MemoryPort::Filter::fetched(FetchContext& context, uint64_t va, unsigned tlb_slot) {
  const Page page{&context, va & ~kPageMask};
  if (watches_pages_) {
    forget_fetched_page();
    last_fetched_ = page;
  }
  port_.view_.page_time = time_of(FilterSource::kFetchTlb, tlb_slot);
  if (tlb_slot == kNoSlot) return;
  std::vector<Page>& pages = by_fetch_tlb_[tlb_slot];
  if (!pages.empty() && pages.back() == page) return;
  if (pages.size() >= kMostEntries) drop(pages);
  pages.push_back(page);
}

const MemoryPort::Filter::KnownPage* MemoryPort::Filter::known_page(const DataContext& context, uint64_t va, Access access) const noexcept {
  const KnownPage& known = known_[place_of(va, access)];
  const bool is_it = known.context == &context && known.page == (va & ~kPageMask);
  return is_it && generation_of(known.to.tlb_slot) == known.generation ? &known : nullptr;
}

void MemoryPort::Filter::learn_page(const DataContext& context, uint64_t va, Access access, const Translation& to) noexcept {
  if (is_exact_) return;
  KnownPage& known = known_[place_of(va, access)];
  known = {&context, va & ~kPageMask, generation_of(to.tlb_slot), time_of(FilterSource::kDataTlb, to.tlb_slot), to};
  known.to.physical -= va & kPageMask;
}

void MemoryPort::Filter::learn_addend(const DataContext& context, uint64_t va, Access access, uint64_t addend) noexcept {
  KnownPage& known = known_[place_of(va, access)];
  if (known_page(context, va, access) != nullptr) known.addend = addend;
}

void MemoryPort::Filter::fetched_line(uint32_t line, unsigned cache_slot) noexcept {
  port_.view_.fetched_line = line;
  if (is_exact_ || cache_slot == kNoSlot || line >= lines_) return;
  line_of_[cache_slot] = line;
  line_time_[line] = time_of(FilterSource::kFetchCache, cache_slot);
}

void MemoryPort::Filter::leave(FilterSource source, unsigned index) noexcept {
  switch (source) {
    case FilterSource::kDataTlb: ++generations_[index]; return drop_page(index);
    case FilterSource::kDataCache: return drop_line(index);
    case FilterSource::kFetchTlb: return drop(by_fetch_tlb_[index]);
    case FilterSource::kFetchCache:
      if (const uint32_t line = line_of_[index]; line != kNoLine) line_time_[line] = nullptr;
  }
}

// --- The port's side --------------------------------------------------------------------------------

void MemoryPort::attach(MemoryModel* model, bool is_exact) noexcept {
  filter_.reset();
  model_ = model;
  fetch_line_shift_ = data_line_shift_ = 0;
  supervisor_is_global_ = false;
  if (model != nullptr) {
    if (model->config().has_caches()) {
      fetch_line_shift_ = static_cast<unsigned>(std::countr_zero(model->l1i()->line_bytes()));
      data_line_shift_ = static_cast<unsigned>(std::countr_zero(model->l1d()->line_bytes()));
    }
    filter_ = std::make_unique<Filter>(*this, *model, is_exact);
  }
  modelled_ = model == nullptr ? Modelled::kNothing : model->config().has_tlbs() ? Modelled::kTlbs : Modelled::kCachesAlone;
  // Contexts with the tables that are needed now.
  const TranslationContext data = data_->key, fetch = fetch_->key;
  data_ = nullptr;
  fetch_ = nullptr;
  data_pool_.clear();
  fetch_pool_.clear();
  select(data, fetch);
}

void MemoryPort::fetch_line(uint32_t line) noexcept {
  if (line == view_.fetched_line) return;
  const unsigned slot = model_->touch(memory_.ram().base() + (uint64_t{line} << fetch_line_shift_), 1, Access::kFetch);
  filter_->fetched_line(line, slot);
}

bool MemoryPort::translate_modelled(const TranslationContext& context, uint64_t va, Access access, Translation& result) noexcept {
  if (access != Access::kFetch) {
    if (const Filter::KnownPage* const known = filter_->known_page(*data_, va, access)) {
      *known->time = ++model_->clock().now;
      result = known->to;
      result.physical += va & kPageMask;
      return true;
    }
  }
  const uint16_t asid = context.asid();
  const uint64_t needed = accessed_bits(access);
  // Engines may look several times at what cannot be fetched before they take the exception; the machine did once.
  if (access == Access::kFetch && failed_fetch_ == va) {
    const FaultKind kind = walk_tables(context, va, access, nullptr).fault;
    if (kind != FaultKind::kNone) {
      static_cast<void>(fail(kind, access, va));
      return false;
    }
  }
  MemoryModel::Use use = model_->translate(va, asid, access);
  if (use && has_rights(context, use.entry->leaf, access) && (use.entry->leaf & needed) == needed) {
    // What the TLB has is the translation, whatever the page tables say by now.
    result = {use.entry->physical_of(va), page_bytes(use.entry->size), use.entry->is_global, is_ready_for_stores(use.entry->leaf)};
    result.tlb_slot = use.index;
    if (access != Access::kFetch) filter_->learn_page(*data_, va, access, result);
    return true;
  }
  ModelWalk steps;
  const WalkResult found = walk_tables(context, va, access, &steps);
  if (found.fault != FaultKind::kNone) {
    static_cast<void>(model_->walked(va, asid, access, steps, {}));
    if (access == Access::kFetch) failed_fetch_ = va;
    static_cast<void>(fail(found.fault, access, va));
    return false;
  }
  const ModelTranslation translation{.va = va, .physical = found.physical, .leaf = found.leaf, .asid = asid, .is_global = found.global, .size = page_size_of(found.range)};
  use = model_->walked(va, asid, access, steps, translation);
  result = {found.physical, found.range, found.global, is_ready_for_stores(found.leaf)};
  result.tlb_slot = use.index;
  return true;
}

void MemoryPort::forget_fetched_page() noexcept { filter_->forget_fetched_page(); }

// The bytes are in one page, and one line where there are caches.
bool MemoryPort::is_in_unit(uint64_t va, unsigned size) const noexcept { return (va ^ (va + size - 1)) >> modelled_shift() == 0; }

// The host TLB's entry for it.
ModelledEntry& MemoryPort::modelled_entry(uint64_t va, Access access) noexcept {
  return modelled_slot(access == Access::kStore ? data_->tlb.modelled_write : data_->tlb.modelled_read, va, modelled_shift());
}

// The host address of the bytes, if the model need not be told of the access.
uint8_t* MemoryPort::at_hand(uint64_t va, unsigned size, Access access) noexcept {
  const unsigned shift = modelled_shift();
  const ModelledEntry& e = modelled_entry(va, access);
  if ((va + size - 1) >> shift << shift != e.tag) return nullptr;
  *e.tlb_time = *e.cache_time = ++model_->clock().now;
  return reinterpret_cast<uint8_t*>(va + e.addend);
}

void MemoryPort::fill_filter(uint64_t va, unsigned size, const Translation& to, Access access) noexcept {
  if (!pmp_.is_uniform(to.physical)) return;
  if (uint32_t flags = 0; access == Access::kStore && !claim_for_stores(to.physical, flags)) return;
  const uint64_t addend = reinterpret_cast<uint64_t>(memory_.ram().at(to.physical)) - va;
  if (data_line_shift_ != 0) filter_->learn_addend(*data_, va, access, addend);
  if (!is_in_unit(va, size)) return;  // of two lines one was asked about
  fill_entry(va, access, addend, to.tlb_slot, to.cache_slot);
}

void MemoryPort::fill_entry(uint64_t va, Access access, uint64_t addend, unsigned tlb_slot, unsigned cache_slot) noexcept {
  if (!filter_->may_answer(cache_slot, access)) return;
  const unsigned shift = modelled_shift();
  filter_->fill(modelled_entry(va, access), va >> shift << shift, addend, tlb_slot, cache_slot);
  ++counters_.tlb_fills;
}

// The host address of bytes in one line of a page that is known, after the model with its caches was asked as for any
// access; nullptr: it was not, there is more to do.
uint8_t* MemoryPort::reach_known(uint64_t va, unsigned size, Access access) noexcept {
  if (!is_in_unit(va, size)) return nullptr;
  const Filter::KnownPage* const known = filter_->known_page(*data_, va, access);
  if (known == nullptr || known->addend == 0) return nullptr;
  __builtin_prefetch(reinterpret_cast<const void*>(va + known->addend));
  *known->time = ++model_->clock().now;
  const unsigned cache_slot = model_->touch(known->to.physical + (va & kPageMask), size, access);
  fill_entry(va, access, known->addend, known->to.tlb_slot, cache_slot);
  return reinterpret_cast<uint8_t*>(va + known->addend);
}

}  // namespace rvx
