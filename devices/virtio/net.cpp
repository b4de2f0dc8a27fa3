// virtio-net: the packet header, a bounded backlog towards the guest, and frames to the backend.
#include "devices/virtio/net.hpp"

#include <algorithm>
#include <utility>

namespace rvx {

namespace {

constexpr uint64_t kFeatureMac = 1u << 5;
constexpr uint64_t kFeatureStatus = 1u << 16;

constexpr unsigned kReceiveQueue = 0;
constexpr unsigned kTransmitQueue = 1;
constexpr uint16_t kQueueSize = 256;

constexpr size_t kStatusOffset = 6;  // in struct virtio_net_config
constexpr uint8_t kLinkUp = 1;

// struct virtio_net_hdr. With no offload negotiated only num_buffers is not zero, and that is 1.
constexpr size_t kHeaderBytes = 12;
constexpr std::array<uint8_t, kHeaderBytes> kReceiveHeader = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};

constexpr size_t kMinFrameBytes = 14;     // an Ethernet header
constexpr size_t kMaxFrameBytes = 65536;  // far above what a driver without offloads may send

// CHOICE: as many frames as the receive queue has buffers may wait for a guest that is slow.
constexpr size_t kMaxBacklog = kQueueSize;

}  // namespace

VirtioNet::VirtioNet(DmaPort& dma, std::unique_ptr<NetBackend> backend, MacAddress mac)
    : VirtioDevice(kVirtioIdNet, dma, {kQueueSize, kQueueSize}), backend_(std::move(backend)) {
  std::copy(mac.begin(), mac.end(), config_.begin());
  config_[kStatusOffset] = kLinkUp;
  backend_->attach(this);
}

VirtioNet::~VirtioNet() { backend_->attach(nullptr); }

uint64_t VirtioNet::type_features() const noexcept { return kFeatureMac | kFeatureStatus; }

bool VirtioNet::is_link_up() const noexcept { return (config_[kStatusOffset] & kLinkUp) != 0; }

void VirtioNet::set_link(bool is_up) noexcept {
  if (is_up == is_link_up()) return;
  config_[kStatusOffset] = is_up ? kLinkUp : 0;
  if (!is_up) backlog_.clear();
  configuration_changed();
}

void VirtioNet::on_reset() noexcept {
  backlog_.clear();
  dropped_frames_ = 0;
}

void VirtioNet::prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) {
  backend_->prepare_poll(fds, timeout_ms);
}

void VirtioNet::finish_poll(const pollfd* fds, size_t count) { backend_->finish_poll(fds, count); }

void VirtioNet::process(unsigned queue) noexcept {
  if (queue == kReceiveQueue) deliver_frames();
  if (queue == kTransmitQueue) take_frames();
}

// --- To the guest -------------------------------------------------------------------------------

void VirtioNet::receive_frame(std::span<const uint8_t> frame) noexcept {
  if (!is_running() || !is_link_up() || frame.size() < kMinFrameBytes) return;
  if (backlog_.size() >= kMaxBacklog) {
    ++dropped_frames_;
    return;
  }
  backlog_.emplace_back(frame.begin(), frame.end());
  deliver_frames();
}

void VirtioNet::deliver_frames() noexcept {
  bool delivered = false;
  while (!backlog_.empty() && pop(kReceiveQueue, receive_chain_)) {
    const std::vector<uint8_t>& frame = backlog_.front();
    if (kHeaderBytes + frame.size() > receive_chain_.writable_bytes) {
      // A frame may not be cut short, and the next one may fit: the buffer stays, the frame goes.
      queue(kReceiveQueue).unpop();
      ++dropped_frames_;
    } else {
      ChainWriter writer(dma(), receive_chain_);
      if (!writer.copy(kReceiveHeader.data(), kHeaderBytes) ||
          !writer.copy(frame.data(), frame.size())) {
        fail(QueueError::kBufferOutsideRam);
        return;
      }
      push(kReceiveQueue, receive_chain_, kHeaderBytes + frame.size());
      delivered = true;
    }
    backlog_.pop_front();
  }
  if (delivered) notify_driver(kReceiveQueue);
}

// --- From the guest -----------------------------------------------------------------------------

void VirtioNet::take_frames() noexcept {
  while (pop(kTransmitQueue, transmit_chain_)) {
    ChainReader reader(dma(), transmit_chain_);
    std::array<uint8_t, kHeaderBytes> header;  // asks for offloads, of which there are none
    if (!reader.copy(header.data(), header.size())) {
      fail(QueueError::kBadRequest);
      return;
    }
    const uint64_t bytes = reader.remaining();
    const bool is_frame = bytes >= kMinFrameBytes && bytes <= kMaxFrameBytes;
    if (is_frame && is_link_up()) {
      outgoing_.resize(bytes);
      if (!reader.copy(outgoing_.data(), bytes)) {
        fail(QueueError::kBufferOutsideRam);
        return;
      }
      // The answer may come before this returns, so the buffer goes back first.
      push(kTransmitQueue, transmit_chain_, 0);
      backend_->send_frame(outgoing_);
    } else {
      push(kTransmitQueue, transmit_chain_, 0);
    }
  }
  notify_driver(kTransmitQueue);
}

}  // namespace rvx
