// A guest at the other end of user networking: builds and takes apart ARP, IPv4, UDP and TCP.
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/virtio/slirp_net.hpp"

namespace rvx::test {

using Bytes = std::vector<uint8_t>;

constexpr uint8_t kGuestMac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
constexpr uint16_t kArp = 0x0806, kIpv4 = 0x0800;
constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17;
constexpr uint8_t kSyn = 2, kRst = 4, kPush = 8, kAck = 16;

inline uint16_t get16(const Bytes& b, size_t at) {
  return static_cast<uint16_t>(b.at(at) << 8 | b.at(at + 1));
}
inline uint32_t get32(const Bytes& b, size_t at) {
  return uint32_t{get16(b, at)} << 16 | get16(b, at + 2);
}
inline void put16(Bytes& b, uint32_t value) {
  b.push_back(static_cast<uint8_t>(value >> 8));
  b.push_back(static_cast<uint8_t>(value));
}
inline void put32(Bytes& b, uint32_t value) {
  put16(b, value >> 16);
  put16(b, value & 0xffff);
}
inline void append(Bytes& b, const Bytes& more) { b.insert(b.end(), more.begin(), more.end()); }
inline Bytes text(const std::string& s) { return {s.begin(), s.end()}; }

inline uint16_t checksum(const Bytes& b) {
  uint32_t sum = 0;
  for (size_t i = 0; i < b.size(); ++i) sum += i % 2 == 0 ? uint32_t{b[i]} << 8 : b[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// A packet that came in, taken apart as far as the tests look.
struct Packet {
  uint16_t type = 0;     // Ethernet
  uint8_t protocol = 0;  // IPv4
  uint32_t source = 0, destination = 0;
  Bytes body;  // behind the Ethernet header (ARP) or the IPv4 header
};

struct Segment {
  uint16_t source_port, destination_port;
  uint32_t sequence, acknowledgement;
  uint8_t flags;
  Bytes data;
};

// The guest's end of the cable, with a mind for ARP only.
class Guest final : public NetReceiver {
 public:
  explicit Guest(SlirpNet& net) : net_(net) { net_.attach(this); }
  ~Guest() override { net_.attach(nullptr); }

  void receive_frame(std::span<const uint8_t> frame) noexcept override {
    Packet packet;
    const Bytes bytes(frame.begin(), frame.end());
    packet.type = get16(bytes, 12);
    size_t at = 14;
    if (packet.type == kIpv4) {
      packet.protocol = bytes.at(14 + 9);
      packet.source = get32(bytes, 14 + 12);
      packet.destination = get32(bytes, 14 + 16);
      at += (bytes.at(14) & 15) * 4u;
      const size_t end = 14 + size_t{get16(bytes, 16)};
      packet.body.assign(bytes.begin() + static_cast<long>(at),
                         bytes.begin() + static_cast<long>(end));
    } else {
      packet.body.assign(bytes.begin() + static_cast<long>(at), bytes.end());
    }
    packets.push_back(packet);
  }

  void send(uint16_t type, const Bytes& payload) {
    Bytes frame(6, 0xff);
    frame.insert(frame.end(), kGuestMac, kGuestMac + 6);
    put16(frame, type);
    append(frame, payload);
    frame.resize(std::max<size_t>(frame.size(), 60));
    net_.send_frame(frame);
  }

  void send_arp(uint16_t operation, Ipv4 target) {
    Bytes arp;
    put16(arp, 1);
    put16(arp, kIpv4);
    arp.insert(arp.end(), {6, 4});
    put16(arp, operation);
    arp.insert(arp.end(), kGuestMac, kGuestMac + 6);
    put32(arp, SlirpNet::kGuest);
    arp.insert(arp.end(), 6, 0);
    put32(arp, target);
    send(kArp, arp);
  }

  void send_ip(uint8_t protocol, Ipv4 source, Ipv4 destination, const Bytes& payload) {
    Bytes ip = {0x45, 0};
    put16(ip, static_cast<uint32_t>(20 + payload.size()));
    put32(ip, 0);
    ip.insert(ip.end(), {64, protocol, 0, 0});
    put32(ip, source);
    put32(ip, destination);
    const uint16_t sum = checksum(ip);
    ip[10] = static_cast<uint8_t>(sum >> 8);
    ip[11] = static_cast<uint8_t>(sum);
    append(ip, payload);
    send(kIpv4, ip);
  }

  void send_udp(Ipv4 source, Ipv4 destination, uint16_t from, uint16_t to, const Bytes& data) {
    Bytes udp;
    put16(udp, from);
    put16(udp, to);
    put16(udp, static_cast<uint32_t>(8 + data.size()));
    put16(udp, 0);  // no checksum
    append(udp, data);
    send_ip(kUdp, source, destination, udp);
  }

  void send_tcp(Ipv4 destination, const Segment& segment) {
    Bytes tcp;
    put16(tcp, segment.source_port);
    put16(tcp, segment.destination_port);
    put32(tcp, segment.sequence);
    put32(tcp, segment.acknowledgement);
    tcp.insert(tcp.end(), {0x50, segment.flags});
    put16(tcp, 32768);
    put32(tcp, 0);
    append(tcp, segment.data);
    Bytes pseudo;
    put32(pseudo, SlirpNet::kGuest);
    put32(pseudo, destination);
    put16(pseudo, kTcp);
    put16(pseudo, static_cast<uint32_t>(tcp.size()));
    append(pseudo, tcp);
    const uint16_t sum = checksum(pseudo);
    tcp[16] = static_cast<uint8_t>(sum >> 8);
    tcp[17] = static_cast<uint8_t>(sum);
    send_ip(kTcp, SlirpNet::kGuest, destination, tcp);
  }

  // Run the network until a packet comes that `is_wanted`, and take it out. Answers ARP meanwhile.
  std::optional<Packet> wait(const std::function<bool(const Packet&)>& is_wanted, int ms = 3000) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    do {
      for (size_t i = 0; i < packets.size(); ++i) {
        const Packet packet = packets[i];
        const bool asks = packet.type == kArp && get16(packet.body, 6) == 1;
        if (asks && get32(packet.body, 24) == SlirpNet::kGuest) {
          packets.erase(packets.begin() + static_cast<long>(i--));
          send_arp(2, get32(packet.body, 14));
        } else if (is_wanted(packet)) {
          packets.erase(packets.begin() + static_cast<long>(i));
          return packet;
        }
      }
      turn(20);
    } while (std::chrono::steady_clock::now() < deadline);
    return std::nullopt;
  }

  std::optional<Segment> wait_tcp(uint8_t flags, int ms = 3000) {
    const auto packet = wait(
        [&](const Packet& p) {
          return p.type == kIpv4 && p.protocol == kTcp && (p.body.at(13) & flags) == flags;
        },
        ms);
    if (!packet) return std::nullopt;
    const Bytes& b = packet->body;
    const size_t header = (b.at(12) >> 4) * 4u;
    return Segment{get16(b, 0), get16(b, 2), get32(b, 4),
                   get32(b, 8), b.at(13),    Bytes(b.begin() + static_cast<long>(header), b.end())};
  }

  // One round of the machine's loop, waiting at most `ms`.
  void turn(int ms) {
    std::vector<pollfd> fds(1, pollfd{-1, 0, 0});  // someone else's, before ours
    int timeout = ms;
    net_.prepare_poll(fds, timeout);
    poll(fds.data(), fds.size(), timeout);
    net_.finish_poll(fds.data() + 1, fds.size() - 1);
  }

  std::vector<Packet> packets;

 private:
  SlirpNet& net_;
};

}  // namespace rvx::test
