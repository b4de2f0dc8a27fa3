// The system calls that HTIF proxies for a guest: console, files below one directory, argv.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "devices/device.hpp"
#include "devices/input_queue.hpp"
#include "devices/root_directory.hpp"

struct stat;

namespace rvx {

// Numbers, arguments and structures of RISC-V Linux, as Spike's front-end server has them: paths
// come with their length in bytes including the NUL. Descriptors 0 to 2 are the console and cannot
// be closed. Every guest address is checked for the exact length that the call uses.
class HtifProxy {
 public:
  static constexpr unsigned kMaxFiles = 256;

  // `root`: host directory for files, empty for none. `arguments`: what getmainvars hands out.
  HtifProxy(DmaPort& memory, CharSink& console, CharSink& errors, InputQueue& input,
            const std::string& root, std::vector<std::string> arguments);
  ~HtifProxy();
  HtifProxy(const HtifProxy&) = delete;
  HtifProxy& operator=(const HtifProxy&) = delete;

  enum class Outcome {
    kDone,   // the result stands in the first word of the block
    kWaits,  // for console input: run the same block again when there is some
    kExit,   // the guest ended with exit_code()
  };

  // Runs the call in the eight doublewords {number, a0 … a6} at guest physical `block`.
  [[nodiscard]] Outcome run(uint64_t block) noexcept;
  [[nodiscard]] uint64_t exit_code() const noexcept { return exit_code_; }

  [[nodiscard]] const std::string& error() const noexcept { return root_.error(); }

 private:
  using Arguments = std::array<uint64_t, 7>;
  struct Call;
  struct File {
    int fd = -1;       // host descriptor
    std::string path;  // as seen by the guest, absolute
  };
  static const Call kCalls[];

  [[nodiscard]] int64_t dispatch(uint64_t number, const Arguments& a) noexcept;

  int64_t sys_getcwd(const Arguments& a);
  int64_t sys_fcntl(const Arguments& a);
  int64_t sys_mkdirat(const Arguments& a);
  int64_t sys_unlinkat(const Arguments& a);
  int64_t sys_linkat(const Arguments& a);
  int64_t sys_renameat(const Arguments& a);
  int64_t sys_ftruncate(const Arguments& a);
  int64_t sys_faccessat(const Arguments& a);
  int64_t sys_chdir(const Arguments& a);
  int64_t sys_openat(const Arguments& a);
  int64_t sys_close(const Arguments& a);
  int64_t sys_lseek(const Arguments& a);
  int64_t sys_read(const Arguments& a);
  int64_t sys_write(const Arguments& a);
  int64_t sys_pread(const Arguments& a);
  int64_t sys_pwrite(const Arguments& a);
  int64_t sys_readlinkat(const Arguments& a);
  int64_t sys_fstatat(const Arguments& a);
  int64_t sys_fstat(const Arguments& a);
  int64_t sys_exit(const Arguments& a);
  int64_t sys_statx(const Arguments& a);
  int64_t sys_lstat(const Arguments& a);
  int64_t sys_getmainvars(const Arguments& a);

  // The host descriptor behind `fd`, or -1. The console has none.
  [[nodiscard]] int host_fd(uint64_t fd) const noexcept;
  [[nodiscard]] bool copy_out(uint64_t address, const void* bytes, uint64_t length) noexcept;
  [[nodiscard]] int64_t read_path(uint64_t directory, uint64_t address, uint64_t length,
                                  std::string& path);
  [[nodiscard]] int64_t put_status(uint64_t address, const struct stat& status) noexcept;
  [[nodiscard]] int64_t put_status_of(const std::string& path, bool follow, uint64_t address);

  DmaPort& memory_;
  CharSink& console_;
  CharSink& errors_;
  InputQueue& input_;
  RootDirectory root_;
  std::vector<std::string> arguments_;
  std::vector<File> files_;  // descriptor 3 and up
  std::string directory_ = "/";
  uint64_t exit_code_ = 0;
  Outcome outcome_ = Outcome::kDone;  // of the call that is running
};

}  // namespace rvx
