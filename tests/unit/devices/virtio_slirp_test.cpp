// Tests of user networking: what a guest is answered, port forwards, and their errors.
#include "devices/virtio/slirp_net.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <map>

#include "slirp_guest.hpp"

namespace rvx::test {
namespace {

std::unique_ptr<SlirpNet> open(const SlirpNet::Options& options = {}) {
  SlirpNet::Opening opening = SlirpNet::open(options);
  EXPECT_EQ(opening.error, "");
  return std::move(opening.net);
}

PortForward forward(const char* text) { return *parse_port_forward(text).forward; }

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kLoopback);
  address.sin_port = htons(port);
  return address;
}

struct Socket {
  explicit Socket(int type) : fd(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd >= 0) close(fd);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool connect_to(uint16_t port) const {
    const sockaddr_in address = loopback(port);
    return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  // Bind to a free port and return it.
  uint16_t bind_anywhere() const {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0) return 0;
    return ntohs(address.sin_port);
  }
  std::string receive(int ms) const {
    pollfd wait{fd, POLLIN, 0};
    if (poll(&wait, 1, ms) != 1) return "(nothing)";
    char buffer[256];
    const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
    return got < 0 ? "(error)" : std::string(buffer, static_cast<size_t>(got));
  }
  int fd;
};

// --- What the guest sees ------------------------------------------------------------------------

TEST(SlirpTest, ArpForTheHostIsAnswered) {
  const auto net = open();
  Guest guest(*net);
  guest.send_arp(1, SlirpNet::kHost);
  const auto reply = guest.wait([](const Packet& p) { return p.type == kArp; });
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(get16(reply->body, 6), 2u);
  EXPECT_EQ(get32(reply->body, 14), SlirpNet::kHost);
  EXPECT_EQ(get32(reply->body, 24), SlirpNet::kGuest);
}

TEST(SlirpTest, PingOfTheHostIsAnswered) {
  const auto net = open();
  Guest guest(*net);
  Bytes echo = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};
  const uint16_t sum = checksum(echo);
  echo[2] = static_cast<uint8_t>(sum >> 8);
  echo[3] = static_cast<uint8_t>(sum);
  guest.send_ip(kIcmp, SlirpNet::kGuest, SlirpNet::kHost, echo);
  const auto reply = guest.wait([](const Packet& p) { return p.protocol == kIcmp; });
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->source, SlirpNet::kHost);
  EXPECT_EQ(reply->body.at(0), 0u) << "echo reply";
  EXPECT_EQ(Bytes(reply->body.begin() + 4, reply->body.end()), Bytes(echo.begin() + 4, echo.end()));
}

TEST(SlirpTest, DhcpOffersTheGuestsAddressRouterAndNameServer) {
  const auto net = open();
  Guest guest(*net);
  Bytes discover = {1, 1, 6, 0};
  put32(discover, 0xfeedbeef);
  discover.resize(28);
  discover.insert(discover.end(), kGuestMac, kGuestMac + 6);
  discover.resize(236);
  put32(discover, 0x63825363);
  discover.insert(discover.end(), {53, 1, 1, 55, 2, 3, 6, 255});
  discover.resize(300);
  guest.send_udp(0, 0xffffffff, 68, 67, discover);
  const auto reply = guest.wait([](const Packet& p) { return p.protocol == kUdp; });
  ASSERT_TRUE(reply.has_value());
  const Bytes bootp(reply->body.begin() + 8, reply->body.end());
  EXPECT_EQ(get32(bootp, 4), 0xfeedbeefu);
  EXPECT_EQ(get32(bootp, 16), SlirpNet::kGuest);
  std::map<int, Bytes> options;
  for (size_t at = 240; at + 1 < bootp.size() && bootp[at] != 255; at += 2u + bootp[at + 1]) {
    options[bootp[at]] = Bytes(bootp.begin() + static_cast<long>(at) + 2,
                               bootp.begin() + static_cast<long>(at) + 2 + bootp[at + 1]);
  }
  EXPECT_EQ(options[53], Bytes{2}) << "DHCPOFFER";
  EXPECT_EQ(options[1], (Bytes{255, 255, 255, 0}));
  EXPECT_EQ(options[3], (Bytes{10, 0, 2, 2}));
  EXPECT_EQ(options[6], (Bytes{10, 0, 2, 3}));
}

// Whether a guest can open a TCP connection to a server on the host's loopback.
std::optional<Segment> knock(bool is_restricted) {
  const auto net = open({.is_restricted = is_restricted, .forwards = {}});
  Guest guest(*net);
  const Socket server(SOCK_STREAM);
  const uint16_t port = server.bind_anywhere();
  if (port == 0 || listen(server.fd, 1) != 0) return std::nullopt;
  guest.send_arp(1, SlirpNet::kHost);
  guest.send_tcp(SlirpNet::kHost, {40000, port, 1000, 0, kSyn, {}});
  return guest.wait_tcp(is_restricted ? kRst : kSyn);
}

