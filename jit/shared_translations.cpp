// What one hart's translator has compiled, for the others to copy.
#include "jit/shared_translations.hpp"

#include <algorithm>

#include "mmu/types.hpp"

namespace rvx::jit {
namespace {

size_t bytes_of(const CompiledRegion& region) {
  const auto of = [](const auto& items) { return items.size() * sizeof(*items.begin()); };
  return sizeof region + of(region.insns) + of(region.apart) + of(region.code) + of(region.addresses) + of(region.entries) +
         of(region.window_accesses) + of(region.sites) + of(region.exits);
}

uint16_t head_of(const CompiledRegion& region) { return region.insns.front().offset; }

bool has_entry(const CompiledRegion& region, uint16_t offset) {
  return std::any_of(region.entries.begin(), region.entries.end(), [&](const CompiledRegion::Entry& entry) { return entry.offset == offset; });
}

bool includes(const std::vector<uint16_t>& all, const std::vector<uint16_t>& some) {
  return std::all_of(some.begin(), some.end(), [&](uint16_t x) { return std::find(all.begin(), all.end(), x) != all.end(); });
}

}  // namespace

std::shared_ptr<const CompiledRegion> SharedTranslations::find(uint64_t physical, Kind kind, uint16_t entry, const std::vector<uint16_t>& apart,
                                                               const uint8_t* page) {
  if (capacity_ == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto at = by_page_.find({physical, kind});
  if (at == by_page_.end()) return nullptr;
  const auto fits = [&](const std::shared_ptr<const CompiledRegion>& region) {
    return has_entry(*region, entry) && includes(region->apart, apart) && are_in(region->insns, page);
  };
  // What was found from there is better than what only comes by.
  std::shared_ptr<const CompiledRegion> found;
  for (const auto& region : at->second) {
    const bool is_head = head_of(*region) == entry;
    if ((found == nullptr || is_head) && fits(region)) found = region;
    if (found != nullptr && is_head) break;
  }
  return found;
}

void SharedTranslations::add(std::shared_ptr<const CompiledRegion> region) {
  const size_t size = bytes_of(*region);
  if (size > capacity_) return;
  const std::lock_guard lock(mutex_);
  while (bytes_ + size > capacity_) {
    const std::shared_ptr<const CompiledRegion> oldest = std::move(by_age_.front());
    by_age_.pop_front();
    bytes_ -= bytes_of(*oldest);
    const auto at = by_page_.find({oldest->physical, oldest->kind});
    if (at == by_page_.end()) continue;
    std::erase(at->second, oldest);
    if (at->second.empty()) by_page_.erase(at);
  }
  Regions& regions = by_page_[{region->physical, region->kind}];
  std::erase_if(regions, [&](const auto& other) { return head_of(*other) == head_of(*region); });
  regions.push_back(region);
  by_age_.push_back(std::move(region));
  bytes_ += size;
}

void SharedTranslations::take_or_compile(CompileJob& job, const uint8_t* page) {
  job.result = find(job.region.physical, job.kind, static_cast<uint16_t>(job.va & kPageMask), job.apart, page);
  job.is_taken = job.result != nullptr;
  if (job.is_taken) return;
  compile(job);
  add(job.result);
}

size_t SharedTranslations::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace rvx::jit
