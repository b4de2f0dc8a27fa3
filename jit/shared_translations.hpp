// What one hart's translator has compiled, for the others to copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "jit/compile.hpp"

namespace rvx::jit {

// Called by any thread.
class SharedTranslations {
 public:
  // Keeps at most `bytes` bytes, the newest; with 0 nothing.
  explicit SharedTranslations(size_t bytes) : capacity_(bytes) {}

  // A region of this page that can be entered at `entry`, made of the very instructions that `page`, the page's
  // bytes, has now. It checks at least the accesses of `apart` by themselves. Whoever takes it has to make sure
  // that stores to its instructions are seen, and then to compare them once more.
  [[nodiscard]] std::shared_ptr<const CompiledRegion> find(uint64_t physical, Kind kind, uint16_t entry, const std::vector<uint16_t>& apart,
                                                           const uint8_t* page);
  // In the place of what there is of the same head.
  void add(std::shared_ptr<const CompiledRegion> region);

  // Takes for `job` what find() has, or compiles the job's region and adds that.
  void take_or_compile(CompileJob& job, const uint8_t* page);

  [[nodiscard]] size_t bytes() const;

 private:
  using Regions = std::vector<std::shared_ptr<const CompiledRegion>>;

  const size_t capacity_;
  mutable std::mutex mutex_;  // of all below; held briefly
  std::map<std::pair<uint64_t, Kind>, Regions> by_page_;
  std::deque<std::shared_ptr<const CompiledRegion>> by_age_;  // also those that are of no use any more
  size_t bytes_ = 0;
};

}  // namespace rvx::jit