TEST(SlirpTest, GuestReachesServersOfTheHost) {
  const auto reply = knock(false);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->flags & (kSyn | kAck | kRst), kSyn | kAck);
  EXPECT_EQ(reply->acknowledgement, 1001u);
}

TEST(SlirpTest, RestrictedGuestIsRefused) {
  const auto reply = knock(true);
  ASSERT_TRUE(reply.has_value());
  EXPECT_NE(reply->flags & kRst, 0);
}

TEST(SlirpTest, FramesWithoutAReceiverAreDropped) {
  const auto net = open();
  {
    Guest guest(*net);
    guest.send_arp(1, SlirpNet::kHost);
  }
  const Bytes frame(60, 0xff);
  net->send_frame(frame);
}

TEST(SlirpTest, RuntsAndGarbageDoNoHarm) {
  const auto net = open();
  Guest guest(*net);
  uint64_t state = 1;
  for (size_t bytes = 0; bytes < 200; ++bytes) {
    for (const uint16_t type : {kArp, kIpv4, uint16_t{0x86dd}, uint16_t{0}}) {
      Bytes frame(bytes);
      for (uint8_t& byte : frame)
        byte = static_cast<uint8_t>((state = state * 6364136223846793005u + 1) >> 56);
      if (bytes >= 14) {
        frame[12] = static_cast<uint8_t>(type >> 8);
        frame[13] = static_cast<uint8_t>(type);
      }
      net->send_frame(frame);
    }
  }
  guest.turn(0);
  guest.packets.clear();
  guest.send_arp(1, SlirpNet::kHost);
  EXPECT_TRUE(guest.wait([](const Packet& p) { return p.type == kArp; }).has_value());
}

// --- Polling ------------------------------------------------------------------------------------

TEST(SlirpTest, FrameFromTheGuestWakesAWaitingLoop) {
  const auto net = open();
  std::vector<pollfd> fds;
  int timeout = -1;
  net->prepare_poll(fds, timeout);
  ASSERT_FALSE(fds.empty());
  EXPECT_EQ(poll(fds.data(), fds.size(), 0), 0);
  const Bytes frame(60, 0);
  net->send_frame(frame);
  EXPECT_EQ(poll(fds.data(), fds.size(), 0), 1);
  net->finish_poll(fds.data(), fds.size());
  EXPECT_EQ(poll(fds.data(), fds.size(), 0), 0) << "and is quiet again afterwards";
}

TEST(SlirpTest, IdleNetworkWakesAtMostOnceASecond) {
  const auto net = open();
  std::vector<pollfd> fds;
  int timeout = -1;
  net->prepare_poll(fds, timeout);
  EXPECT_GE(timeout, 1000);
  timeout = 5;
  net->prepare_poll(fds, timeout);
  EXPECT_EQ(timeout, 5);
}

// --- Forwards -----------------------------------------------------------------------------------

struct ForwardedConnection {
  explicit ForwardedConnection(bool is_restricted = false)
      : net(open({.is_restricted = is_restricted, .forwards = {forward("auto:22")}})), guest(*net) {
    port = net->forwards().at(0).host_port;
    fcntl(client.fd, F_SETFL, O_NONBLOCK);
    static_cast<void>(client.connect_to(port));
    const auto syn = guest.wait_tcp(kSyn);
    if (!syn || syn->destination_port != 22) return;
    peer_port = syn->source_port;
    peer_sequence = syn->sequence + 1;
    send(kSyn | kAck, {});
    ++sequence;
    is_open = guest.wait_tcp(kAck).has_value();
  }
  void send(uint8_t flags, const Bytes& data) {
    guest.send_tcp(SlirpNet::kHost, {22, peer_port, sequence, peer_sequence, flags, data});
    sequence += static_cast<uint32_t>(data.size());
  }

  std::unique_ptr<SlirpNet> net;
  Guest guest;
  Socket client{SOCK_STREAM};
  uint16_t port = 0, peer_port = 0;
  uint32_t sequence = 5000, peer_sequence = 0;
  bool is_open = false;
};

TEST(SlirpForwardTest, TcpConnectionReachesTheGuestAndCarriesDataBothWays) {
  for (const bool is_restricted : {false, true}) {
    ForwardedConnection connection(is_restricted);
    ASSERT_TRUE(connection.is_open);
    ASSERT_EQ(::send(connection.client.fd, "ping", 4, 0), 4);
    const auto data = connection.guest.wait_tcp(kPush);
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(data->data, text("ping"));
    connection.peer_sequence += 4;
    connection.send(kAck | kPush, text("pong"));
    connection.guest.turn(50);
    EXPECT_EQ(connection.client.receive(1000), "pong");
  }
}

// Writing to a client that is gone must not end the process, whatever SIGPIPE does.
TEST(SlirpForwardTest, ClientThatVanishesDoesNotRaiseSigpipe) {
  static volatile std::sig_atomic_t raised = 0;
  const auto old = std::signal(SIGPIPE, [](int) { raised = 1; });
  {
    ForwardedConnection connection;
    ASSERT_TRUE(connection.is_open);
    close(std::exchange(connection.client.fd, -1));
    connection.guest.turn(10);
    // The first is answered by a reset from the host's kernel, the second finds the socket dead.
    connection.send(kAck | kPush, text("data"));
    connection.send(kAck | kPush, text("data"));
  }
  std::signal(SIGPIPE, old);
  EXPECT_EQ(raised, 0);
}

