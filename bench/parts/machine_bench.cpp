// How fast a machine runs the two small benchmarks, and how long it takes until it could.
#include <string>

#include <benchmark/benchmark.h>

#include "machine/machine.hpp"

namespace rvx {
namespace {

class Silence final : public CharSink {
 public:
  void put(const uint8_t*, size_t) noexcept override {}
};

MachineConfig config_for(const std::string& program) {
  MachineConfig config;
  config.kernel = std::string(RVX_BENCH_GUESTS) + "/" + program + ".elf";
  config.ram_bytes = 64 << 20;
  config.bootargs = "3";  // percent: some hundred million instructions
  return config;
}

void run_program(benchmark::State& state, const char* program) {
  Silence console;
  uint64_t instructions = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Machine machine(config_for(program), console);
    if (!machine.start()) return state.SkipWithError("the guest programs are not built: rvx_guests");
    state.ResumeTiming();
    benchmark::DoNotOptimize(machine.run());
    instructions += machine.instructions();
  }
  state.counters["guest instructions"] = benchmark::Counter(static_cast<double>(instructions), benchmark::Counter::kIsRate);
}

void start_machine(benchmark::State& state) {
  Silence console;
  for (auto _ : state) {
    Machine machine(config_for("crunch"), console);
    if (!machine.start()) return state.SkipWithError("the guest programs are not built: rvx_guests");
  }
}

BENCHMARK_CAPTURE(run_program, crunch, "crunch")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_program, dhry, "dhry")->Unit(benchmark::kMillisecond);
BENCHMARK(start_machine)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rvx
