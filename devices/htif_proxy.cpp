// The system calls that HTIF proxies for a guest: one table, one function for each call.
#include "devices/htif_proxy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace rvx {
namespace {

constexpr uint64_t kFirstFile = 3;
constexpr uint64_t kMaxPath = PATH_MAX;

// Flags of the guest's calls, from Linux's generic headers.
constexpr uint64_t kAtRemoveDirectory = 0x200;
constexpr uint64_t kAtSymlinkNoFollow = 0x100;
constexpr uint64_t kAtEmptyPath = 0x1000;
constexpr int32_t kAtCurrentDirectory = -100;

int64_t result(int64_t status) noexcept { return status < 0 ? -errno : status; }

std::string join(const std::string& directory, const std::string& name) {
  return directory + (directory.back() == '/' ? "" : "/") + name;
}

bool is_console(uint64_t fd) noexcept { return fd < kFirstFile; }

// struct stat of Linux's generic 64-bit system calls.
struct GuestStatus {
  uint64_t dev, ino;
  uint32_t mode, nlink, uid, gid;
  uint64_t rdev, padding1;
  int64_t size;
  int32_t blksize, padding2;
  int64_t blocks;
  int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
  uint32_t unused[2];
};
static_assert(sizeof(GuestStatus) == 128);

// The console always looks like a terminal, wherever its bytes really go: a program then behaves
// the same whether or not the host redirects its output.
struct stat console_status() noexcept {
  struct stat status {};
  status.st_mode = S_IFCHR | 0620;
  status.st_nlink = 1;
  status.st_rdev = 0x8800;
  status.st_blksize = 1024;
  return status;
}

}  // namespace

struct HtifProxy::Call {
  uint64_t number;
  int64_t (HtifProxy::*run)(const Arguments&);
};

// By number. The order of the first two is for speed: printf makes one call for each character.
const HtifProxy::Call HtifProxy::kCalls[] = {
    {64, &HtifProxy::sys_write},      {63, &HtifProxy::sys_read},
    {17, &HtifProxy::sys_getcwd},     {25, &HtifProxy::sys_fcntl},
    {34, &HtifProxy::sys_mkdirat},    {35, &HtifProxy::sys_unlinkat},
    {37, &HtifProxy::sys_linkat},     {38, &HtifProxy::sys_renameat},
    {46, &HtifProxy::sys_ftruncate},  {48, &HtifProxy::sys_faccessat},
    {49, &HtifProxy::sys_chdir},      {56, &HtifProxy::sys_openat},
    {57, &HtifProxy::sys_close},      {62, &HtifProxy::sys_lseek},
    {67, &HtifProxy::sys_pread},      {68, &HtifProxy::sys_pwrite},
    {78, &HtifProxy::sys_readlinkat}, {79, &HtifProxy::sys_fstatat},
    {80, &HtifProxy::sys_fstat},      {93, &HtifProxy::sys_exit},
    {94, &HtifProxy::sys_exit},       {291, &HtifProxy::sys_statx},
    {1039, &HtifProxy::sys_lstat},    {2011, &HtifProxy::sys_getmainvars},
};

HtifProxy::HtifProxy(DmaPort& memory, CharSink& console, CharSink& errors, InputQueue& input,
                     const std::string& root, std::vector<std::string> arguments)
    : memory_(memory),
      console_(console),
      errors_(errors),
      input_(input),
      root_(root),
      arguments_(std::move(arguments)) {}

HtifProxy::~HtifProxy() {
  for (const File& file : files_) {
    if (file.fd >= 0) ::close(file.fd);
  }
}

HtifProxy::Outcome HtifProxy::run(uint64_t block) noexcept {
  uint64_t words[8];
  const uint8_t* from = memory_.map(block, sizeof words, false);
  if (from == nullptr) return Outcome::kDone;  // nowhere to put a result
  std::memcpy(words, from, sizeof words);
  Arguments a;
  std::copy_n(words + 1, a.size(), a.begin());
  outcome_ = Outcome::kDone;
  const int64_t value = dispatch(words[0], a);
  if (outcome_ != Outcome::kWaits) (void)copy_out(block, &value, sizeof value);
  return outcome_;
}

