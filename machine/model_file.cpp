// Reads model files: which sections and keys there are, and what values they take.
#include "machine/model_file.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "machine/file_bytes.hpp"

namespace rvx {
namespace {

constexpr uint64_t kMaxFileBytes = 64 * 1024;
constexpr uint64_t kMostCycles = 1'000'000;

// --- Values -------------------------------------------------------------------------------------------

template <class E>
struct Word {
  std::string_view word;
  E value;
};

constexpr Word<bool> kFlags[] = {{"yes", true}, {"no", false}};
constexpr Word<ReplacementPolicy> kPolicies[] = {{"fifo", ReplacementPolicy::kFifo},
                                                 {"random", ReplacementPolicy::kRandom},
                                                 {"lru", ReplacementPolicy::kLru},
                                                 {"plru", ReplacementPolicy::kPlru}};
constexpr Word<WalkThrough> kWalks[] = {{"l1d", WalkThrough::kL1d}, {"l2", WalkThrough::kL2}, {"memory", WalkThrough::kMemory}};

// Each returns "" or what is allowed.
struct Range {
  uint64_t low = 0;
  uint64_t high = 0;
  bool may_be_full = false;  // "full" stands for 0
};

std::string read(std::string_view text, const Range& range, uint64_t& value) {
  const std::string allowed = fmt::format("{} to {}{}", range.low, range.high, range.may_be_full ? ", or full" : "");
  if (range.may_be_full && text == "full") {
    value = 0;
    return {};
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < range.low || value > range.high) return allowed;
  return {};
}

std::string read(std::string_view text, const Range& range, unsigned& value) {
  uint64_t wide = 0;
  std::string allowed = read(text, range, wide);
  if (allowed.empty()) value = static_cast<unsigned>(wide);
  return allowed;
}

// Bytes: "32K", "2M".
struct Bytes {
  uint64_t CacheConfig::*field;
};

std::string read_bytes(std::string_view text, uint64_t& value) {
  uint64_t unit = 1;
  if (text.ends_with('K')) unit = 1024;
  if (text.ends_with('M')) unit = 1024 * 1024;
  if (unit != 1) text.remove_suffix(1);
  if (!read(text, {1, 1 << 30}, value).empty()) return "bytes, as 32K or 2M";
  value *= unit;
  return {};
}

template <class E, size_t n>
std::string read_word(std::string_view text, const Word<E> (&words)[n], E& value) {
  std::string allowed;
  for (const Word<E>& word : words) {
    if (word.word == text) {
      value = word.value;
      return {};
    }
    allowed += allowed.empty() ? "" : ", ";
    allowed += word.word;
  }
  return allowed;
}

std::string read(std::string_view text, const Range&, bool& value) { return read_word(text, kFlags, value); }
std::string read(std::string_view text, const Range&, ReplacementPolicy& value) { return read_word(text, kPolicies, value); }
std::string read(std::string_view text, const Range&, WalkThrough& value) { return read_word(text, kWalks, value); }
std::string read(std::string_view text, const Range&, std::string& value) {
  value = text;
  return text.empty() || text.size() > 80 ? "1 to 80 characters" : "";
}

std::string read(std::string_view text, const Range&, PageSizes& value) {
  static constexpr char kAllowed[] = "a list of 4K 64K 2M 1G 512G 256T, each once";
  PageSizes sizes;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.empty()) continue;
    const std::optional<PageSize> size = page_size_named(word);
    if (!size || sizes.has(*size)) return kAllowed;
    sizes.add(*size);
  }
  value = sizes;
  return sizes.mask == 0 ? kAllowed : "";
}

// --- Keys ---------------------------------------------------------------------------------------------

template <class T>
using Field = std::variant<unsigned T::*, bool T::*, ReplacementPolicy T::*, PageSizes T::*, WalkThrough T::*, std::string T::*, Bytes>;

template <class T>
struct Key {
  std::string_view name;
  Field<T> field;
  bool is_required = false;
  Range range = {};
};

// What is only wrong beside other values is find_problem's.
constexpr Range kCount = {1, 65536}, kWays = {1, 4096, true};

