// Which process of the host holds a port: so that an error can name it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "devices/virtio/port_forward.hpp"

namespace rvx {

struct PortOwner {
  int pid;
  std::string name;  // as in /proc/PID/comm
};

// The process whose socket keeps others from `port` at `address`, or at all addresses if that is 0.
// Nothing if there is none, or it belongs to another user. Reads /proc; slow, for error paths only.
[[nodiscard]] std::optional<PortOwner> find_port_owner(bool is_udp, Ipv4 address, uint16_t port);

}  // namespace rvx