int64_t HtifProxy::dispatch(uint64_t number, const Arguments& a) noexcept {
  for (const Call& call : kCalls) {
    if (call.number == number) return (this->*call.run)(a);
  }
  return -ENOSYS;
}

// --- Guest memory -------------------------------------------------------------------------------

bool HtifProxy::copy_out(uint64_t address, const void* bytes, uint64_t length) noexcept {
  uint8_t* to = memory_.map(address, length, true);
  if (to == nullptr) return false;
  std::memcpy(to, bytes, length);
  return true;
}

// An absolute guest path from `length` bytes at `address`, relative to the open directory
// `directory`.
int64_t HtifProxy::read_path(uint64_t directory, uint64_t address, uint64_t length,
                             std::string& path) {
  if (length > kMaxPath) return -ENAMETOOLONG;
  const uint8_t* bytes = memory_.map(address, length, false);
  if (bytes == nullptr) return -EFAULT;
  std::string name(reinterpret_cast<const char*>(bytes), length);
  name.resize(std::strlen(name.c_str()));
  if (name.empty()) return -ENOENT;
  if (name.front() == '/') {
    path = std::move(name);
  } else if (static_cast<int32_t>(directory) == kAtCurrentDirectory) {
    path = join(directory_, name);
  } else if (host_fd(directory) >= 0) {
    path = join(files_[directory - kFirstFile].path, name);
  } else {
    return is_console(directory) ? -ENOTDIR : -EBADF;
  }
  return path.size() > kMaxPath ? -ENAMETOOLONG : 0;
}

int64_t HtifProxy::put_status(uint64_t address, const struct stat& status) noexcept {
  GuestStatus guest{};
  guest.dev = status.st_dev;
  guest.ino = status.st_ino;
  guest.mode = status.st_mode;
  guest.nlink = static_cast<uint32_t>(status.st_nlink);
  guest.uid = status.st_uid;
  guest.gid = status.st_gid;
  guest.rdev = status.st_rdev;
  guest.size = status.st_size;
  guest.blksize = static_cast<int32_t>(status.st_blksize);
  guest.blocks = status.st_blocks;
  guest.atime = status.st_atim.tv_sec;
  guest.atime_ns = status.st_atim.tv_nsec;
  guest.mtime = status.st_mtim.tv_sec;
  guest.mtime_ns = status.st_mtim.tv_nsec;
  guest.ctime = status.st_ctim.tv_sec;
  guest.ctime_ns = status.st_ctim.tv_nsec;
  return copy_out(address, &guest, sizeof guest) ? 0 : -EFAULT;
}

int64_t HtifProxy::put_status_of(const std::string& path, bool follow, uint64_t address) {
  const Descriptor name(root_.open_name(path, follow));
  if (name.get() < 0) return name.get();
  struct stat status {};
  if (::fstat(name.get(), &status) < 0) return -errno;
  return put_status(address, status);
}

// --- Descriptors --------------------------------------------------------------------------------

int HtifProxy::host_fd(uint64_t fd) const noexcept {
  return fd >= kFirstFile && fd - kFirstFile < files_.size() ? files_[fd - kFirstFile].fd : -1;
}

int64_t HtifProxy::sys_openat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  auto free = std::find_if(files_.begin(), files_.end(), [](const File& f) { return f.fd < 0; });
  if (free == files_.end() && files_.size() >= kMaxFiles) return -EMFILE;
  const int fd = root_.open(path, static_cast<int>(a[3]), static_cast<unsigned>(a[4]));
  if (fd < 0) return fd;
  if (free == files_.end()) free = files_.emplace(files_.end());
  *free = File{fd, std::move(path)};
  return static_cast<int64_t>(kFirstFile) + (free - files_.begin());
}

int64_t HtifProxy::sys_close(const Arguments& a) {
  if (is_console(a[0])) return 0;
  const int fd = host_fd(a[0]);
  if (fd < 0) return -EBADF;
  files_[a[0] - kFirstFile] = File{};
  return result(::close(fd));
}

int64_t HtifProxy::sys_lseek(const Arguments& a) {
  if (is_console(a[0])) return -ESPIPE;
  return result(::lseek(host_fd(a[0]), static_cast<off_t>(a[1]), static_cast<int>(a[2])));
}