const Key<ModelConfig> kCoreKeys[] = {
    {"name", &ModelConfig::name, true},
    {"asid_bits", &ModelConfig::asid_bits, true, {0, 16}},
    {"global_pages", &ModelConfig::global_pages},
    {"walks_through", &ModelConfig::walks_through},
};
const Key<TlbConfig> kTlbKeys[] = {
    {"entries", &TlbConfig::entries, true, kCount},
    {"ways", &TlbConfig::ways, true, kWays},
    {"replacement", &TlbConfig::replacement, true},
    {"page_sizes", &TlbConfig::page_sizes, true},
    {"sector", &TlbConfig::sector, false, {1, 16}},
};
const Key<WalkCacheConfig> kWalkCacheKeys[] = {
    {"entries", &WalkCacheConfig::entries, true, kCount},
    {"ways", &WalkCacheConfig::ways, true, kWays},
    {"replacement", &WalkCacheConfig::replacement, true},
};
const Key<CacheConfig> kCacheKeys[] = {
    {"size", Bytes{&CacheConfig::size}, true},
    {"ways", &CacheConfig::ways, true, kWays},
    {"line", &CacheConfig::line, true, {8, 4096}},
    {"replacement", &CacheConfig::replacement, true},
    {"write_back", &CacheConfig::write_back},
    {"write_allocate", &CacheConfig::write_allocate},
    {"inclusive", &CacheConfig::inclusive},
};
const Key<CycleCosts> kCycleKeys[] = {
    {"instruction", &CycleCosts::instruction, true, {1, 100}},
    {"l2_tlb", &CycleCosts::l2_tlb, false, {0, kMostCycles}},
    {"walk_l1", &CycleCosts::walk_l1, false, {0, kMostCycles}},
    {"walk_l2", &CycleCosts::walk_l2, false, {0, kMostCycles}},
    {"walk_memory", &CycleCosts::walk_memory, false, {0, kMostCycles}},
    {"walk_update", &CycleCosts::walk_update, false, {0, kMostCycles}},
    {"l2", &CycleCosts::l2, false, {0, kMostCycles}},
    {"memory", &CycleCosts::memory, false, {0, kMostCycles}},
    {"write_back", &CycleCosts::write_back, false, {0, kMostCycles}},
    {"trap_entry", &CycleCosts::trap_entry, false, {0, kMostCycles}},
    {"trap_return", &CycleCosts::trap_return, false, {0, kMostCycles}},
    {"fence", &CycleCosts::fence, false, {0, kMostCycles}},
    {"satp", &CycleCosts::satp, false, {0, kMostCycles}},
    {"ipi", &CycleCosts::ipi, false, {0, kMostCycles}},
    {"shootdown", &CycleCosts::shootdown, false, {0, kMostCycles}},
};

constexpr std::string_view kSections[] = {"core", "l1i_tlb", "l1d_tlb", "l2_tlb", "walk_cache", "l1i", "l1d", "l2", "cycles"};

