// The serial port: registers, FIFOs and interrupt priorities of the NS16550A.
#include "devices/uart16550.hpp"

#include <algorithm>
#include <utility>

namespace rvx {
namespace {

enum Register : unsigned {
  kData = 0,             // RBR, THR; divisor low byte with DLAB
  kInterruptEnable = 1,  // divisor high byte with DLAB
  kInterruptId = 2,      // FCR when written
  kLineControl = 3,
  kModemControl = 4,
  kLineStatus = 5,
  kModemStatus = 6,
  kScratch = 7,
};

constexpr uint8_t kIerReceived = 0x01;
constexpr uint8_t kIerThrEmpty = 0x02;
constexpr uint8_t kIerLineStatus = 0x04;
constexpr uint8_t kIerModemStatus = 0x08;

constexpr uint8_t kIirNone = 0x01;
constexpr uint8_t kIirModemStatus = 0x00;
constexpr uint8_t kIirThrEmpty = 0x02;
constexpr uint8_t kIirReceived = 0x04;
constexpr uint8_t kIirLineStatus = 0x06;
constexpr uint8_t kIirCharacterTimeout = 0x0c;
constexpr uint8_t kIirFifosEnabled = 0xc0;

constexpr uint8_t kFcrEnable = 0x01;
constexpr uint8_t kFcrResetReceiver = 0x02;
constexpr uint8_t kFcrLasting = 0xc9;

constexpr uint8_t kLcrDivisorLatch = 0x80;

constexpr uint8_t kMcrDtr = 0x01;
constexpr uint8_t kMcrRts = 0x02;
constexpr uint8_t kMcrOut1 = 0x04;
constexpr uint8_t kMcrOut2 = 0x08;
constexpr uint8_t kMcrLoop = 0x10;

constexpr uint8_t kLsrDataReady = 0x01;
constexpr uint8_t kLsrOverrun = 0x02;
constexpr uint8_t kLsrThrEmpty = 0x20;
constexpr uint8_t kLsrTransmitterEmpty = 0x40;

constexpr uint8_t kMsrTrailingRing = 0x04;
constexpr uint8_t kMsrDeltas = 0x0f;
constexpr uint8_t kMsrCts = 0x10;
constexpr uint8_t kMsrDsr = 0x20;
constexpr uint8_t kMsrRing = 0x40;
constexpr uint8_t kMsrCarrier = 0x80;

// The other end of the wire is always there and always ready.
constexpr uint8_t kMsrConnected = kMsrCts | kMsrDsr | kMsrCarrier;

}  // namespace

Uart16550::Uart16550(CharSink& out, IrqLine irq)
    : out_(out), irq_(std::move(irq)), msr_(kMsrConnected) {}

bool Uart16550::read(uint64_t offset, unsigned, uint64_t& value) noexcept {
  if (offset > kScratch) return false;
  value = read_register(static_cast<unsigned>(offset));
  return true;
}

bool Uart16550::write(uint64_t offset, unsigned, uint64_t value) noexcept {
  if (offset > kScratch) return false;
  write_register(static_cast<unsigned>(offset), static_cast<uint8_t>(value));
  return true;
}

uint8_t Uart16550::read_register(unsigned index) noexcept {
  const bool divisor_latch = (lcr_ & kLcrDivisorLatch) != 0;
  switch (index) {
    case kData: return divisor_latch ? static_cast<uint8_t>(divisor_) : pop_received();
    case kInterruptEnable: return divisor_latch ? static_cast<uint8_t>(divisor_ >> 8) : ier_;
    case kInterruptId: {
      const uint8_t id = interrupt_id();
      if (id == kIirThrEmpty) {
        thr_empty_pending_ = false;
        update_irq();
      }
      return id | (fifo_enabled() ? kIirFifosEnabled : 0);
    }
    case kLineControl: return lcr_;
    case kModemControl: return mcr_;
    case kLineStatus: return read_line_status();
    case kModemStatus: {
      const uint8_t status = msr_;
      msr_ &= static_cast<uint8_t>(~kMsrDeltas);
      update_irq();
      return status;
    }
    default: return scr_;
  }
}

void Uart16550::write_register(unsigned index, uint8_t value) noexcept {
  const bool divisor_latch = (lcr_ & kLcrDivisorLatch) != 0;
  switch (index) {
    case kData:
      if (divisor_latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | value);
      } else {
        transmit(value);
      }
      break;
    case kInterruptEnable:
      if (divisor_latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | (value << 8));
      } else {
        write_interrupt_enable(value);
      }
      break;
    case kInterruptId: write_fifo_control(value); break;
    case kLineControl: lcr_ = value; break;
    case kModemControl: {
      const size_t room_before = room();
      mcr_ = value & 0x1f;
      update_modem_status();
      announce_room(room_before);
      break;
    }
    case kScratch: scr_ = value; break;
    default: break;  // line and modem status are read-only
  }
}

// --- Receiver -----------------------------------------------------------------------------------

size_t Uart16550::room() const noexcept {
  if ((mcr_ & kMcrLoop) != 0) return 0;
  return rx_count_ < capacity() ? capacity() - rx_count_ : 0;
}

void Uart16550::receive(const uint8_t* bytes, size_t count) noexcept {
  if ((mcr_ & kMcrLoop) != 0) return;
  for (size_t i = 0; i < count; ++i) push_received(bytes[i]);
  update_irq();
}

