// The engines that can be compared, by name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cpu/engine.hpp"

namespace rvx::fuzz {

// How often something happened, by name.
using Counts = std::map<std::string, uint64_t>;

// An engine with what it needs beside the hart (a code cache), for one small machine.
class TestedEngine {
 public:
  virtual ~TestedEngine() = default;
  // As Engine::run.
  virtual void run(Hart& hart, uint64_t until) noexcept = 0;
  // What it did, for the report on coverage.
  virtual void count([[maybe_unused]] Counts& counts) const {}
};

struct Case;

struct EngineChoice {
  std::string name;
  std::string summary;
  std::function<std::unique_ptr<TestedEngine>(Hart&, PhysicalMemory&, const Case&)> make;
  std::string options = {};  // of the command line, besides the name
};

// What may be fixed about the JIT. The threshold is the case's otherwise.
struct JitChoice {
  std::optional<int32_t> threshold = {};
  std::optional<size_t> code_bytes = {};
  bool windowed = false;  // address spaces have windows at once, instead of never
  bool modelled = false;  // on the case's model
  bool reports = false;  // in all cases, not in some
};
// `choice`, and if it is a JIT then with what is fixed by `jit`; its command line says so.
[[nodiscard]] EngineChoice with_jit(const EngineChoice& choice, const JitChoice& jit);

[[nodiscard]] std::span<const EngineChoice> engine_choices();
// nullptr where there is no such engine.
[[nodiscard]] const EngineChoice* find_engine(std::string_view name);

// The interpreter running one instruction after the other, each decoded when it is reached.
// `before` is called ahead of each, after interrupts; nullptr: not called.
[[nodiscard]] std::unique_ptr<TestedEngine> make_stepper(Hart& hart, std::function<void(Hart&)> before);

}  // namespace rvx::fuzz