int64_t HtifProxy::sys_read(const Arguments& a) {
  if (!is_console(a[0])) {
    if (host_fd(a[0]) < 0) return -EBADF;
    uint8_t* to = memory_.map(a[1], a[2], true);
    return to == nullptr ? -EFAULT : result(::read(host_fd(a[0]), to, a[2]));
  }
  if (a[0] != 0) return -EBADF;
  if (a[2] == 0) return 0;
  if (input_.is_empty()) {
    if (!input_.has_ended()) outcome_ = Outcome::kWaits;
    return 0;
  }
  uint8_t* to = memory_.map(a[1], a[2], true);
  return to == nullptr ? -EFAULT : static_cast<int64_t>(input_.pop(to, a[2]));
}

int64_t HtifProxy::sys_write(const Arguments& a) {
  if (a[0] == 0 || (!is_console(a[0]) && host_fd(a[0]) < 0)) return -EBADF;
  const uint8_t* from = memory_.map(a[1], a[2], false);
  if (from == nullptr) return -EFAULT;
  if (!is_console(a[0])) return result(::write(host_fd(a[0]), from, a[2]));
  (a[0] == 1 ? console_ : errors_).put(from, a[2]);
  return static_cast<int64_t>(a[2]);
}

int64_t HtifProxy::sys_pread(const Arguments& a) {
  if (is_console(a[0])) return -ESPIPE;
  if (host_fd(a[0]) < 0) return -EBADF;
  uint8_t* to = memory_.map(a[1], a[2], true);
  return to == nullptr ? -EFAULT
                       : result(::pread(host_fd(a[0]), to, a[2], static_cast<off_t>(a[3])));
}

int64_t HtifProxy::sys_pwrite(const Arguments& a) {
  if (is_console(a[0])) return -ESPIPE;
  if (host_fd(a[0]) < 0) return -EBADF;
  const uint8_t* from = memory_.map(a[1], a[2], false);
  return from == nullptr ? -EFAULT
                         : result(::pwrite(host_fd(a[0]), from, a[2], static_cast<off_t>(a[3])));
}

int64_t HtifProxy::sys_ftruncate(const Arguments& a) {
  if (is_console(a[0])) return -EINVAL;
  return result(::ftruncate(host_fd(a[0]), static_cast<off_t>(a[1])));
}

// Only what start-up code asks: the flags of a descriptor.
int64_t HtifProxy::sys_fcntl(const Arguments& a) {
  const int fd = host_fd(a[0]);
  if (!is_console(a[0]) && fd < 0) return -EBADF;
  switch (a[1]) {
    case F_GETFD:
    case F_SETFD: return 0;
    case F_GETFL:
      return is_console(a[0]) ? O_RDWR : result(::fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
    default: return -EINVAL;
  }
}

int64_t HtifProxy::sys_fstat(const Arguments& a) {
  struct stat status = console_status();
  if (!is_console(a[0]) && ::fstat(host_fd(a[0]), &status) < 0) return -errno;
  return put_status(a[1], status);
}

// --- Names --------------------------------------------------------------------------------------

int64_t HtifProxy::sys_fstatat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  return put_status_of(path, (a[4] & kAtSymlinkNoFollow) == 0, a[3]);
}

int64_t HtifProxy::sys_lstat(const Arguments& a) {
  return sys_fstatat(
      {static_cast<uint64_t>(kAtCurrentDirectory), a[0], a[1], a[2], kAtSymlinkNoFollow});
}

int64_t HtifProxy::sys_statx(const Arguments& a) {
  std::string path;
  const int64_t error = read_path(a[0], a[1], a[2], path);
  const bool of_descriptor = error == -ENOENT && (a[3] & kAtEmptyPath) != 0;
  if (error != 0 && !of_descriptor) return error;
  const bool follow = (a[3] & kAtSymlinkNoFollow) == 0;
  const Descriptor name(of_descriptor ? -EBADF : root_.open_name(path, follow));
  const int fd = of_descriptor ? host_fd(a[0]) : name.get();
  if (fd < 0) return name.get();
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, static_cast<unsigned>(a[4]) & STATX_BASIC_STATS, &status) <
      0) {
    return -errno;
  }
  return copy_out(a[5], &status, sizeof status) ? 0 : -EFAULT;
}

