// Port forwards from the host to the guest, as a user writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rvx {

// IPv4 address in host byte order.
using Ipv4 = uint32_t;

inline constexpr Ipv4 kLoopback = 0x7f000001;  // 127.0.0.1

struct PortForward {
  bool is_udp = false;
  Ipv4 host_address = kLoopback;
  uint16_t host_port = 0;  // 0: any free one
  Ipv4 guest_address = 0;  // 0: the address that DHCP gives the guest
  uint16_t guest_port = 0;

  bool operator==(const PortForward&) const = default;
};

struct PortForwardParse {
  std::optional<PortForward> forward;
  std::string error;  // one line, if there is no forward
};

// Parse [tcp:|udp:][HOSTADDR:]HOSTPORT:[GUESTADDR:]GUESTPORT. HOSTPORT may be "auto".
[[nodiscard]] PortForwardParse parse_port_forward(std::string_view text);

// "127.0.0.1"
[[nodiscard]] std::string to_string(Ipv4 address);

// "tcp 127.0.0.1:2222 -> 10.0.2.15:22", or "-> guest:22" without a guest address.
[[nodiscard]] std::string to_string(const PortForward& forward);

}  // namespace rvx
