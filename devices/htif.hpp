// HTIF, the host-target interface of Spike and riscv-tests: exit, console and proxied system calls.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "devices/device.hpp"
#include "devices/htif_proxy.hpp"
#include "devices/input_queue.hpp"

namespace rvx {

struct HtifOptions {
  std::string root;                    // host directory for the guest's files; empty: none
  std::vector<std::string> arguments;  // argv, program name first, for getmainvars
  CharSink* errors = nullptr;          // what the guest writes to descriptor 2; null: the console
};

// The doublewords `tohost` and `fromhost` in guest RAM are the registers. The machine watches for
// stores to their pages and calls poll(): tohost is zeroed before the command is carried out, and a
// reply is written when fromhost is zero.
//
// Calls must be serialised by the machine.
class Htif final : public CharReceiver {
 public:
  // `code`: payload >> 1 of the exit command, or the argument of the system call exit. A tohost
  // whose upper 16 bits are all ones is a sign-extended negative code.
  using ExitCallback = std::function<void(uint64_t code)>;

  // `tohost`, `fromhost`: guest physical addresses. Without fromhost no replies are sent.
  Htif(DmaPort& memory, CharSink& console, uint64_t tohost, std::optional<uint64_t> fromhost,
       HtifOptions options, ExitCallback on_exit);

  // One phrase when options.root could not be opened, else empty.
  [[nodiscard]] const std::string& error() const noexcept { return proxy_.error(); }

  // Look at tohost and act. Call after a store to the page of tohost or of fromhost, when all parts
  // of a store in pieces are in memory.
  void poll() noexcept;

  [[nodiscard]] size_t room() const noexcept override { return input_.room(); }
  void receive(const uint8_t* bytes, size_t count) noexcept override;
  void end_input() noexcept;  // there will be no more console input

  // Called when room() became positive again.
  std::function<void()> on_room;

  // Files that are open are not part of the state: after loading, the guest finds them closed.
  template <class V>
  void visit_state(V& v) {
    input_.visit_state(v);
    v("replies", replies_);
    v("console_reads", console_reads_);
    v("waiting_call", waiting_call_);
    v("is_call_waiting", is_call_waiting_);
  }
  // Call after visit_state has loaded. False when a field had to be bounded.
  [[nodiscard]] bool restored() noexcept;

 private:
  struct Command {
    uint8_t device;
    uint8_t command;
    uint64_t payload;  // 48 bits
  };

  [[nodiscard]] uint64_t take_tohost() noexcept;
  void carry_out(const Command& command) noexcept;
  void run_system_call(uint64_t block) noexcept;
  void identify(const Command& command) noexcept;
  void serve_input() noexcept;
  void respond(uint8_t device, uint8_t command, uint64_t payload) noexcept;
  void deliver() noexcept;

  DmaPort& memory_;
  CharSink& console_;
  const uint64_t tohost_;
  const std::optional<uint64_t> fromhost_;
  ExitCallback on_exit_;
  InputQueue input_;
  HtifProxy proxy_;

  std::vector<uint64_t> replies_;  // oldest first, waiting for fromhost to become zero
  uint32_t console_reads_ = 0;     // getchar commands without a reply yet
  uint64_t waiting_call_ = 0;      // block of the system call that waits for input
  bool is_call_waiting_ = false;
};

}  // namespace rvx