int64_t HtifProxy::sys_faccessat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  const Descriptor name(root_.open_name(path, true));
  if (name.get() < 0) return name.get();
  return result(
      ::faccessat(name.get(), "", static_cast<int>(a[3]) & (R_OK | W_OK | X_OK), AT_EMPTY_PATH));
}

int64_t HtifProxy::sys_readlinkat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  char target[kMaxPath];
  const long length = root_.read_link(path, target, std::min<uint64_t>(a[4], sizeof target));
  if (length < 0) return length;
  return copy_out(a[3], target, static_cast<uint64_t>(length)) ? length : -EFAULT;
}

int64_t HtifProxy::sys_mkdirat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  return root_.make_directory(path, static_cast<unsigned>(a[3]));
}

int64_t HtifProxy::sys_unlinkat(const Arguments& a) {
  std::string path;
  if (const int64_t error = read_path(a[0], a[1], a[2], path); error != 0) return error;
  return root_.remove(path, (a[3] & kAtRemoveDirectory) != 0);
}

int64_t HtifProxy::sys_linkat(const Arguments& a) {
  std::string from, to;
  if (const int64_t error = read_path(a[0], a[1], a[2], from); error != 0) return error;
  if (const int64_t error = read_path(a[3], a[4], a[5], to); error != 0) return error;
  return root_.link(from, to);
}

int64_t HtifProxy::sys_renameat(const Arguments& a) {
  std::string from, to;
  if (const int64_t error = read_path(a[0], a[1], a[2], from); error != 0) return error;
  if (const int64_t error = read_path(a[3], a[4], a[5], to); error != 0) return error;
  return root_.rename(from, to);
}

// The one path without a length.
int64_t HtifProxy::sys_chdir(const Arguments& a) {
  std::string name;
  for (;;) {
    const uint8_t* byte = memory_.map(a[0] + name.size(), 1, false);
    if (byte == nullptr) return -EFAULT;
    if (*byte == 0) break;
    name.push_back(static_cast<char>(*byte));
    if (name.size() >= kMaxPath) return -ENAMETOOLONG;
  }
  if (name.empty()) return -ENOENT;
  std::string path = name.front() == '/' ? name : join(directory_, name);
  if (path.size() > kMaxPath) return -ENAMETOOLONG;
  const Descriptor directory(root_.open(path, O_RDONLY | O_DIRECTORY, 0));
  if (directory.get() < 0) return directory.get();
  directory_ = std::move(path);
  return 0;
}

int64_t HtifProxy::sys_getcwd(const Arguments& a) {
  const uint64_t length = directory_.size() + 1;
  if (a[1] < length) return -ERANGE;
  return copy_out(a[0], directory_.c_str(), length) ? static_cast<int64_t>(length) : -EFAULT;
}

// --- Process ------------------------------------------------------------------------------------

int64_t HtifProxy::sys_exit(const Arguments& a) {
  exit_code_ = a[0];
  outcome_ = Outcome::kExit;
  return 0;
}

// {argc, argv[0] …, NULL, NULL} as doublewords at a[0], followed by the strings.
int64_t HtifProxy::sys_getmainvars(const Arguments& a) {
  std::vector<uint64_t> words{arguments_.size()};
  std::string strings;
  const uint64_t strings_at = a[0] + (arguments_.size() + 3) * sizeof(uint64_t);
  for (const std::string& argument : arguments_) {
    words.push_back(strings_at + strings.size());
    strings.append(argument.c_str(), std::strlen(argument.c_str()) + 1);
  }
  words.insert(words.end(), {0, 0});
  const uint64_t word_bytes = words.size() * sizeof words[0];
  const uint64_t total = word_bytes + strings.size();
  if (total > a[1]) return -ENOMEM;
  uint8_t* to = memory_.map(a[0], total, true);
  if (to == nullptr) return -EFAULT;
  std::memcpy(to, words.data(), word_bytes);
  std::memcpy(to + word_bytes, strings.data(), strings.size());
  return 0;
}

}  // namespace rvx
