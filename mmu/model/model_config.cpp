// Which geometries can be built, and what to say of those that cannot.
#include "mmu/model/model_config.hpp"

#include <utility>

namespace rvx {
namespace {

// Above what any core has, and small enough to allocate without thinking.
constexpr unsigned kMostTlbEntries = 65536;
constexpr uint64_t kMostCacheBytes = uint64_t{256} << 20;
constexpr unsigned kMostWays = 4096;
constexpr unsigned kMostSector = 16;

std::string number(uint64_t value) { return std::to_string(value); }

// Sets, ways and policy of `things`; empty if they fit together.
std::pair<std::string_view, std::string> check_sets(unsigned things, unsigned ways, ReplacementPolicy policy, std::string_view what) {
  const unsigned in_use = ways == 0 ? things : ways;
  if (in_use > kMostWays) return {"ways", "at most " + number(kMostWays) + " ways"};
  if (things % in_use != 0)
    return {"ways", number(things) + " " + std::string(what) + " cannot be divided into sets of " + number(in_use)};
  if (!std::has_single_bit(things / in_use))
    return {"ways", number(things / in_use) + " sets (" + std::string(what) + " / ways); the number must be a power of two"};
  if (policy == ReplacementPolicy::kPlru && !std::has_single_bit(in_use))
    return {"replacement", "plru needs a power of two ways, not " + number(in_use) + "; or fifo, random, lru"};
  return {};
}

std::optional<ConfigProblem> check_tlb(std::string_view section, const TlbLevelConfig& level) {
  uint8_t seen = 0;
  for (unsigned i = 0; i < level.size(); ++i) {
    const TlbConfig& tlb = level[i];
    const auto problem = [&](std::string_view key, std::string text) { return ConfigProblem{section, i, key, std::move(text)}; };
    if (tlb.entries == 0 || tlb.entries > kMostTlbEntries) return problem("entries", "1 to " + number(kMostTlbEntries));
    if (tlb.sector > kMostSector || !std::has_single_bit(tlb.sector))
      return problem("sector", "a power of two from 1 to " + number(kMostSector));
    if (tlb.entries % tlb.sector != 0) return problem("sector", "the entries must be a multiple of it");
    if (auto [key, text] = check_sets(tlb.tags(), tlb.ways, tlb.replacement, "tags"); !text.empty()) return problem(key, text);
    if (tlb.page_sizes.mask == 0) return problem("page_sizes", "one or more of 4K 64K 2M 1G 512G 256T");
    if (tlb.page_sizes.mask & seen) return problem("page_sizes", "a size that an earlier array of this level holds");
    if (tlb.sector > 1 && !std::has_single_bit(tlb.page_sizes.mask)) return problem("page_sizes", "one size where pages share tags (sector)");
    seen |= tlb.page_sizes.mask;
  }
  if (!level.empty() && !(seen & 1)) return ConfigProblem{section, 0, "page_sizes", "one array of each level holds 4K"};
  return {};
}

std::optional<ConfigProblem> check_cache(std::string_view section, const std::optional<CacheConfig>& cache) {
  if (!cache) return {};
  const auto problem = [&](std::string_view key, std::string text) { return ConfigProblem{section, 0, key, std::move(text)}; };
  if (!std::has_single_bit(cache->line) || cache->line < 8 || cache->line > 4096) return problem("line", "a power of two from 8 to 4096 bytes");
  if (cache->size < cache->line || cache->size > kMostCacheBytes) return problem("size", "from one line to 256M");
  if (cache->size % cache->line != 0) return problem("size", "a multiple of the line's " + number(cache->line) + " bytes");
  if (auto [key, text] = check_sets(cache->lines(), cache->ways, cache->replacement, "lines"); !text.empty()) return problem(key, text);
  return {};
}

}  // namespace

std::optional<ConfigProblem> find_problem(const ModelConfig& config) {
  if (config.asid_bits > 16) return ConfigProblem{"core", 0, "asid_bits", "0 to 16"};
  if (auto problem = check_tlb("l1i_tlb", config.l1i_tlb)) return problem;
  if (auto problem = check_tlb("l1d_tlb", config.l1d_tlb)) return problem;
  if (auto problem = check_tlb("l2_tlb", config.l2_tlb)) return problem;
  if (auto problem = check_cache("l1i", config.l1i)) return problem;
  if (auto problem = check_cache("l1d", config.l1d)) return problem;
  if (auto problem = check_cache("l2", config.l2)) return problem;
  for (const auto& [section, cache] : {std::pair{"l1i", &config.l1i}, std::pair{"l1d", &config.l1d}})
    if (*cache && (*cache)->inclusive) return ConfigProblem{section, 0, "inclusive", "no: nothing is above a first level"};
  const WalkCacheConfig& walks = config.walk_cache;
  if (walks.entries > kMostTlbEntries) return ConfigProblem{"walk_cache", 0, "entries", "0 to " + number(kMostTlbEntries)};
  if (walks.entries != 0)
    if (auto [key, text] = check_sets(walks.entries, walks.ways, walks.replacement, "entries"); !text.empty())
      return ConfigProblem{"walk_cache", 0, key, text};

  if (config.l1i_tlb.empty() != config.l1d_tlb.empty())
    return ConfigProblem{config.l1i_tlb.empty() ? "l1d_tlb" : "l1i_tlb", 0, "entries", "l1i_tlb and l1d_tlb, or neither"};
  if (config.l1d_tlb.empty() && !config.l2_tlb.empty()) return ConfigProblem{"l2_tlb", 0, "entries", "no second level without l1i_tlb and l1d_tlb"};
  if (config.l1i.has_value() != config.l1d.has_value())
    return ConfigProblem{config.l1i ? "l1i" : "l1d", 0, "size", "l1i and l1d, or neither"};
  if (config.l2 && !config.l1d) return ConfigProblem{"l2", 0, "size", "no second level without l1i and l1d"};
  if (config.l2 && (config.l2->line < config.l1d->line || config.l2->line < config.l1i->line))
    return ConfigProblem{"l2", 0, "line", "not shorter than the lines of l1i and l1d"};
  if (config.l2 && !config.l2->write_back) return ConfigProblem{"l2", 0, "write_back", "yes: only first levels may write through"};
  if (config.walks_through == WalkThrough::kL2 && config.l1d && !config.l2)
    return ConfigProblem{"core", 0, "walks_through", "l1d or memory where there is no l2"};
  return {};
}

}  // namespace rvx
