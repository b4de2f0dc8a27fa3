// User networking through libslirp: its callbacks, timers and descriptors, and the port forwards.
#include "devices/virtio/slirp_net.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <slirp/libslirp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>

#include "devices/virtio/port_owner.hpp"

namespace rvx {

namespace {

constexpr int64_t kNever = -1;

// Ports tried for "auto": another process may take one between finding it free and using it.
constexpr int kAutoPortTries = 16;

int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

int64_t monotonic_ms() noexcept { return monotonic_ns() / 1'000'000; }

in_addr to_in_addr(Ipv4 address) noexcept { return in_addr{htonl(address)}; }

// libslirp writes to sockets whose peer may be gone, without MSG_NOSIGNAL. Keeps the SIGPIPE of
// that from a process which has not chosen to ignore it.
class SigpipeGuard {
 public:
  SigpipeGuard() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeGuard() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

// The two sets of flags have the same meaning and other numbers.
struct PollFlag {
  int slirp;
  short host;
};
constexpr PollFlag kPollFlags[] = {
    {SLIRP_POLL_IN, POLLIN},   {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI},
    {SLIRP_POLL_ERR, POLLERR}, {SLIRP_POLL_HUP, POLLHUP},
};

struct PolledFds {
  const pollfd* fds;
  size_t count;
};

// A port of `forward`'s protocol and address that is free now, or 0 with errno set.
uint16_t find_free_port(const PortForward& forward) noexcept {
  const int fd = socket(AF_INET, (forward.is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr = to_in_addr(forward.host_address);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = bind(fd, generic, length) == 0 && getsockname(fd, generic, &length) == 0;
  const int error = errno;
  close(fd);
  errno = error;
  return found ? ntohs(address.sin_port) : uint16_t{0};
}

}  // namespace

struct SlirpNet::Timer {
  SlirpTimerCb callback;
  void* opaque;
  int64_t expires_ms = kNever;
};

struct SlirpNet::Callbacks {
  static SlirpNet& self(void* opaque) noexcept { return *static_cast<SlirpNet*>(opaque); }

  static ssize_t send_packet(const void* bytes, size_t length, void* opaque) noexcept {
    if (NetReceiver* receiver = self(opaque).receiver_) {
      receiver->receive_frame({static_cast<const uint8_t*>(bytes), length});
    }
    return static_cast<ssize_t>(length);
  }

  static void guest_error(const char*, void*) noexcept {}
  static int64_t clock_get_ns(void*) noexcept { return monotonic_ns(); }

  static void* timer_new(SlirpTimerCb callback, void* callback_opaque, void* opaque) noexcept {
    auto& timers = self(opaque).timers_;
    timers.push_back(std::make_unique<Timer>(Timer{callback, callback_opaque}));
    return timers.back().get();
  }
  static void timer_free(void* timer, void* opaque) noexcept {
    std::erase_if(self(opaque).timers_,
                  [timer](const auto& owned) { return owned.get() == timer; });
  }
  static void timer_mod(void* timer, int64_t expires_ms, void* opaque) noexcept {
    static_cast<Timer*>(timer)->expires_ms = expires_ms;
    self(opaque).wake();
  }

  // Descriptors are asked for anew before each poll, so there is nothing to register.
  static void register_poll_fd(int, void*) noexcept {}
  static void unregister_poll_fd(int, void*) noexcept {}
  static void notify(void* opaque) noexcept { self(opaque).wake(); }

  static int add_poll(int fd, int events, void* opaque) noexcept {
    auto& fds = *static_cast<std::vector<pollfd>*>(opaque);
    pollfd entry{fd, 0, 0};
    for (const PollFlag& flag : kPollFlags) {
      if ((events & flag.slirp) != 0) entry.events = static_cast<short>(entry.events | flag.host);
    }
    fds.push_back(entry);
    return static_cast<int>(fds.size()) - 1;
  }
  static int get_revents(int index, void* opaque) noexcept {
    const auto& polled = *static_cast<const PolledFds*>(opaque);
    if (index < 0 || static_cast<size_t>(index) >= polled.count) return 0;
    int events = 0;
    for (const PollFlag& flag : kPollFlags) {
      if ((polled.fds[index].revents & flag.host) != 0) events |= flag.slirp;
    }
    return events;
  }

  static constexpr SlirpCb table() noexcept {
    SlirpCb callbacks{};
    callbacks.send_packet = send_packet;
    callbacks.guest_error = guest_error;
    callbacks.clock_get_ns = clock_get_ns;
    callbacks.timer_new = timer_new;
    callbacks.timer_free = timer_free;
    callbacks.timer_mod = timer_mod;
    callbacks.register_poll_fd = register_poll_fd;
    callbacks.unregister_poll_fd = unregister_poll_fd;
    callbacks.notify = notify;
    return callbacks;
  }
};

// --- Opening ------------------------------------------------------------------------------------

SlirpNet::Opening SlirpNet::open(const Options& options) {
  std::unique_ptr<SlirpNet> net(new SlirpNet);
  if (std::string error = net->start(options.is_restricted); !error.empty()) {
    return {nullptr, error};
  }
  for (const PortForward& forward : options.forwards) {
    if (std::string error = net->add_forward(forward); !error.empty()) return {nullptr, error};
  }
  return {std::move(net), {}};
}

SlirpNet::~SlirpNet() {
  receiver_ = nullptr;
  if (slirp_ != nullptr) slirp_cleanup(slirp_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

std::string SlirpNet::start(bool is_restricted) {
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd_ < 0) return std::string("cannot start user networking: ") + std::strerror(errno);

  static constexpr SlirpCb kCallbacks = Callbacks::table();  // libslirp keeps the pointer
  SlirpConfig config{};
  // The oldest version has all that is used here; later ones ask for more callbacks.
  config.version = 1;
  config.restricted = is_restricted ? 1 : 0;
  // CHOICE: IPv4 only. Guests prefer IPv6 where it is offered, and many hosts cannot route it.
  config.in_enabled = true;
  config.vnetwork = to_in_addr(kNetwork);
  config.vnetmask = to_in_addr(kNetmask);
  config.vhost = to_in_addr(kHost);
  config.vdhcp_start = to_in_addr(kGuest);
  config.vnameserver = to_in_addr(kNameServer);
  slirp_ = slirp_new(&config, &kCallbacks, this);
  return slirp_ != nullptr ? ""
                           : "cannot start user networking: libslirp refused its configuration";
}

std::string SlirpNet::add_forward(PortForward forward) {
  if (forward.guest_address == 0) forward.guest_address = kGuest;
  const Ipv4 guest = forward.guest_address;
  const bool is_taken = guest == kHost || guest == kNameServer || guest == kNetwork ||
                        guest == (kNetwork | ~kNetmask);
  if ((guest & kNetmask) != kNetwork || is_taken) {
    return "cannot forward to " + to_string(guest) +
           ": not an address that the guest can have; use one in 10.0.2.0/24, such as 10.0.2.15";
  }

  if (forward.host_port != 0) {
    if (!try_forward(forward)) return explain(forward, errno);
    return {};
  }
  for (int i = 0; i < kAutoPortTries; ++i) {
    forward.host_port = find_free_port(forward);
    if (forward.host_port == 0) return explain(forward, errno);
    if (try_forward(forward)) return {};
    if (errno != EADDRINUSE) break;
  }
  return explain(forward, errno);
}

bool SlirpNet::try_forward(const PortForward& forward) noexcept {
  errno = 0;
  if (slirp_add_hostfwd(slirp_, forward.is_udp ? 1 : 0, to_in_addr(forward.host_address),
                        forward.host_port, to_in_addr(forward.guest_address),
                        forward.guest_port) != 0) {
    return false;
  }
  forwards_.push_back(forward);
  return true;
}

std::string SlirpNet::explain(const PortForward& forward, int error) const {
  const std::string what = "cannot forward " + to_string(forward.host_address) + ":" +
                           std::to_string(forward.host_port) + ": ";
  const std::string another = std::string("; try --fwd ") + (forward.is_udp ? "udp:" : "") +
                              "auto:" + std::to_string(forward.guest_port);
  switch (error) {
    case EADDRINUSE: {
      const auto owner = find_port_owner(forward.is_udp, forward.host_address, forward.host_port);
      if (!owner) return what + "already in use" + another;
      if (owner->pid == getpid()) return what + "already used by this machine" + another;
      return what + "already used by pid " + std::to_string(owner->pid) + " (" + owner->name + ")" +
             another;
    }
    case EACCES: return what + "ports below 1024 need privileges" + another;
    case EADDRNOTAVAIL:
      return what + "not an address of this host; leave it out for 127.0.0.1, or use 0.0.0.0";
    default: return what + (error != 0 ? std::strerror(error) : "refused by libslirp");
  }
}

// --- Traffic ------------------------------------------------------------------------------------

void SlirpNet::send_frame(std::span<const uint8_t> frame) noexcept {
  if (frame.size() > INT_MAX) return;
  const SigpipeGuard guard;
  slirp_input(slirp_, frame.data(), static_cast<int>(frame.size()));
  wake();
}

void SlirpNet::wake() noexcept {
  if (is_woken_) return;
  const uint64_t one = 1;
  is_woken_ = write(wake_fd_, &one, sizeof(one)) == sizeof(one);
}

void SlirpNet::prepare_poll(std::vector<pollfd>& fds, int& timeout_ms) {
  // libslirp keeps the index of each entry, so it gets a list of its own.
  std::vector<pollfd> own{{wake_fd_, POLLIN, 0}};
  uint32_t timeout = timeout_ms < 0 ? UINT32_MAX : static_cast<uint32_t>(timeout_ms);
  slirp_pollfds_fill(slirp_, &timeout, Callbacks::add_poll, &own);
  fds.insert(fds.end(), own.begin(), own.end());

  const int64_t now = monotonic_ms();
  for (const auto& timer : timers_) {
    if (timer->expires_ms == kNever) continue;
    const int64_t left = std::max<int64_t>(timer->expires_ms - now, 0);
    timeout = static_cast<uint32_t>(std::min<int64_t>(left, timeout));
  }
  if (timeout != UINT32_MAX) timeout_ms = static_cast<int>(std::min<uint32_t>(timeout, INT_MAX));
}

void SlirpNet::finish_poll(const pollfd* fds, size_t count) {
  if (is_woken_) {
    uint64_t value = 0;
    is_woken_ = read(wake_fd_, &value, sizeof(value)) != sizeof(value);
  }
  PolledFds polled{fds, count};
  const SigpipeGuard guard;
  slirp_pollfds_poll(slirp_, 0, Callbacks::get_revents, &polled);
  run_timers();
}

void SlirpNet::run_timers() noexcept {
  const int64_t now = monotonic_ms();
  // By index: a callback may add timers.
  for (size_t i = 0; i < timers_.size(); ++i) {
    if (timers_[i]->expires_ms == kNever || timers_[i]->expires_ms > now) continue;
    timers_[i]->expires_ms = kNever;
    timers_[i]->callback(timers_[i]->opaque);
  }
}

}  // namespace rvx
