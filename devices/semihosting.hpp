// RISC-V semihosting: console, files below one directory, time and exit for bare-metal programs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "devices/device.hpp"
#include "devices/input_queue.hpp"
#include "devices/root_directory.hpp"

namespace rvx {

struct SemihostingOptions {
  std::string root;            // host directory for the guest's files; empty: none
  std::string command_line;    // for GET_CMDLINE
  CharSink* errors = nullptr;  // stream opened as ":tt" for append; null: the console
  // For HEAPINFO, guest virtual addresses; zero lets the program choose.
  uint64_t heap_base = 0, heap_limit = 0, stack_base = 0, stack_limit = 0;
};

// The operations of "Semihosting for AArch32 and AArch64" as the RISC-V semihosting specification
// takes them over. The machine recognises the instruction sequence and calls call(); it leaves this
// object out where semihosting was not asked for, since it lets a program act on the host.
// Operations that are not known, and SYSTEM and TMPNAM, return -1.
//
// Calls must be serialised by the machine.
class Semihosting final : public CharReceiver {
 public:
  struct Result {
    uint64_t a0 = 0;
    bool exit = false;  // the program has ended with `code`; a0 means nothing
    uint64_t code = 0;
    bool waits = false;  // for console input: leave the hart at the ebreak and call again later
  };

  // Guest virtual memory as the calling hart sees it. False when any byte cannot be accessed.
  class Memory {
   public:
    virtual ~Memory() = default;
    [[nodiscard]] virtual bool read(uint64_t address, void* bytes, size_t count) noexcept = 0;
    [[nodiscard]] virtual bool write(uint64_t address, const void* bytes,
                                     size_t count) noexcept = 0;
  };

  Semihosting(CharSink& console, const Clock& clock, SemihostingOptions options);
  ~Semihosting() override;
  Semihosting(const Semihosting&) = delete;
  Semihosting& operator=(const Semihosting&) = delete;

  // One phrase when options.root could not be opened, else empty.
  [[nodiscard]] const std::string& error() const noexcept { return root_.error(); }

  // `operation`: a0; `parameter`: a1; `xlen`: 32 or 64, the width of the fields in memory.
  [[nodiscard]] Result call(uint64_t operation, uint64_t parameter, unsigned xlen,
                            Memory& memory) noexcept;

  [[nodiscard]] size_t room() const noexcept override { return input_.room(); }
  void receive(const uint8_t* bytes, size_t count) noexcept override { input_.push(bytes, count); }
  void end_input() noexcept { input_.end(); }  // there will be no more console input

  // Called when room() became positive again.
  std::function<void()> on_room;

  // Files that are open are not part of the state: after loading, the guest finds them closed.
  template <class V>
  void visit_state(V& v) {
    input_.visit_state(v);
    v("handle_kinds", kinds_);
    v("feature_positions", feature_positions_);
    v("errno", errno_);
  }
  // Call after visit_state has loaded. False when a field had to be bounded.
  [[nodiscard]] bool restored() noexcept;

 private:
  static constexpr size_t kMaxHandles = 64;
  enum Kind : uint8_t { kFree, kInput, kOutput, kErrors, kFeatures, kFile };

  // One call in progress: its parameter block and the memory behind it.
  struct Request {
    Memory& memory;
    uint64_t parameter;
    unsigned word_bytes;

    [[nodiscard]] bool word(unsigned index, uint64_t& value) const noexcept;
    [[nodiscard]] bool set_word(uint64_t address, uint64_t value) const noexcept;
    [[nodiscard]] bool words(std::array<uint64_t, 4>& values, unsigned count) const noexcept;
  };
  using Words = std::array<uint64_t, 4>;

  struct Operation;
  static const Operation kOperations[];

  Result open(const Request& request, const Words& words);
  Result close(const Request& request, const Words& words);
  Result write_character(const Request& request, const Words& words);
  Result write_string(const Request& request, const Words& words);
  Result write(const Request& request, const Words& words);
  Result read(const Request& request, const Words& words);
  Result read_character(const Request& request, const Words& words);
  Result is_error(const Request& request, const Words& words);
  Result is_terminal(const Request& request, const Words& words);
  Result seek(const Request& request, const Words& words);
  Result file_length(const Request& request, const Words& words);
  Result remove(const Request& request, const Words& words);
  Result rename(const Request& request, const Words& words);
  Result clock(const Request& request, const Words& words);
  Result time(const Request& request, const Words& words);
  Result last_error(const Request& request, const Words& words);
  Result command_line(const Request& request, const Words& words);
  Result heap_info(const Request& request, const Words& words);
  Result exit(const Request& request, const Words& words);
  Result exit_extended(const Request& request, const Words& words);
  Result elapsed(const Request& request, const Words& words);
  Result tick_frequency(const Request& request, const Words& words);

  [[nodiscard]] Result fail(int error) noexcept;
  [[nodiscard]] Kind kind_of(uint64_t handle) const noexcept;
  [[nodiscard]] int64_t new_handle(Kind kind, int fd) noexcept;
  [[nodiscard]] bool read_path(const Request& request, uint64_t address, uint64_t length,
                               std::string& path) noexcept;
  [[nodiscard]] size_t read_some(uint64_t handle, uint8_t* bytes, size_t count) noexcept;
  [[nodiscard]] size_t write_some(uint64_t handle, const uint8_t* bytes, size_t count) noexcept;
  size_t take_input(uint8_t* bytes, size_t count) noexcept;

  CharSink& console_;
  const Clock& clock_;
  const SemihostingOptions options_;
  CharSink& errors_;
  RootDirectory root_;
  InputQueue input_;

  // By handle, less one: handles are never zero.
  std::array<uint8_t, kMaxHandles> kinds_{};
  std::array<uint8_t, kMaxHandles> feature_positions_{};
  std::array<int, kMaxHandles> fds_{};
  int32_t errno_ = 0;
};

}  // namespace rvx
