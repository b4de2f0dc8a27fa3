// Which process of the host holds a port: from /proc/net to the inode to whoever has it open.
#include "devices/virtio/port_owner.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace rvx {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTcpListen = "0A";

// /proc/net prints an IPv4 address as the hexadecimal number that its bytes form in memory.
bool covers(std::string_view printed, Ipv4 address) {
  // An IPv6 socket: all addresses, IPv4 included, if it is bound to "any".
  if (printed.size() == 32) return printed.find_first_not_of('0') == std::string_view::npos;
  uint32_t value = 0;
  const auto [stop, error] =
      std::from_chars(printed.data(), printed.data() + printed.size(), value, 16);
  if (error != std::errc{}) return false;
  return value == 0 || address == 0 || __builtin_bswap32(value) == address;
}

// The inode of a socket at the port in one of the tables of /proc/net, of a listening one if there
// is one; empty if there is none.
std::string find_inode(const char* table, Ipv4 address, uint16_t port) {
  std::ifstream file(table);
  std::string other;
  std::string line;
  std::getline(file, line);  // column titles
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
        timeout >> inode;
    const size_t colon = local.find(':');
    if (!fields || colon == std::string::npos) continue;
    uint32_t local_port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
    if (local_port != port || inode == "0") continue;
    if (!covers(std::string_view(local).substr(0, colon), address)) continue;
    if (state == kTcpListen) return inode;
    if (other.empty()) other = inode;
  }
  return other;
}

// Whether process `folder` (/proc/PID) has `socket` open.
bool has_open(const fs::path& folder, const std::string& socket) {
  std::error_code error;
  fs::directory_iterator entry(folder / "fd", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(entry->path(), unreadable) == socket) return true;
  }
  return false;
}

}  // namespace

std::optional<PortOwner> find_port_owner(bool is_udp, Ipv4 address, uint16_t port) {
  std::string inode = find_inode(is_udp ? "/proc/net/udp" : "/proc/net/tcp", address, port);
  if (inode.empty()) {
    inode = find_inode(is_udp ? "/proc/net/udp6" : "/proc/net/tcp6", address, port);
  }
  if (inode.empty()) return std::nullopt;
  const std::string socket = "socket:[" + inode + "]";

  std::error_code error;
  fs::directory_iterator entry("/proc", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int pid = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || stop != name.data() + name.size()) continue;
    if (!has_open(entry->path(), socket)) continue;
    PortOwner owner{pid, {}};
    std::ifstream comm(entry->path() / "comm");
    std::getline(comm, owner.name);
    return owner;
  }
  return std::nullopt;
}

}  // namespace rvx
