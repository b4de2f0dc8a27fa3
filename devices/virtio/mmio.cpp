// The virtio-mmio transport: register decoding, feature negotiation and interrupt causes.
#include "devices/virtio/mmio.hpp"

#include <cstring>
#include <utility>

namespace rvx {

namespace {

// "MMIO Device Register Layout"
enum Register : uint64_t {
  kMagicValue = 0x000,
  kVersion = 0x004,
  kDeviceId = 0x008,
  kVendorId = 0x00c,
  kDeviceFeatures = 0x010,
  kDeviceFeaturesSel = 0x014,
  kDriverFeatures = 0x020,
  kDriverFeaturesSel = 0x024,
  kQueueSel = 0x030,
  kQueueNumMax = 0x034,
  kQueueNum = 0x038,
  kQueueReady = 0x044,
  kQueueNotify = 0x050,
  kInterruptStatus = 0x060,
  kInterruptAck = 0x064,
  kStatus = 0x070,
  kQueueDescLow = 0x080,
  kQueueDescHigh = 0x084,
  kQueueDriverLow = 0x090,
  kQueueDriverHigh = 0x094,
  kQueueDeviceLow = 0x0a0,
  kQueueDeviceHigh = 0x0a4,
  kShmLenLow = 0x0b0,
  kShmLenHigh = 0x0b4,
  kShmBaseLow = 0x0b8,
  kShmBaseHigh = 0x0bc,
  kConfigGeneration = 0x0fc,
  kConfig = 0x100,
};

constexpr uint32_t kMagic = 0x74726976;   // "virt"
constexpr uint32_t kVendor = 0x554d4551;  // "QEMU", which xv6 insists on
constexpr uint32_t kTransportVersion = 2;

// "Device Status Field"
constexpr uint32_t kDriverOk = 4;
constexpr uint32_t kFeaturesOk = 8;
constexpr uint32_t kNeedsReset = 64;

constexpr uint32_t kUsedBufferCause = 1;
constexpr uint32_t kConfigurationCause = 2;

}  // namespace

VirtioMmio::VirtioMmio(VirtioDevice* device, IrqLine irq) : device_(device), irq_(std::move(irq)) {
  if (device_ != nullptr) device_->attach(*this);
}

// --- Decoding -----------------------------------------------------------------------------------

// CHOICE: as on QEMU, an access to a control register that is not 32 bits wide and aligned, or a
// read of a write-only or unknown one, gives 0 and has no effect; 64 bits count as two registers.
bool VirtioMmio::read(uint64_t offset, unsigned size, uint64_t& value) noexcept {
  if (offset >= kSize || size > kSize - offset) return false;
  if (offset >= kConfig) {
    value = read_config(offset - kConfig, size);
    return true;
  }
  value = 0;
  if (offset % 4 != 0 || size < 4) return true;
  value = read_register(offset);
  if (size == 8) value |= uint64_t{read_register(offset + 4)} << 32;
  return true;
}

bool VirtioMmio::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
  if (offset >= kSize || size > kSize - offset) return false;
  if (device_ == nullptr) return true;
  if (offset >= kConfig) {
    device_->write_config(offset - kConfig, size, value);
    return true;
  }
  if (offset % 4 != 0 || size < 4) return true;
  write_register(offset, static_cast<uint32_t>(value));
  if (size == 8) write_register(offset + 4, static_cast<uint32_t>(value >> 32));
  return true;
}

uint32_t VirtioMmio::read_register(uint64_t offset) noexcept {
  switch (offset) {
    case kMagicValue: return kMagic;
    case kVersion: return kTransportVersion;
    case kVendorId: return kVendor;
    default: break;
  }
  if (device_ == nullptr) return 0;
  Virtqueue* queue = selected_queue();
  switch (offset) {
    case kDeviceId: return device_->device_id();
    case kDeviceFeatures:
      if (device_features_sel_ > 1) return 0;
      return static_cast<uint32_t>(device_->offered_features() >> (32 * device_features_sel_));
    case kQueueNumMax: return queue != nullptr ? queue->max_size() : 0;
    case kQueueReady: return queue != nullptr && queue->is_ready() ? 1 : 0;
    case kInterruptStatus: return interrupt_status_;
    case kStatus: return status_;
    // No device has a shared memory region: length and base of any read as all ones.
    case kShmLenLow:
    case kShmLenHigh:
    case kShmBaseLow:
    case kShmBaseHigh: return UINT32_MAX;
    case kConfigGeneration: return config_generation_;
    default: return 0;
  }
}

