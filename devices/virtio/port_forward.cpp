// Port forwards from the host to the guest: parsing with errors that say what to write instead.
#include "devices/virtio/port_forward.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace rvx {

namespace {

constexpr std::string_view kForm = "[tcp:|udp:][HOSTADDR:]HOSTPORT:[GUESTADDR:]GUESTPORT";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// All of `text` as a decimal number of at most `most`.
std::optional<uint32_t> parse_number(std::string_view text, uint32_t most) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > most) return std::nullopt;
  return value;
}

std::optional<Ipv4> parse_address(std::string_view text) {
  if (text == "localhost") return kLoopback;
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Ipv4 address = 0;
  for (const std::string_view part : parts) {
    const auto byte = parse_number(part, 255);
    if (!byte) return std::nullopt;
    address = address << 8 | *byte;
  }
  return address;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number(text, 65535);
  if (!port || *port == 0) return std::nullopt;
  return static_cast<uint16_t>(*port);
}

bool looks_like_address(std::string_view text) {
  return text == "localhost" || text.find('.') != std::string_view::npos;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

PortForwardParse bad(std::string_view text, std::string_view why) {
  std::string error = "bad port forward '";
  error.append(text).append("': ").append(why).append("; write ").append(kForm);
  return {std::nullopt, error};
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

PortForwardParse parse_port_forward(std::string_view text) {
  auto parts = split(text, ':');
  PortForward forward;
  if (parts.front() == "tcp" || parts.front() == "udp") {
    forward.is_udp = parts.front() == "udp";
    parts.erase(parts.begin());
  }

  const std::string_view first = parts.front();
  if (parts.size() > 2 && is_word(first) && first != "auto" && first != "localhost") {
    return bad(text, "protocol " + quoted(first) + " is neither 'tcp' nor 'udp'");
  }

  // Left over: a host port and a guest port, each with an address before it or not.
  std::string_view host_address;
  std::string_view guest_address;
  if (parts.size() == 3 || parts.size() == 4) {
    if (parts.size() == 4 || looks_like_address(parts[0])) {
      host_address = parts[0];
      parts.erase(parts.begin());
    }
    if (parts.size() == 3) {
      guest_address = parts[1];
      parts.erase(parts.begin() + 1);
    }
  }
  if (parts.size() != 2) return bad(text, "a host port and a guest port are needed");

  if (host_address.data() != nullptr) {
    const auto address = parse_address(host_address);
    if (!address) return bad(text, quoted(host_address) + " is not an IPv4 address of the host");
    forward.host_address = *address;
  }
  if (guest_address.data() != nullptr) {
    const auto address = parse_address(guest_address);
    if (!address) return bad(text, quoted(guest_address) + " is not an IPv4 address of the guest");
    forward.guest_address = *address;
  }
  if (parts[0] != "auto") {
    const auto port = parse_port(parts[0]);
    if (!port)
      return bad(text, "host port " + quoted(parts[0]) + " is neither 1 to 65535 nor 'auto'");
    forward.host_port = *port;
  }
  const auto port = parse_port(parts[1]);
  if (!port) return bad(text, "guest port " + quoted(parts[1]) + " is not 1 to 65535");
  forward.guest_port = *port;
  return {forward, {}};
}

std::string to_string(Ipv4 address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(address >> shift & 0xff);
    if (shift != 0) text += '.';
  }
  return text;
}

std::string to_string(const PortForward& forward) {
  const std::string host_port = forward.host_port == 0 ? "auto" : std::to_string(forward.host_port);
  const std::string guest = forward.guest_address == 0 ? "guest" : to_string(forward.guest_address);
  return (forward.is_udp ? "udp " : "tcp ") + to_string(forward.host_address) + ":" + host_port +
         " -> " + guest + ":" + std::to_string(forward.guest_port);
}

}  // namespace rvx
