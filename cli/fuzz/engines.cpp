// Makes the engines that can be compared.
#include "cli/fuzz/engines.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "cli/fuzz/memory_map.hpp"
#include "cli/fuzz/models.hpp"
#include "cli/fuzz/program.hpp"
#include "cpu/code_cache.hpp"
#include "cpu/interpreter.hpp"
#include "cpu/isa/decode.hpp"
#include "cpu/safe_points.hpp"
#include "jit/translator.hpp"

namespace rvx::fuzz {
namespace {

constexpr size_t kUsualCache = size_t{4} << 20;

// The predecoded code of the only hart.
class OwnCode {
 public:
  OwnCode(Hart& hart, size_t bytes)
      : safe_points_(1, [this, &hart](unsigned, const HartMail& mail) { act_on(hart, mail); }),
        cache_(hart, safe_points_, bytes) {}

  [[nodiscard]] CodeCache& cache() noexcept { return cache_; }
  void count(Counts& counts) const {
    counts["blocks"] += cache_.counters().blocks;
    counts["pages dropped"] += cache_.counters().dropped_pages;
    counts["cache flushes"] += cache_.counters().flushes;
  }

 private:
  void act_on(Hart& hart, const HartMail& mail) noexcept {
    if (mail.kind == HartMail::Kind::kCodeChanged) cache_.drop_page(mail.page);
    else hart.port().drop_write_entries(mail.page);
  }

  SafePoints safe_points_;
  CodeCache cache_;
};

// The hart's model for as long as this lives.
class OwnModel {
 public:
  OwnModel(Hart& hart, const ModelConfig& config, bool is_exact) : hart_(hart), model_(config, 0) {
    hart.set_asid_bits(config.asid_bits);
    hart.attach(&model_, is_exact);
  }
  ~OwnModel() { hart_.attach(nullptr, false); }
  OwnModel(const OwnModel&) = delete;
  OwnModel& operator=(const OwnModel&) = delete;

 private:
  Hart& hart_;
  MemoryModel model_;
};

// Predecoded blocks with links and pairs.
class Blocks final : public TestedEngine {
 public:
  Blocks(Hart& hart, size_t cache_bytes) : code_(hart, cache_bytes), interpreter_(code_.cache()) {}
  // On a model that sees every access.
  Blocks(Hart& hart, const ModelConfig& model) : Blocks(hart, kUsualCache) { model_.emplace(hart, model, true); }
  void run(Hart& hart, uint64_t until) noexcept override { interpreter_.run(hart, until); }
  void count(Counts& counts) const override { code_.count(counts); }

 private:
  OwnCode code_;
  Interpreter interpreter_;
  std::optional<OwnModel> model_;
};

// Whether what is about to run is a fence of translations, or switches address spaces.
bool is_about_translations(Hart& hart) {
  const bool is_code = std::any_of(kCodeBases.begin(), kCodeBases.end(), [&](uint64_t base) { return (hart.s.pc & ~kCodeMask) == base; });
  if (!is_code) return false;  // reading an instruction of the device changes it
  constexpr uint32_t kSystem = 0x73, kSatp = 0x180;
  const uint32_t bits = hart.instruction_at(hart.s.pc);
  if ((bits & 0x7f) != kSystem) return false;
  const isa::Op row = isa::decode(bits, hart.config()).row;
  return row == isa::Op::sfence_vma || row == isa::Op::sinval_vma || (isa::info(row).cls == isa::Class::kCsr && bits >> 20 == kSatp);
}

// One instruction at a time, decoded when it is reached: nothing is cached, fused or linked. Whatever fence and
// whatever address space: no translation outlives it, so that mistakes about which may are seen.
class Steps final : public TestedEngine {
 public:
  Steps(Hart& hart, std::function<void(Hart&)> before)
      : code_(hart, 0), interpreter_(code_.cache()), before_(std::move(before)) {}
  void run(Hart& hart, uint64_t until) noexcept override {
    do {
      // Interrupts are taken without an instruction, so that `before` sees what comes first.
      if ((hart.s.attention & attention::kInterrupt) != 0) interpreter_.run(hart, hart.s.instret);
      const bool runs = hart.s.attention == 0 && hart.s.instret < until;
      if (before_ && runs) before_(hart);
      const bool forgets = runs && is_about_translations(hart);
      interpreter_.run(hart, std::min(hart.s.instret + 1, until));
      if (forgets) hart.port().flush_all();
    } while (hart.s.instret < until && (hart.s.attention & ~attention::kInterrupt) == 0);
  }