void VirtioMmio::write_register(uint64_t offset, uint32_t value) noexcept {
  Virtqueue* queue = selected_queue();
  switch (offset) {
    case kDeviceFeaturesSel: device_features_sel_ = value; return;
    case kDriverFeaturesSel: driver_features_sel_ = value; return;
    case kDriverFeatures: write_driver_features(value); return;
    case kQueueSel: queue_sel_ = value; return;
    case kQueueReady: write_queue_ready(value); return;
    case kQueueNotify: device_->notify(value); return;
    case kInterruptAck:
      interrupt_status_ &= ~value;
      update_irq();
      return;
    case kStatus: write_status(value); return;
    default: break;
  }
  if (queue == nullptr) return;
  switch (offset) {
    case kQueueNum: queue->set_size(value); return;
    case kQueueDescLow: queue->set_descriptor_area(false, value); return;
    case kQueueDescHigh: queue->set_descriptor_area(true, value); return;
    case kQueueDriverLow: queue->set_driver_area(false, value); return;
    case kQueueDriverHigh: queue->set_driver_area(true, value); return;
    case kQueueDeviceLow: queue->set_device_area(false, value); return;
    case kQueueDeviceHigh: queue->set_device_area(true, value); return;
    default: return;
  }
}

// CHOICE: as on QEMU, bytes beyond the device's configuration read as ones.
uint64_t VirtioMmio::read_config(uint64_t offset, unsigned size) const noexcept {
  if (device_ == nullptr) return 0;
  const auto config = device_->config();
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    const uint64_t byte = offset + i < config.size() ? config[offset + i] : 0xff;
    value |= byte << (8 * i);
  }
  return value;
}

Virtqueue* VirtioMmio::selected_queue() noexcept {
  if (device_ == nullptr || queue_sel_ >= device_->queue_count()) return nullptr;
  return &device_->queue(queue_sel_);
}

// --- Negotiation and life cycle -----------------------------------------------------------------

void VirtioMmio::write_driver_features(uint32_t value) noexcept {
  if ((status_ & kFeaturesOk) != 0 || driver_features_sel_ > 1) return;
  if (driver_features_sel_ == 1) high_features_written_ = true;
  const unsigned shift = 32 * driver_features_sel_;
  driver_features_ &= ~(uint64_t{UINT32_MAX} << shift);
  driver_features_ |= uint64_t{value} << shift;
}

// CHOICE: VIRTIO_F_VERSION_1 is required of a driver that writes the upper half of the features.
// One that never does, such as xv6, is taken to have accepted it: no transport of version 2 has a
// legacy layout that it could mean.
bool VirtioMmio::accepts_features() const noexcept {
  if ((driver_features_ & ~device_->offered_features()) != 0) return false;
  return (driver_features_ & kVirtioFVersion1) != 0 || !high_features_written_;
}

void VirtioMmio::write_status(uint32_t value) noexcept {
  value &= 0xff;
  if (value == 0) {
    reset();
    return;
  }
  // A driver may not clear bits other than by a reset, and may not set the device's own.
  uint32_t set = value & ~status_ & ~kNeedsReset;
  if ((set & kFeaturesOk) != 0 && !accepts_features()) set &= ~kFeaturesOk;
  // Without agreed features there is nothing that DRIVER_OK could mean.
  if (((status_ | set) & kFeaturesOk) == 0) set &= ~kDriverOk;
  status_ |= set;
  if ((set & kDriverOk) != 0 && (status_ & kNeedsReset) == 0) device_->start(driver_features_);
}

void VirtioMmio::write_queue_ready(uint32_t value) noexcept {
  Virtqueue* queue = selected_queue();
  if (queue == nullptr) return;
  if ((value & 1) == 0) {
    device_->stop_queue(queue_sel_);
    return;
  }
  if (const QueueError error = queue->enable(); error != QueueError::kNone) device_->fail(error);
}

void VirtioMmio::reset() noexcept {
  device_features_sel_ = 0;
  driver_features_sel_ = 0;
  driver_features_ = 0;
  high_features_written_ = false;
  queue_sel_ = 0;
  status_ = 0;
  failure_ = QueueError::kNone;
  if (device_ != nullptr) device_->reset();
  interrupt_status_ = 0;
  update_irq();
}

bool VirtioMmio::restored() noexcept {
  update_irq();
  return device_ == nullptr || device_->restored();
}

// --- From the device ----------------------------------------------------------------------------

void VirtioMmio::raise(uint32_t cause) noexcept {
  interrupt_status_ |= cause;
  update_irq();
}

void VirtioMmio::used_buffers() noexcept { raise(kUsedBufferCause); }

void VirtioMmio::configuration_changed() noexcept {
  ++config_generation_;
  // No notification may be sent before DRIVER_OK.
  if ((status_ & kDriverOk) != 0) raise(kConfigurationCause);
}

void VirtioMmio::needs_reset(QueueError why) noexcept {
  failure_ = why;
  status_ |= kNeedsReset;
  if ((status_ & kDriverOk) != 0) raise(kConfigurationCause);
}

}  // namespace rvx
