// The SiFive test finisher: one register by which a guest ends or resets the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "devices/device.hpp"

namespace rvx {

// A 16- or 32-bit store to offset 0 acts by its low half: 0x5555 pass, 0x3333 fail, 0x7777 reset.
// The upper half is the code. Every other value is ignored. Reads return 0, because syscon drivers
// read before they write. Other widths fault, as in QEMU.
class Finisher final : public Device {
 public:
  enum class Kind { kPass, kFail, kReset };

  // `code` is the upper half of the store. It may be zero with kFail: a failure all the same.
  using Callback = std::function<void(Kind kind, uint32_t code)>;

  explicit Finisher(Callback on_finish) : on_finish_(std::move(on_finish)) {}

  [[nodiscard]] bool read(uint64_t, unsigned size, uint64_t& value) noexcept override {
    value = 0;
    return size == 2 || size == 4;
  }

  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override {
    if (size != 2 && size != 4) return false;
    if (offset != 0 || !on_finish_) return true;
    const uint32_t code = size == 4 ? static_cast<uint32_t>(value) >> 16 : 0;
    switch (value & 0xffff) {
      case 0x5555: on_finish_(Kind::kPass, code); break;
      case 0x3333: on_finish_(Kind::kFail, code); break;
      case 0x7777: on_finish_(Kind::kReset, code); break;
      default: break;
    }
    return true;
  }

  // Nothing here outlives an access.
  template <class V>
  void visit_state(V&) {}

 private:
  Callback on_finish_;
};

}  // namespace rvx