 private:
  OwnCode code_;
  Interpreter interpreter_;
  std::function<void(Hart&)> before_;
};

void count_ways(const jit::ReportTotals& totals, Counts& counts) {
  counts["instructions retired in regions, of cases with a report"] += totals.executed;
  for (size_t i = 0; i < totals.ops.size(); ++i)
    counts[fmt::format("IR: {}", info(static_cast<jit::IrOp>(i)).name)] += totals.ops[i];
  for (size_t i = 0; i < totals.ways.size(); ++i) counts[fmt::format("way: {}", jit::kWayText[i])] += totals.ways[i];
  constexpr std::array kSlow{"load", "store", "shared check", "line", "row"};
  static_assert(kSlow.size() == static_cast<size_t>(jit::SlowWay::kCount));
  for (size_t i = 0; i < totals.slow.size(); ++i) {
    counts[fmt::format("slow {}", kSlow[i])] += totals.slow[i].calls;
    counts[fmt::format("slow {}: exception", kSlow[i])] += totals.slow[i].faults;
    counts[fmt::format("slow {}: left", kSlow[i])] += totals.slow[i].leaves;
  }
}

// The interpreter with the JIT as its second tier.
class Regions final : public TestedEngine {
 public:
  Regions(Hart& hart, PhysicalMemory& memory, const jit::Options& options)
      : hart_(hart), code_(hart, kUsualCache), workshop_(1, 0), translator_(memory, options, workshop_, 0), interpreter_(code_.cache(), &translator_) {
    code_.cache().attach(translator_);
  }
  // On a model behind its filter.
  Regions(Hart& hart, PhysicalMemory& memory, const jit::Options& options, const ModelConfig& model) : Regions(hart, memory, options) {
    model_.emplace(hart, model, false);
    translator_.attach_model(hart.port());
  }
  void run(Hart& hart, uint64_t until) noexcept override {
    interpreter_.run(hart, until);
    if (hart.s.view.data->window[static_cast<size_t>(WindowHalf::kUpper)] != 0) ++upper_windows_;
  }
  void count(Counts& counts) const override {
    code_.count(counts);
    counts["stops with a window for the upper half"] += upper_windows_;
    const jit::Translator::Counters& c = translator_.counters();
    counts["regions"] += c.regions;
    counts["instructions in regions"] += c.guest_instructions;
    counts["regions dropped"] += c.dropped_regions;
    counts["translations flushed"] += c.flushes;
    counts["pages without shared checks"] += c.unmerged;
    counts["windows"] += hart_.port().counters().windows;
    counts["mappings made in windows"] += hart_.port().counters().window_fills;
    if (translator_.report() != nullptr) count_ways(translator_.report()->totals(), counts);
  }

 private:
  Hart& hart_;
  uint64_t upper_windows_ = 0;
  OwnCode code_;
  jit::Workshop workshop_;
  jit::Translator translator_;
  Interpreter interpreter_;
  std::optional<OwnModel> model_;
};

constexpr size_t kJitBytes = size_t{4} << 20;
constexpr size_t kTinyJitBytes = size_t{16} << 10;

EngineChoice jit_choice(std::string name, std::string summary, const JitChoice& choice) {
  return {std::move(name), std::move(summary), [choice](Hart& hart, PhysicalMemory& memory, const Case& c) {
            jit::Options options;
            options.threshold = choice.threshold.value_or(c.warmth);
            options.report = choice.reports || c.reports;
            options.window_threshold = choice.windowed ? 0 : ~uint64_t{0};
            options.code_bytes = choice.code_bytes.value_or(kJitBytes);
            if (choice.modelled) return std::make_unique<Regions>(hart, memory, options, model_for(c));
            return std::make_unique<Regions>(hart, memory, options);
          }};
}

const std::vector<EngineChoice>& choices() {
  static const std::vector<EngineChoice> kChoices = {
      {"interp", "the interpreter",
       [](Hart& hart, PhysicalMemory&, const Case&) { return std::make_unique<Blocks>(hart, kUsualCache); }},
      {"interp-tiny", "the interpreter with a code cache that overflows",
       [](Hart& hart, PhysicalMemory&, const Case&) { return std::make_unique<Blocks>(hart, 0); }},
      {"steps", "the interpreter, one instruction at a time, without translations from before a fence",
       [](Hart& hart, PhysicalMemory&, const Case&) { return make_stepper(hart, nullptr); }},
      jit_choice("jit", "the JIT", {}),
      jit_choice("jit-window", "the JIT with a window for every address space that fits", {.windowed = true}),
      {"interp-model", "the interpreter on a modelled core that sees every access; with jit-model only",
       [](Hart& hart, PhysicalMemory&, const Case& c) { return std::make_unique<Blocks>(hart, model_for(c)); }},
      jit_choice("jit-model", "the JIT on a modelled core behind its filter; with interp-model only", {.modelled = true}),
      jit_choice("jit-tiny", "the JIT with room for little code", {.code_bytes = kTinyJitBytes}),
  };
  return kChoices;
}

}  // namespace

EngineChoice with_jit(const EngineChoice& choice, const JitChoice& jit) {
  if (!choice.name.starts_with("jit") || (!jit.threshold && !jit.code_bytes && !jit.reports)) return choice;
  JitChoice both = jit;
  if (!both.code_bytes && choice.name == "jit-tiny") both.code_bytes = kTinyJitBytes;
  both.windowed = choice.name == "jit-window";
  both.modelled = choice.name == "jit-model";
  EngineChoice fixed = jit_choice(choice.name, choice.summary, both);
  if (jit.threshold) fixed.options += fmt::format(" --jit-threshold {}", *jit.threshold);
  if (jit.code_bytes) fixed.options += fmt::format(" --jit-cache {}K", *jit.code_bytes >> 10);
  return fixed;
}

std::span<const EngineChoice> engine_choices() { return choices(); }

const EngineChoice* find_engine(std::string_view name) {
  const auto found = std::find_if(choices().begin(), choices().end(),
                                  [&](const EngineChoice& c) { return c.name == name; });
  return found == choices().end() ? nullptr : &*found;
}

std::unique_ptr<TestedEngine> make_stepper(Hart& hart, std::function<void(Hart&)> before) {
  return std::make_unique<Steps>(hart, std::move(before));
}

}  // namespace rvx::fuzz
