// The two ends of a network cable: what a network device and the world ask of each other.
#pragma once

#include <cstdint>
#include <span>

#include "devices/device.hpp"

namespace rvx {

// The device's end. Frames are Ethernet frames without preamble and checksum.
class NetReceiver {
 public:
  virtual ~NetReceiver() = default;
  // A frame for the guest. Dropped where the guest has no room for it.
  virtual void receive_frame(std::span<const uint8_t> frame) noexcept = 0;
};

// The world's end. Its host descriptors are polled by the machine through the device.
class NetBackend : public PollSource {
 public:
  // Where frames for the guest go; nullptr before the receiver is destroyed.
  virtual void attach(NetReceiver* receiver) noexcept = 0;

  // A frame from the guest. May call the receiver before it returns.
  virtual void send_frame(std::span<const uint8_t> frame) noexcept = 0;
};

}  // namespace rvx
