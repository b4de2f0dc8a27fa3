// What every virtio device is to its transport: life cycle and the way requests come and go.
#include "devices/virtio/virtio_device.hpp"

#include <algorithm>

namespace rvx {

VirtioDevice::VirtioDevice(uint32_t device_id, DmaPort& dma,
                           std::initializer_list<uint16_t> queue_sizes)
    : device_id_(device_id), dma_(dma) {
  queues_.reserve(queue_sizes.size());
  for (const uint16_t size : queue_sizes) queues_.emplace_back(dma, size);
}

void VirtioDevice::start(uint64_t negotiated_features) noexcept {
  negotiated_ = negotiated_features;
  running_ = true;
  for (Virtqueue& queue : queues_) queue.use_features(negotiated_features);
  for (unsigned queue = 0; queue < queue_count(); ++queue) notify(queue);
}

void VirtioDevice::reset() noexcept {
  running_ = false;
  negotiated_ = 0;
  for (unsigned queue = 0; queue < queue_count(); ++queue) {
    drop_requests(queue);
    queues_[queue].reset();
  }
  on_reset();
}

void VirtioDevice::stop_queue(unsigned queue) noexcept {
  drop_requests(queue);
  queues_[queue].disable();
}

bool VirtioDevice::restored() noexcept {
  bool is_plausible = true;
  for (Virtqueue& queue : queues_) is_plausible &= queue.restored();
  return is_plausible;
}

void VirtioDevice::notify(unsigned queue) noexcept {
  if (queue < queue_count() && can_use(queue)) process(queue);
}

bool VirtioDevice::pop(unsigned queue, Chain& chain) noexcept {
  if (!can_use(queue)) return false;
  const Virtqueue::Popped popped = queues_[queue].pop(chain);
  if (popped.error != QueueError::kNone) fail(popped.error);
  return popped.has_chain;
}

void VirtioDevice::push(unsigned queue, const Chain& chain, uint64_t written) noexcept {
  if (!can_use(queue)) return;
  const auto length = static_cast<uint32_t>(std::min<uint64_t>(written, UINT32_MAX));
  if (const QueueError error = queues_[queue].push(chain.head, length);
      error != QueueError::kNone) {
    fail(error);
  }
}

void VirtioDevice::notify_driver(unsigned queue) noexcept {
  if (can_use(queue) && queues_[queue].take_notification()) transport_->used_buffers();
}

void VirtioDevice::configuration_changed() noexcept {
  if (transport_ != nullptr) transport_->configuration_changed();
}

void VirtioDevice::fail(QueueError why) noexcept {
  running_ = false;
  for (unsigned queue = 0; queue < queue_count(); ++queue) drop_requests(queue);
  if (transport_ != nullptr) transport_->needs_reset(why);
}

}  // namespace rvx