template <class Names>
std::string list(const Names& names) {
  return fmt::format("{}", fmt::join(names, " "));
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// --- The file -----------------------------------------------------------------------------------------

class Parser {
 public:
  Parser(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  Result<ModelConfig> parse() {
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      ++line_;
      if (Outcome read = read_line(trimmed(line.substr(0, line.find('#')))); !read) return read.error();
    }
    if (Outcome complete = finish_section(); !complete) return complete.error();
    for (const std::string_view section : {"core", "cycles"})
      if (!count_.contains(section)) return error(line_, section, "", "is missing; every model has this section");
    if (const std::optional<ConfigProblem> problem = find_problem(config_)) {
      const auto place = lines_.find({problem->section, problem->index, problem->key});
      const auto header = lines_.find({problem->section, problem->index, {}});
      const unsigned line = place != lines_.end() ? place->second : header != lines_.end() ? header->second : line_;
      return error(line, problem->section, problem->key, fmt::format("cannot be built; allowed: {}", problem->text));
    }
    return std::move(config_);
  }

 private:
  Error error(unsigned line, std::string_view section, std::string_view key, const std::string& what) const {
    return unusable_error(fmt::format("{}:{}: [{}]{}{}: {}", file_, line, section, key.empty() ? "" : " ", key, what));
  }

  Outcome read_line(std::string_view line) {
    if (line.empty()) return std::monostate{};
    if (line.front() == '[' && line.back() == ']') return start_section(trimmed(line.substr(1, line.size() - 2)));
    const size_t equals = line.find('=');
    if (equals == line.npos)
      return unusable_error(fmt::format("{}:{}: '{}'; allowed: [section], key = value, # comment", file_, line_, line));
    const std::string_view key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
    if (section_.empty())
      return unusable_error(fmt::format("{}:{}: {} stands before the first section; allowed: one of [{}]", file_, line_, key, list(kSections)));
    if (!keys_.insert(key).second) return error(line_, section_, key, "stands twice in this section; allowed: once");
    lines_[{section_, index_, key}] = line_;
    return with_section([&](const auto& keys, auto& target) { return set(keys, target, key, value); });
  }

  Outcome start_section(std::string_view name) {
    if (Outcome complete = finish_section(); !complete) return complete;
    const auto* const known = std::find(std::begin(kSections), std::end(kSections), name);
    if (known == std::end(kSections))
      return unusable_error(fmt::format("{}:{}: [{}]: unknown section; allowed: {}", file_, line_, name, list(kSections)));
    section_ = *known;
    section_line_ = line_;
    keys_.clear();
    index_ = count_[section_]++;
    lines_[{section_, index_, {}}] = line_;
    if (index_ > 0 && !section_.ends_with("_tlb")) return error(line_, section_, "", "stands twice; allowed: once, but for the TLBs' sections");
    if (index_ >= kPageSizeCount) return error(line_, section_, "", fmt::format("stands too often; allowed: {} arrays in a level", kPageSizeCount));
    if (section_ == "l1i_tlb") config_.l1i_tlb.emplace_back();
    if (section_ == "l1d_tlb") config_.l1d_tlb.emplace_back();
    if (section_ == "l2_tlb") config_.l2_tlb.emplace_back();
    if (section_ == "l1i") config_.l1i.emplace();
    if (section_ == "l1d") config_.l1d.emplace();
    if (section_ == "l2") config_.l2.emplace();
    return std::monostate{};
  }

  // Whether the section that ends here has all that it must have.
  Outcome finish_section() {
    if (section_.empty()) return std::monostate{};
    return with_section([&](const auto& keys, const auto&) -> Outcome {
      for (const auto& key : keys)
        if (key.is_required && !keys_.contains(key.name)) return error(section_line_, section_, key.name, "is missing");
      return std::monostate{};
    });
  }

  // f(keys, target) of the section being read.
  template <class F>
  Outcome with_section(F&& f) {
    if (section_ == "core") return f(kCoreKeys, config_);
    if (section_ == "l1i_tlb") return f(kTlbKeys, config_.l1i_tlb.back());
    if (section_ == "l1d_tlb") return f(kTlbKeys, config_.l1d_tlb.back());
    if (section_ == "l2_tlb") return f(kTlbKeys, config_.l2_tlb.back());
    if (section_ == "walk_cache") return f(kWalkCacheKeys, config_.walk_cache);
    if (section_ == "l1i") return f(kCacheKeys, *config_.l1i);
    if (section_ == "l1d") return f(kCacheKeys, *config_.l1d);
    if (section_ == "l2") return f(kCacheKeys, *config_.l2);
    return f(kCycleKeys, config_.cycles);
  }

  template <class T, size_t n>
  Outcome set(const Key<T> (&keys)[n], T& target, std::string_view name, std::string_view value) {
    const Key<T>* const key = std::find_if(std::begin(keys), std::end(keys), [&](const Key<T>& k) { return k.name == name; });
    if (key == std::end(keys)) {
      std::vector<std::string_view> names;
      for (const Key<T>& k : keys) names.push_back(k.name);
      return error(line_, section_, name, fmt::format("unknown key; allowed: {}", list(names)));
    }
    const std::string allowed = std::visit(
        [&](auto field) -> std::string {
          if constexpr (!std::is_same_v<decltype(field), Bytes>) {
            return read(value, key->range, target.*field);
          } else if constexpr (std::is_same_v<T, CacheConfig>) {
            return read_bytes(value, target.*field.field);
          } else {
            return {};
          }
        },
        key->field);
    if (!allowed.empty()) return error(line_, section_, name, fmt::format("'{}'; allowed: {}", value, allowed));
    return std::monostate{};
  }

  std::string_view file_, text_;
  ModelConfig config_;
  unsigned line_ = 0;
  std::string_view section_;  // of kSections
  unsigned section_line_ = 0;
  unsigned index_ = 0;  // among sections of this name
  std::set<std::string_view> keys_;
  std::map<std::string_view, unsigned> count_;
  std::map<std::tuple<std::string_view, unsigned, std::string_view>, unsigned> lines_;
};

}  // namespace

Result<ModelConfig> parse_model(std::string_view file, std::string_view text) { return Parser(file, text).parse(); }

Result<ModelConfig> load_model(const std::string& name_or_file) {
  const std::span<const ModelPreset> presets = model_presets();
  for (const ModelPreset& preset : presets)
    if (preset.name == name_or_file) return parse_model(fmt::format("{}.model", preset.name), preset.text);
  const auto file = FileBytes::open(name_or_file, kMaxFileBytes);
  if (!file) {
    if (file.error().status != kNotFoundStatus) return file.error();
    std::vector<std::string_view> names;
    for (const ModelPreset& preset : presets) names.push_back(preset.name);
    return not_found_error(fmt::format("--model {}: no such file, and no model of that name; allowed: a file, or {}", name_or_file, list(names)));
  }
  const std::span<const uint8_t> bytes = (*file)->bytes();
  return parse_model(name_or_file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace rvx
