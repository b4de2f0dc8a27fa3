// Tests of port forwards as users write them, and of finding out who holds a port.
#include "devices/virtio/port_forward.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "devices/virtio/port_owner.hpp"

namespace rvx::test {
namespace {

struct Good {
  const char* text;
  PortForward forward;
};

TEST(PortForwardTest, EveryFormOfTheSyntaxIsUnderstood) {
  const Good cases[] = {
      {"2222:22", {false, kLoopback, 2222, 0, 22}},
      {"tcp:2222:22", {false, kLoopback, 2222, 0, 22}},
      {"udp:5353:53", {true, kLoopback, 5353, 0, 53}},
      {"auto:22", {false, kLoopback, 0, 0, 22}},
      {"0.0.0.0:80:8080", {false, 0, 80, 0, 8080}},
      {"localhost:80:8080", {false, kLoopback, 80, 0, 8080}},
      {"80:10.0.2.16:8080", {false, kLoopback, 80, 0x0a000210, 8080}},
      {"udp:192.168.1.2:1:10.0.2.15:65535", {true, 0xc0a80102, 1, 0x0a00020f, 65535}},
      {"127.0.0.1:auto:10.0.2.15:22", {false, kLoopback, 0, 0x0a00020f, 22}},
  };
  for (const Good& good : cases) {
    const auto parsed = parse_port_forward(good.text);
    ASSERT_TRUE(parsed.forward.has_value()) << good.text << ": " << parsed.error;
    EXPECT_EQ(*parsed.forward, good.forward) << good.text;
    EXPECT_EQ(parsed.error, "");
  }
}

TEST(PortForwardTest, EveryMistakeIsOneLineThatNamesItAndTheForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "a host port and a guest port are needed"},
      {"22", "a host port and a guest port are needed"},
      {"tcp:22", "a host port and a guest port are needed"},
      {"1:2:3:4:5", "a host port and a guest port are needed"},
      {"abc:22", "host port 'abc'"},
      {"0:22", "host port '0'"},
      {"65536:22", "host port '65536'"},
      {"-1:22", "host port '-1'"},
      {" 1:22", "host port ' 1'"},
      {"99999999999999999999:22", "host port '99999999999999999999'"},
      {"2222:", "guest port ''"},
      {"2222:auto", "guest port 'auto'"},
      {"2222:22x", "guest port '22x'"},
      {"1.2.3:80:80", "'1.2.3' is not an IPv4 address of the host"},
      {"1.2.3.256:80:80", "'1.2.3.256' is not an IPv4 address of the host"},
      {"80:1.2.3.4.5:80", "'1.2.3.4.5' is not an IPv4 address of the guest"},
      {"tcp::2222-:22", "'2222-' is not an IPv4 address of the guest"},  // QEMU's syntax
      {":80:10.0.2.15:80", "'' is not an IPv4 address of the host"},
      {"sctp:1:2", "protocol 'sctp'"},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_port_forward(text);
    EXPECT_FALSE(parsed.forward.has_value()) << text;
    EXPECT_NE(parsed.error.find(expected), std::string::npos) << text << " gave: " << parsed.error;
    EXPECT_NE(parsed.error.find("HOSTPORT:"), std::string::npos) << parsed.error;
    EXPECT_EQ(parsed.error.find('\n'), std::string::npos);
  }
}

TEST(PortForwardTest, ForwardIsPrintedForPeople) {
  EXPECT_EQ(to_string(*parse_port_forward("2222:22").forward), "tcp 127.0.0.1:2222 -> guest:22");
  EXPECT_EQ(to_string(*parse_port_forward("udp:0.0.0.0:auto:10.0.2.15:53").forward),
            "udp 0.0.0.0:auto -> 10.0.2.15:53");
}

// --- Owners -------------------------------------------------------------------------------------

struct Listener {
  explicit Listener(int family = AF_INET, int type = SOCK_STREAM) {
    fd = socket(family, type | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(kLoopback);
    }
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    is_open = bind(fd, generic, length) == 0 && (type == SOCK_DGRAM || listen(fd, 1) == 0) &&
              getsockname(fd, generic, &length) == 0;
    port = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);  // same place in both families
  }
  ~Listener() { close(fd); }
  int fd;
  bool is_open = false;
  uint16_t port = 0;
};

std::string own_name() {
  std::string name;
  std::getline(std::ifstream("/proc/self/comm"), name);
  return name;
}

TEST(PortOwnerTest, ListenerIsFoundByPidAndName) {
  const Listener listener;
  ASSERT_TRUE(listener.is_open);
  for (const Ipv4 address : {kLoopback, Ipv4{0}}) {
    const auto owner = find_port_owner(false, address, listener.port);
    ASSERT_TRUE(owner.has_value());
    EXPECT_EQ(owner->pid, getpid());
    EXPECT_EQ(owner->name, own_name());
  }
}

TEST(PortOwnerTest, SocketThatDoesNotListenHoldsItsPortToo) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Listener listener;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kLoopback);
  address.sin_port = htons(listener.port);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(connect(fd, generic, length), 0);
  ASSERT_EQ(getsockname(fd, generic, &length), 0);
  const auto owner = find_port_owner(false, kLoopback, ntohs(address.sin_port));
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->pid, getpid());
  close(fd);
}

TEST(PortOwnerTest, UdpPortIsFoundAndIsNotTcp) {
  const Listener listener(AF_INET, SOCK_DGRAM);
  ASSERT_TRUE(listener.is_open);
  const auto owner = find_port_owner(true, kLoopback, listener.port);
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->pid, getpid());
  EXPECT_FALSE(find_port_owner(false, kLoopback, listener.port).has_value());
}

TEST(PortOwnerTest, ListenerOnAllIpv6AddressesHoldsTheIpv4PortToo) {
  const Listener listener(AF_INET6);
  if (!listener.is_open) GTEST_SKIP() << "no IPv6 on this host";
  EXPECT_TRUE(find_port_owner(false, kLoopback, listener.port).has_value());
}

TEST(PortOwnerTest, OtherAddressOrClosedPortHasNoOwner) {
  uint16_t port = 0;
  {
    const Listener listener;
    port = listener.port;
    EXPECT_FALSE(find_port_owner(false, 0x7f000002, port).has_value());
  }
  EXPECT_FALSE(find_port_owner(false, kLoopback, port).has_value());
}

}  // namespace
}  // namespace rvx::test