TEST(SlirpForwardTest, UdpDatagramReachesTheGuestAndItsAnswerComesBack) {
  const auto net = open({.is_restricted = false, .forwards = {forward("udp:auto:53")}});
  Guest guest(*net);
  const Socket client(SOCK_DGRAM);
  ASSERT_TRUE(client.connect_to(net->forwards().at(0).host_port));
  ASSERT_EQ(::send(client.fd, "question", 8, 0), 8);
  const auto packet = guest.wait([](const Packet& p) { return p.protocol == kUdp; });
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->destination, SlirpNet::kGuest);
  EXPECT_EQ(get16(packet->body, 2), 53u);
  EXPECT_EQ(Bytes(packet->body.begin() + 8, packet->body.end()), text("question"));
  guest.send_udp(SlirpNet::kGuest, packet->source, 53, get16(packet->body, 0), text("answer"));
  guest.turn(50);
  EXPECT_EQ(client.receive(1000), "answer");
}

TEST(SlirpForwardTest, AutoPicksDifferentFreePortsAndReportsThem) {
  const auto net =
      open({.is_restricted = false, .forwards = {forward("auto:22"), forward("auto:80")}});
  const auto& forwards = net->forwards();
  ASSERT_EQ(forwards.size(), 2u);
  EXPECT_NE(forwards[0].host_port, 0);
  EXPECT_NE(forwards[0].host_port, forwards[1].host_port);
  EXPECT_EQ(forwards[0].guest_address, SlirpNet::kGuest);
  const Socket client(SOCK_STREAM);
  EXPECT_TRUE(client.connect_to(forwards[1].host_port)) << "someone listens there";
}

TEST(SlirpForwardTest, PortsAreFreeAgainAfterwards) {
  uint16_t port = 0;
  {
    const auto net = open({.is_restricted = false, .forwards = {forward("auto:22")}});
    port = net->forwards().at(0).host_port;
  }
  const Socket client(SOCK_STREAM);
  EXPECT_FALSE(client.connect_to(port));
}

std::string forward_error(const PortForward& wanted) {
  const auto opening = SlirpNet::open({.is_restricted = false, .forwards = {wanted}});
  EXPECT_EQ(opening.net, nullptr);
  EXPECT_EQ(opening.error.find('\n'), std::string::npos);
  return opening.error;
}

TEST(SlirpForwardTest, PortInUseIsOneLineThatNamesItsOwner) {
  const Socket ours(SOCK_STREAM);
  const uint16_t port = ours.bind_anywhere();
  ASSERT_EQ(listen(ours.fd, 1), 0);
  PortForward wanted = forward("1:22");
  wanted.host_port = port;
  const std::string where = "cannot forward 127.0.0.1:" + std::to_string(port) + ": ";
  EXPECT_EQ(forward_error(wanted), where + "already used by this machine; try --fwd auto:22");

  // The same in another process, which is named.
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(ready[1]);
    char byte;
    while (read(ready[0], &byte, 1) < 0) {
    }  // until the parent closes its end
    _exit(0);
  }
  close(ready[0]);
  close(ours.fd);
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(child) + "/comm"), name);
  EXPECT_EQ(forward_error(wanted), where + "already used by pid " + std::to_string(child) + " (" +
                                       name + "); try --fwd auto:22");
  close(ready[1]);
  const_cast<Socket&>(ours).fd = -1;
}

TEST(SlirpForwardTest, UdpPortInUseIsReportedTheSameWay) {
  const Socket ours(SOCK_DGRAM);
  PortForward wanted = forward("udp:1:53");
  wanted.host_port = ours.bind_anywhere();
  EXPECT_EQ(forward_error(wanted), "cannot forward 127.0.0.1:" + std::to_string(wanted.host_port) +
                                       ": already used by this machine; try --fwd udp:auto:53");
}

TEST(SlirpForwardTest, AddressThatIsNotTheHostsIsReported) {
  EXPECT_EQ(
      forward_error(forward("192.0.2.1:2222:22")),
      "cannot forward 192.0.2.1:2222: not an address of this host; leave it out for 127.0.0.1, "
      "or use 0.0.0.0");
  EXPECT_NE(forward_error(forward("192.0.2.1:auto:22")).find("not an address of this host"),
            std::string::npos);
}

TEST(SlirpForwardTest, AddressThatIsNotTheGuestsIsReported) {
  for (const char* text :
       {"2222:10.0.3.15:22", "2222:10.0.2.2:22", "2222:10.0.2.3:22", "2222:10.0.2.255:22"}) {
    EXPECT_NE(forward_error(forward(text)).find("not an address that the guest can have"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace rvx::test