void Uart16550::push_received(uint8_t byte) noexcept {
  if (rx_count_ < capacity()) {
    rx_fifo_[(rx_head_ + rx_count_) % kFifoBytes] = byte;
    ++rx_count_;
    return;
  }
  // An overrun keeps what is in the FIFO; without FIFOs the new character replaces the old one.
  overrun_ = true;
  if (!fifo_enabled()) rx_fifo_[rx_head_ % kFifoBytes] = byte;
}

uint8_t Uart16550::pop_received() noexcept {
  if (rx_count_ == 0) return 0;
  const size_t room_before = room();
  const uint8_t byte = rx_fifo_[rx_head_ % kFifoBytes];
  rx_head_ = static_cast<uint8_t>((rx_head_ + 1) % kFifoBytes);
  --rx_count_;
  update_irq();
  announce_room(room_before);
  return byte;
}

void Uart16550::announce_room(size_t room_before) noexcept {
  if (room_before == 0 && on_room && room() > 0) on_room();
}

// --- Transmitter --------------------------------------------------------------------------------

void Uart16550::transmit(uint8_t byte) noexcept {
  if ((mcr_ & kMcrLoop) != 0) {
    push_received(byte);
  } else {
    out_.put(&byte, 1);
  }
  // The write cleared the interrupt, and the holding register is empty again already.
  thr_empty_pending_ = true;
  update_irq();
}

// --- Control and status -------------------------------------------------------------------------

void Uart16550::write_interrupt_enable(uint8_t value) noexcept {
  const bool newly_enabled = (value & ~ier_ & kIerThrEmpty) != 0;
  ier_ = value & 0x0f;
  if (newly_enabled) thr_empty_pending_ = true;  // the holding register is always empty
  update_irq();
}

void Uart16550::write_fifo_control(uint8_t value) noexcept {
  const size_t room_before = room();
  const bool enable = (value & kFcrEnable) != 0;
  const bool switched = enable != fifo_enabled();
  // The other bits are programmed only together with the enable bit.
  fcr_ = enable ? value & kFcrLasting : 0;
  if (switched || (enable && (value & kFcrResetReceiver) != 0)) rx_count_ = 0;
  update_irq();
  announce_room(room_before);
}

uint8_t Uart16550::read_line_status() noexcept {
  uint8_t status = kLsrThrEmpty | kLsrTransmitterEmpty;
  if (rx_count_ > 0) status |= kLsrDataReady;
  if (overrun_) status |= kLsrOverrun;
  overrun_ = false;
  update_irq();
  return status;
}

// The four modem inputs and their deltas. In loop-back mode the outputs feed the inputs.
void Uart16550::update_modem_status() noexcept {
  uint8_t inputs = kMsrConnected;
  if ((mcr_ & kMcrLoop) != 0) {
    inputs = 0;
    if ((mcr_ & kMcrRts) != 0) inputs |= kMsrCts;
    if ((mcr_ & kMcrDtr) != 0) inputs |= kMsrDsr;
    if ((mcr_ & kMcrOut1) != 0) inputs |= kMsrRing;
    if ((mcr_ & kMcrOut2) != 0) inputs |= kMsrCarrier;
  }
  uint8_t deltas = static_cast<uint8_t>((inputs ^ msr_) >> 4);
  // The ring indicator counts only when it ends.
  if ((inputs & kMsrRing) != 0) deltas &= static_cast<uint8_t>(~kMsrTrailingRing);
  msr_ = static_cast<uint8_t>(inputs | (msr_ & kMsrDeltas) | deltas);
  update_irq();
}

unsigned Uart16550::trigger_level() const noexcept {
  constexpr unsigned kLevels[4] = {1, 4, 8, 14};
  return fifo_enabled() ? kLevels[fcr_ >> 6] : 1;
}

// The interrupt identification: the pending source of highest priority.
uint8_t Uart16550::interrupt_id() const noexcept {
  if ((ier_ & kIerLineStatus) != 0 && overrun_) return kIirLineStatus;
  if ((ier_ & kIerReceived) != 0 && rx_count_ >= trigger_level()) return kIirReceived;
  if ((ier_ & kIerReceived) != 0 && rx_count_ > 0) return kIirCharacterTimeout;
  if ((ier_ & kIerThrEmpty) != 0 && thr_empty_pending_) return kIirThrEmpty;
  if ((ier_ & kIerModemStatus) != 0 && (msr_ & kMsrDeltas) != 0) return kIirModemStatus;
  return kIirNone;
}

void Uart16550::update_irq() noexcept { irq_.set(interrupt_id() != kIirNone); }

bool Uart16550::restored() noexcept {
  const bool plausible = (ier_ & ~0x0f) == 0 && (fcr_ & ~kFcrLasting) == 0 && (mcr_ & ~0x1f) == 0 &&
                         rx_head_ < kFifoBytes && rx_count_ <= capacity();
  ier_ &= 0x0f;
  fcr_ &= kFcrLasting;
  mcr_ &= 0x1f;
  rx_head_ %= kFifoBytes;
  rx_count_ = static_cast<uint8_t>(std::min<size_t>(rx_count_, capacity()));
  update_irq();
  return plausible;
}

}  // namespace rvx
