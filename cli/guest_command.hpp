// --exec: a command handed to the Debian guest, and the console reduced to what the command says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "devices/device.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

// The guest's /init runs /rvx/command and reports its status. What is put there prints a marker,
// runs the user's command and prints another marker; between the two the console is forwarded as it
// is, all else (firmware, kernel, /init) is withheld. The markers carry a nonce, so that no output
// of the command can be taken for one.
//
// Where our stdin is no terminal the guest's line discipline is told to leave bytes alone, except
// for the end of input, which is ^D there; where stdout is none, output arrives as the command
// wrote it.
//
// As a CharReceiver it stands before the console's input: nothing goes in before the command runs.
class GuestCommand final : public CharSink, public CharReceiver {
 public:
  struct Options {
    std::string command;  // for sh
    uint64_t nonce = 0;
    bool input_is_terminal = false;
    bool output_is_terminal = false;
    unsigned rows = 0, columns = 0;  // of the terminal, 0 = not known
  };

  // `out` gets the command's output. Not owned.
  GuestCommand(Options options, CharSink& out);

  // The cpio archive to put after the initramfs.
  [[nodiscard]] Result<std::vector<uint8_t>> archive() const;

  [[nodiscard]] bool has_begun() const noexcept { return begun_; }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }
  // The last lines of what the guest said while the command did not run.
  [[nodiscard]] const std::string& withheld() const noexcept { return withheld_; }

  // From the guest's console.
  void put(const uint8_t* bytes, size_t count) noexcept override;

  // To the guest's console (not owned, may be null).
  void set_target(CharReceiver* target) noexcept { target_ = target; }
  [[nodiscard]] size_t room() const noexcept override;
  void receive(const uint8_t* bytes, size_t count) noexcept override;
  // There is no more input: sends the end-of-file character as soon as there is room for it.
  void end_input() noexcept;
  void pump() noexcept;

 private:
  [[nodiscard]] std::string wrapper() const;
  void withhold(uint8_t byte);

  const Options options_;
  const std::string begin_;
  const std::string end_;
  CharSink& out_;
  CharReceiver* target_ = nullptr;

  bool begun_ = false;
  bool ended_ = false;
  size_t matched_ = 0;  // bytes of the awaited marker that have come
  std::string withheld_;
  std::string end_of_file_;  // to send
  bool at_line_start_ = true;
};

}  // namespace rvx::cli
