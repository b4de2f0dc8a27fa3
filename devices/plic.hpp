// The platform-level interrupt controller: device lines in, one external interrupt for each context
// out.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

// SiFive's PLIC as the RISC-V PLIC specification describes it. Each hart has two contexts, 2 * hart
// for M-mode and 2 * hart + 1 for S-mode. Registers are 32 bits wide; every other access faults, as
// in QEMU. Reserved registers read zero and ignore writes.
//
// CHOICE: a source is pending exactly while its line is high and nobody has claimed it. A line that
// falls before the claim takes its request along, where the specification would keep it; QEMU and
// Spike do the same, and tests that clear an interrupt at the device rely on it.
//
// Calls, also those through a line, must be serialised by the machine.
class Plic final : public Device {
 public:
  static constexpr unsigned kMaxSources = 1023;

  // Drives the external interrupt of a context. Called only when the level changes.
  using Output = std::function<void(unsigned context, bool level)>;

  // `sources`: ids 1 to `sources`; `max_priority`: one less than a power of two.
  Plic(unsigned sources, uint32_t max_priority, unsigned harts, Output output);
  Plic(const Plic&) = delete;
  Plic& operator=(const Plic&) = delete;

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  // The wire into `source` (1 to the number of sources; others are not wired). One for each source.
  [[nodiscard]] IrqLine line(unsigned source);
  void set_level(unsigned source, bool level) noexcept;

  [[nodiscard]] bool output(unsigned context) const noexcept { return output_level_[context] != 0; }

  template <class V>
  void visit_state(V& v) {
    v("level", level_);
    v("claimed", claimed_);
    v("priority", priority_);
    v("threshold", threshold_);
    v("enable", enable_);
  }
  // Call after visit_state has loaded: drives the outputs. False when the state is of a machine
  // with other sources or harts; then everything is as after reset.
  [[nodiscard]] bool restored() noexcept;

 private:
  [[nodiscard]] bool is_source(uint64_t id) const noexcept { return id >= 1 && id <= sources_; }
  [[nodiscard]] uint32_t implemented(unsigned word) const noexcept;
  [[nodiscard]] uint32_t pending(unsigned word) const noexcept {
    return level_[word] & ~claimed_[word];
  }
  [[nodiscard]] bool is_enabled(unsigned context, unsigned source) const noexcept {
    return (enable_[context * words_ + source / 32] >> source % 32 & 1) != 0;
  }

  [[nodiscard]] unsigned best(unsigned context, uint32_t above_priority) const noexcept;
  void update(unsigned context) noexcept;
  void update_contexts_of(unsigned source) noexcept;
  [[nodiscard]] uint32_t read_register(uint64_t offset) noexcept;
  void write_register(uint64_t offset, uint32_t value) noexcept;
  [[nodiscard]] uint32_t claim(unsigned context) noexcept;
  void complete(unsigned context, uint32_t source) noexcept;
  void reset() noexcept;

  const unsigned sources_;
  const uint32_t max_priority_;
  const unsigned contexts_;
  const unsigned words_;  // 32-bit words in a set of sources; bit 0 of the first is no source
  Output output_;

  std::vector<uint32_t> level_;        // lines that are high
  std::vector<uint32_t> claimed_;      // sources between claim and completion
  std::vector<uint32_t> priority_;     // by source
  std::vector<uint32_t> threshold_;    // by context
  std::vector<uint32_t> enable_;       // words_ for each context
  std::vector<uint8_t> output_level_;  // what each context was told last
};

}  // namespace rvx
