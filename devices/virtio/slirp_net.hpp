// User networking through libslirp: a private network with the rights of the process.
//
// The guest sees 10.0.2.0/24 with the host at 10.0.2.2, DNS at 10.0.2.3, and gets 10.0.2.15 by
// DHCP.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/virtio/net_backend.hpp"
#include "devices/virtio/port_forward.hpp"

struct Slirp;

namespace rvx {

class SlirpNet final : public NetBackend {
 public:
  static constexpr Ipv4 kNetwork = 0x0a000200;     // 10.0.2.0
  static constexpr Ipv4 kNetmask = 0xffffff00;     // /24
  static constexpr Ipv4 kHost = 0x0a000202;        // 10.0.2.2
  static constexpr Ipv4 kNameServer = 0x0a000203;  // 10.0.2.3
  static constexpr Ipv4 kGuest = 0x0a00020f;       // 10.0.2.15

  struct Options {
    // Keep the guest from reaching the host and the world. Forwards still work.
    bool is_restricted = false;
    std::vector<PortForward> forwards;
  };

  struct Opening {
    std::unique_ptr<SlirpNet> net;  // nullptr on failure
    std::string error;              // then one line
  };

  // Start the network and listen on the host's side of all forwards.
  [[nodiscard]] static Opening open(const Options& options);

  ~SlirpNet() override;
  SlirpNet(const SlirpNet&) = delete;
  SlirpNet& operator=(const SlirpNet&) = delete;

  // The forwards in force, in the order given, with the ports that stood for "auto".
  [[nodiscard]] const std::vector<PortForward>& forwards() const noexcept { return forwards_; }

  void attach(NetReceiver* receiver) noexcept override { receiver_ = receiver; }
  void send_frame(std::span<const uint8_t> frame) noexcept override;

  // May run on another thread than send_frame() if both hold the machine's lock around devices:
  // send_frame() makes one of the descriptors readable, as the set to wait for may have changed.
  void prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) override;
  void finish_poll(const pollfd* fds, size_t count) override;

 private:
  struct Timer;
  struct Callbacks;  // what libslirp calls

  SlirpNet() = default;
  [[nodiscard]] std::string start(bool is_restricted);
  // An error in one line, or nothing.
  [[nodiscard]] std::string add_forward(PortForward forward);
  [[nodiscard]] bool try_forward(const PortForward& forward) noexcept;  // else errno says why
  [[nodiscard]] std::string explain(const PortForward& forward, int error) const;
  void wake() noexcept;
  void run_timers() noexcept;

  NetReceiver* receiver_ = nullptr;
  Slirp* slirp_ = nullptr;
  int wake_fd_ = -1;  // eventfd
  bool is_woken_ = false;
  std::vector<std::unique_ptr<Timer>> timers_;
  std::vector<PortForward> forwards_;
};

}  // namespace rvx
