// What every virtio device is to its transport: features, queues, configuration, life cycle.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "devices/device.hpp"
#include "devices/virtio/queue.hpp"

namespace rvx {

// Device types ("Device Types" of VIRTIO 1.2).
inline constexpr uint32_t kVirtioIdNet = 1;
inline constexpr uint32_t kVirtioIdBlock = 2;
inline constexpr uint32_t kVirtioIdConsole = 3;
inline constexpr uint32_t kVirtioIdEntropy = 4;

// What a device asks of the transport that it sits behind.
class VirtioTransport {
 public:
  virtual ~VirtioTransport() = default;
  virtual void used_buffers() noexcept = 0;
  virtual void configuration_changed() noexcept = 0;
  // The device cannot go on until the driver resets it.
  virtual void needs_reset(QueueError why) noexcept = 0;
};

// Calls come from one thread at a time, or under the one lock that the machine holds around
// devices.
class VirtioDevice {
 public:
  // `queue_sizes`: most entries of each queue, powers of two.
  VirtioDevice(uint32_t device_id, DmaPort& dma, std::initializer_list<uint16_t> queue_sizes);
  virtual ~VirtioDevice() = default;
  VirtioDevice(const VirtioDevice&) = delete;
  VirtioDevice& operator=(const VirtioDevice&) = delete;

  [[nodiscard]] uint32_t device_id() const noexcept { return device_id_; }

  // All feature bits on offer, those of queues and transport included.
  [[nodiscard]] uint64_t offered_features() const noexcept {
    return type_features() | kVirtioFIndirectDesc | kVirtioFEventIdx | kVirtioFVersion1;
  }

  // The device-specific configuration space, as bytes in memory order.
  [[nodiscard]] virtual std::span<const uint8_t> config() const noexcept { return {}; }
  virtual void write_config(uint64_t /*offset*/, unsigned /*size*/, uint64_t /*value*/) noexcept {}

  [[nodiscard]] unsigned queue_count() const noexcept {
    return static_cast<unsigned>(queues_.size());
  }
  [[nodiscard]] Virtqueue& queue(unsigned index) noexcept { return queues_[index]; }

  // --- Called by the transport ---

  void attach(VirtioTransport& transport) noexcept { transport_ = &transport; }

  // DRIVER_OK: work with these features. Buffers that were made available earlier are looked at
  // now.
  void start(uint64_t negotiated_features) noexcept;

  // Forget everything that a driver set up.
  void reset() noexcept;

  // The driver takes a queue away from the device.
  void stop_queue(unsigned queue) noexcept;

  // The driver says that there are new buffers. Ignored where there is nothing to do.
  void notify(unsigned queue) noexcept;

  // Stop until the next reset, and say so to the driver.
  void fail(QueueError why) noexcept;

  template <class V>
  void visit_state(V& v) {
    v("negotiated", negotiated_);
    v("running", running_);
    for (unsigned i = 0; i < queue_count(); ++i) {
      const std::string prefix = "queue" + std::to_string(i) + ".";
      auto visit_field = [&](const char* name, auto& field) { v((prefix + name).c_str(), field); };
      queues_[i].visit_state(visit_field);
    }
  }

  // Called by VirtioMmio::restored(). False when the state is not one that a driver could bring
  // about.
  [[nodiscard]] virtual bool restored() noexcept;

 protected:
  [[nodiscard]] virtual uint64_t type_features() const noexcept = 0;
  virtual void process(
      unsigned queue) noexcept = 0;  // the queue is ready and the driver is running
  virtual void drop_requests(unsigned /*queue*/) noexcept {}  // which wait to be completed
  virtual void on_reset() noexcept {}

  [[nodiscard]] DmaPort& dma() noexcept { return dma_; }
  [[nodiscard]] bool has_feature(uint64_t bit) const noexcept { return (negotiated_ & bit) != 0; }
  [[nodiscard]] bool is_running() const noexcept { return running_; }
  [[nodiscard]] bool can_use(unsigned queue) const noexcept {
    return running_ && queues_[queue].is_ready();
  }

  // Take the next chain; false if there is none, or the ring is malformed and the device has
  // failed.
  [[nodiscard]] bool pop(unsigned queue, Chain& chain) noexcept;
  // Give a chain back; see Virtqueue::push().
  void push(unsigned queue, const Chain& chain, uint64_t written) noexcept;
  // Interrupt the driver if it wants to know of what was pushed.
  void notify_driver(unsigned queue) noexcept;
  void configuration_changed() noexcept;

 private:
  uint32_t device_id_;
  DmaPort& dma_;
  VirtioTransport* transport_ = nullptr;
  std::vector<Virtqueue> queues_;
  uint64_t negotiated_ = 0;
  bool running_ = false;  // DRIVER_OK, and no need of a reset
};

}  // namespace rvx
