// The traits by which a device meets the machine: registers, interrupt line, clock, DMA and host polling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

struct pollfd;

namespace rvx {

// Something with registers at a physical address range. All that comes in is written by a guest
// and therefore hostile.
class Device {
 public:
  virtual ~Device() = default;

  // Read `size` (1, 2, 4 or 8) bytes at `offset` bytes from the start of the device's range.
  // Returns false where the device has nothing that can be read with that offset and size: the hart
  // takes an access fault.
  [[nodiscard]] virtual bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept = 0;

  // Write the low `size` bytes of `value`. Returns false for an access fault.
  [[nodiscard]] virtual bool write(uint64_t offset, unsigned size, uint64_t value) noexcept = 0;
};

// A level-triggered wire from a device to an interrupt controller's input. Unwired lines do nothing.
class IrqLine {
 public:
  IrqLine() = default;
  explicit IrqLine(std::function<void(bool)> sink) : sink_(std::move(sink)) {}

  void set(bool level) noexcept {
    if (level == level_) return;
    level_ = level;
    if (sink_) sink_(level);
  }
  [[nodiscard]] bool level() const noexcept { return level_; }

 private:
  std::function<void(bool)> sink_;
  bool level_ = false;
};

// Machine time as devices see it: virtual in deterministic mode, the host's clock in real time.
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds of machine time since reset.
  [[nodiscard]] virtual uint64_t now_ns() const noexcept = 0;

  // Seconds since 1970 that correspond to now_ns() == 0. A fixed value in deterministic mode.
  [[nodiscard]] virtual uint64_t epoch_seconds() const noexcept = 0;

  // Call `action` once when machine time reaches `when_ns` (at once when it has passed already, but
  // never from inside this call). Actions of equal time run in the order they were asked for.
  virtual void call_at(uint64_t when_ns, std::function<void()> action) = 0;
};

// A device's way to guest RAM. Physical addresses; everything outside RAM is refused.
class DmaPort {
 public:
  virtual ~DmaPort() = default;

  // Host address of `length` contiguous bytes at guest physical `address`, or nullptr when any of
  // them is not RAM (or address + length wraps). Length 0 gives a non-null pointer for an address in RAM.
  // With `will_write`, translations of code on those pages are dropped: ask for it before writing,
  // write at once, and do not keep the pointer.
  [[nodiscard]] virtual uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept = 0;
};

// A part with host file descriptors to wait for (a terminal, the user network's sockets).
class PollSource {
 public:
  virtual ~PollSource() = default;

  // Append the descriptors to wait for, and lower `timeout_ms` (-1 = for ever) if something is due earlier.
  virtual void prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) = 0;

  // `fds` are the entries this source appended, with revents filled in. Also called after a timeout.
  virtual void finish_poll(const pollfd* fds, size_t count) = 0;
};

// A two-way stream of bytes behind a UART, a virtio console or HTIF.
class CharSink {
 public:
  virtual ~CharSink() = default;
  // Bytes from the guest to the outside. Never blocks for long, never fails visibly to the guest.
  virtual void put(const uint8_t* bytes, size_t count) noexcept = 0;
};

// The receiving side that a terminal pushes typed bytes into.
class CharReceiver {
 public:
  virtual ~CharReceiver() = default;
  // How many bytes it can take now without loss.
  [[nodiscard]] virtual size_t room() const noexcept = 0;
  virtual void receive(const uint8_t* bytes, size_t count) noexcept = 0;
};

}  // namespace rvx
