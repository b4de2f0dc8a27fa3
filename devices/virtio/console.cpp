// virtio-console: bytes between the port's two queues and the host.
#include "devices/virtio/console.hpp"

#include <algorithm>
#include <cstring>

namespace rvx {

namespace {

constexpr uint64_t kFeatureSize = 1u << 0;
constexpr uint64_t kFeatureEmergencyWrite = 1u << 2;

constexpr unsigned kReceiveQueue = 0;
constexpr unsigned kTransmitQueue = 1;
constexpr uint16_t kQueueSize = 64;

constexpr uint64_t kEmergencyWriteOffset = 8;  // in struct virtio_console_config

constexpr size_t kInputBytes = 4096;

// Output goes to the sink in pieces, so that a huge buffer does not hold everything up in one call.
constexpr uint64_t kOutputPiece = 65536;

}  // namespace

VirtioConsole::VirtioConsole(DmaPort& dma, CharSink& output)
    : VirtioDevice(kVirtioIdConsole, dma, {kQueueSize, kQueueSize}), output_(output) {
  input_.reserve(kInputBytes);
  store_size(80, 25);
}

uint64_t VirtioConsole::type_features() const noexcept {
  return kFeatureSize | kFeatureEmergencyWrite;
}

void VirtioConsole::store_size(uint16_t columns, uint16_t rows) noexcept {
  std::memcpy(config_.data(), &columns, sizeof(columns));
  std::memcpy(config_.data() + 2, &rows, sizeof(rows));
}

void VirtioConsole::resize(uint16_t columns, uint16_t rows) noexcept {
  store_size(columns, rows);
  configuration_changed();
}

// An emergency write works at any time, on an unconfigured device too.
void VirtioConsole::write_config(uint64_t offset, unsigned /*size*/, uint64_t value) noexcept {
  if (offset != kEmergencyWriteOffset) return;
  const auto byte = static_cast<uint8_t>(value);
  output_.put(&byte, 1);
}

size_t VirtioConsole::room() const noexcept {
  return kInputBytes - std::min(input_.size(), kInputBytes);
}

void VirtioConsole::receive(const uint8_t* bytes, size_t count) noexcept {
  input_.insert(input_.end(), bytes, bytes + std::min(count, room()));
  deliver_input();
}

bool VirtioConsole::restored() noexcept {
  const bool is_plausible = input_.size() <= kInputBytes;
  if (!is_plausible) input_.resize(kInputBytes);
  return VirtioDevice::restored() && is_plausible;
}

void VirtioConsole::process(unsigned queue) noexcept {
  if (queue == kReceiveQueue) deliver_input();
  if (queue == kTransmitQueue) take_output();
}

void VirtioConsole::deliver_input() noexcept {
  size_t taken = 0;
  while (taken < input_.size() && pop(kReceiveQueue, chain_)) {
    const uint64_t bytes = std::min<uint64_t>(input_.size() - taken, chain_.writable_bytes);
    if (!ChainWriter(dma(), chain_).copy(input_.data() + taken, bytes)) {
      fail(QueueError::kBufferOutsideRam);
      break;
    }
    push(kReceiveQueue, chain_, bytes);
    taken += bytes;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken));
  notify_driver(kReceiveQueue);
}

void VirtioConsole::take_output() noexcept {
  while (pop(kTransmitQueue, chain_)) {
    ChainReader reader(dma(), chain_);
    for (;;) {
      const auto piece = reader.next(kOutputPiece);
      if (piece.empty()) break;
      output_.put(piece.data(), piece.size());
    }
    push(kTransmitQueue, chain_, 0);
  }
  notify_driver(kTransmitQueue);
}

}  // namespace rvx
