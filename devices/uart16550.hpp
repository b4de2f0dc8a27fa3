// The serial port: an NS16550A with byte registers, 16-byte FIFOs and no transmission time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "devices/device.hpp"

namespace rvx {

// Eight registers at offsets 0 to 7, as in the National Semiconductor NS16550A data sheet; what
// lies beyond is an access fault. An access of 2, 4 or 8 bytes acts on the addressed register
// alone: its low byte is stored, reads are zero-extended.
//
// CHOICE: a character takes no time. The transmitter is therefore always empty, and received bytes
// below the trigger level raise the character timeout at once instead of four character times
// later.
//
// Calls must be serialised by the machine.
class Uart16550 final : public Device, public CharReceiver {
 public:
  static constexpr size_t kFifoBytes = 16;

  Uart16550(CharSink& out, IrqLine irq);

  [[nodiscard]] bool read(uint64_t offset, unsigned size, uint64_t& value) noexcept override;
  [[nodiscard]] bool write(uint64_t offset, unsigned size, uint64_t value) noexcept override;

  // Free places for received bytes. None in loop-back mode, where the wire from outside is cut:
  // what is typed then waits outside.
  [[nodiscard]] size_t room() const noexcept override;
  void receive(const uint8_t* bytes, size_t count) noexcept override;

  // Called when room() became positive again, so that whoever holds input back can go on.
  std::function<void()> on_room;

  template <class V>
  void visit_state(V& v) {
    v("ier", ier_);
    v("fcr", fcr_);
    v("lcr", lcr_);
    v("mcr", mcr_);
    v("scr", scr_);
    v("divisor", divisor_);
    v("msr", msr_);
    v("overrun", overrun_);
    v("thr_empty_pending", thr_empty_pending_);
    v("rx_fifo", rx_fifo_);
    v("rx_head", rx_head_);
    v("rx_count", rx_count_);
  }
  // Call after visit_state has loaded: drives the interrupt line. False when a field held a value
  // that no guest could have caused (it has been bounded).
  [[nodiscard]] bool restored() noexcept;

 private:
  [[nodiscard]] bool fifo_enabled() const noexcept { return (fcr_ & 1) != 0; }
  [[nodiscard]] size_t capacity() const noexcept { return fifo_enabled() ? kFifoBytes : 1; }
  [[nodiscard]] unsigned trigger_level() const noexcept;
  [[nodiscard]] uint8_t interrupt_id() const noexcept;

  [[nodiscard]] uint8_t read_register(unsigned index) noexcept;
  void write_register(unsigned index, uint8_t value) noexcept;
  uint8_t pop_received() noexcept;
  void push_received(uint8_t byte) noexcept;
  void transmit(uint8_t byte) noexcept;
  void write_fifo_control(uint8_t value) noexcept;
  void write_interrupt_enable(uint8_t value) noexcept;
  uint8_t read_line_status() noexcept;
  void update_modem_status() noexcept;
  void update_irq() noexcept;
  void announce_room(size_t room_before) noexcept;

  CharSink& out_;
  IrqLine irq_;

  uint8_t ier_ = 0;
  uint8_t fcr_ = 0;  // the bits that last: enable, DMA mode, trigger level
  uint8_t lcr_ = 0;
  uint8_t mcr_ = 0;
  uint8_t scr_ = 0;
  uint16_t divisor_ = 0;
  uint8_t msr_ = 0;
  bool overrun_ = false;
  bool thr_empty_pending_ = false;
  std::array<uint8_t, kFifoBytes> rx_fifo_{};
  uint8_t rx_head_ = 0;   // index of the oldest byte
  uint8_t rx_count_ = 0;  // bytes waiting; at most one while the FIFOs are off
};

}  // namespace rvx
