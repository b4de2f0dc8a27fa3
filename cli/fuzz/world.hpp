// A small machine of one hart, RAM and one device, on which a case runs with one engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/fuzz/engines.hpp"
#include "cli/fuzz/layout.hpp"
#include "cli/fuzz/program.hpp"
#include "devices/bus.hpp"
#include "devices/ram.hpp"
#include "mmu/physical_memory.hpp"

namespace rvx::fuzz {

// Every access to it changes what later ones read, so one too many or out of order shows. It can
// also move the hart's interrupt lines and ask for control.
class FuzzDevice final : public Device {
 public:
  void attach(Hart& hart) { hart_ = &hart; }
  bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  uint64_t timer = ~uint64_t{0};  // mtimecmp
  uint64_t accesses = 0;
  uint64_t hash = 0;  // of all accesses so far

 private:
  void note(uint64_t a, uint64_t b) noexcept;
  Hart* hart_ = nullptr;
};

class World final : private HartEnvironment {
 public:
  World(const Case& c, const Layout& layout, const EngineChoice& engine);
  ~World() override;

  // Runs to `until`, or to where the engine gives control back; then does what a machine does about
  // timers. `pending` is what the engine asked for.
  void run(uint64_t until) noexcept { engine_->run(hart_, until); }
  // Like a machine between two runs: drops what the engine asked for and updates timers.
  void service() noexcept;
  // The next number of instructions at which a timer is due.
  [[nodiscard]] uint64_t deadline() const noexcept;

  [[nodiscard]] Hart& hart() noexcept { return hart_; }
  [[nodiscard]] Ram& ram() noexcept { return *ram_; }
  [[nodiscard]] const FuzzDevice& device() const noexcept { return device_; }
  [[nodiscard]] const TestedEngine& engine() const noexcept { return *engine_; }

 private:
  [[nodiscard]] uint64_t time(const Hart& hart) const noexcept override { return hart.s.instret; }
  [[nodiscard]] Call semihosting_call(Hart&) noexcept override { return Call::kNone; }
  void fetch_fence(Hart&) noexcept override {}

  std::unique_ptr<Ram> ram_;
  Bus bus_;
  FuzzDevice device_;
  PhysicalMemory memory_;
  Hart hart_;
  std::unique_ptr<TestedEngine> engine_;
};

// Where two machines differ, as lines for a person; empty: nowhere. Looks at all state of the hart,
// the device and RAM.
[[nodiscard]] std::vector<std::string> differences(World& a, World& b);

}  // namespace rvx::fuzz
