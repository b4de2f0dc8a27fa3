// What a machine runs when nobody says: OpenSBI and Debian's kernel from the cache.
#include "cli/software.hpp"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

extern char** environ;

namespace rvx::cli {
namespace {

constexpr std::string_view kFetchScript = "/firmware/debian/fetch.sh";

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

}  // namespace

std::string program_directory() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<size_t>(length) == path.size()) return {};
  return parent(std::string(path.data(), static_cast<size_t>(length)));
}

std::string root_directory() {
  if (const std::string root = environment("RVX_ROOT"); !root.empty()) return root;
  const std::string root = parent(parent(program_directory()));
  return exists(root + std::string(kFetchScript)) ? root : std::string{};
}

std::string cache_directory() {
  std::string cache = environment("RVX_CACHE");
  if (cache.empty()) {
    const std::string base = environment("XDG_CACHE_HOME");
    const std::string home = environment("HOME");
    cache = (base.empty() ? (home.empty() ? "/root" : home) + "/.cache" : base) + "/rvx";
  }
  return cache;
}

std::string debian_directory() { return cache_directory() + "/debian"; }

Outcome fetch_debian() {
  const std::string root = root_directory();
  const std::string script = root + std::string(kFetchScript);
  if (root.empty() || !exists(script)) {
    if (exists(debian_directory() + "/initramfs.cpio")) return std::monostate{};
    return usage_error(
        "cannot find firmware/debian/fetch.sh; name rvx's source folder in RVX_ROOT, or give "
        "--bios, --kernel and --initrd");
  }
  // What the script says goes to stderr, where all of our messages go.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, 2, 1);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
  std::string argument = script;
  char* argv[] = {argument.data(), nullptr};
  pid_t child = 0;
  const int error = ::posix_spawn(&child, script.c_str(), &actions, nullptr, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return usage_error(fmt::format("cannot run {}: {}", script, std::strerror(error)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::monostate{};
  return Error{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ""};
}

Outcome choose_firmware(const std::string& bios, MachineConfig& machine) {
  if (bios == "none") {
    machine.firmware.clear();
  } else if (bios == "default") {
    if (Outcome fetched = fetch_debian(); !fetched) return fetched;
    machine.firmware = debian_directory() + "/fw_dynamic.bin";
  } else {
    machine.firmware = bios;
  }
  return std::monostate{};
}

std::string join_appended(const OptionValues& options) {
  std::string text;
  for (const std::string& part : options.all(Flag::kAppend))
    text += (text.empty() || part.empty() ? "" : " ") + part;
  return text;
}

}  // namespace rvx::cli
