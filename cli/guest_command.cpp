// --exec: a command handed to the Debian guest, and the console reduced to what the command says.
#include "cli/guest_command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "machine/cpio.hpp"

namespace rvx::cli {
namespace {

constexpr size_t kWithheldBytes = 16 * 1024;
constexpr char kEndOfFile = 0x04;

// The first byte occurs nowhere else in a marker, so a mismatch never has to look back.
std::string marker(uint64_t nonce, std::string_view what) {
  return fmt::format("\x1ervx {} {:016x}\x1f", what, nonce);
}

// For printf(1) of the guest.
std::string octal(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

GuestCommand::GuestCommand(Options options, CharSink& out)
    : options_(std::move(options)),
      begin_(marker(options_.nonce, "begin")),
      end_(marker(options_.nonce, "end")),
      out_(out) {}

std::string GuestCommand::wrapper() const {
  std::string modes;
  if (!options_.input_is_terminal)
    modes += " -echo -icrnl -isig -ixon -iexten -istrip erase undef kill undef eol undef";
  if (!options_.output_is_terminal) modes += " -opost";
  if (options_.rows > 0 && options_.columns > 0)
    modes += fmt::format(" rows {} cols {}", options_.rows, options_.columns);
  // A change of modes waits until all output is out; the machine ends soon after.
  return fmt::format(
      "[ -z '{0}' ] || stty{0}\n"
      "printf '{1}'\n"
      "sh /rvx/script\n"
      "status=$?\n"
      "printf '{2}'\n"
      "stty -echo\n"
      "exit $status\n",
      modes, octal(begin_), octal(end_));
}

Result<std::vector<uint8_t>> GuestCommand::archive() const {
  CpioWriter cpio;
  if (Outcome added = cpio.add_file("rvx/command", wrapper(), 0755); !added) return added.error();
  if (Outcome added = cpio.add_file("rvx/script", options_.command + "\n", 0755); !added)
    return added.error();
  return cpio.finish();
}

void GuestCommand::withhold(uint8_t byte) {
  if (withheld_.size() >= kWithheldBytes) withheld_.erase(0, kWithheldBytes / 2);
  withheld_ += static_cast<char>(byte);
}

void GuestCommand::put(const uint8_t* bytes, size_t count) noexcept {
  // Runs of bytes that are no marker are passed on together.
  size_t start = 0;
  const auto pass_on = [&](size_t to) {
    if (begun_ && !ended_ && to > start) out_.put(bytes + start, to - start);
  };
  for (size_t i = 0; i < count; ++i) {
    const std::string& awaited = begun_ ? end_ : begin_;
    const auto byte = bytes[i];
    if (!begun_ || ended_) withhold(byte);
    if (ended_) continue;
    if (matched_ == 0) {
      if (byte != static_cast<uint8_t>(awaited[0])) continue;
      pass_on(i);
      start = i + 1;
      matched_ = 1;
      continue;
    }
    if (byte == static_cast<uint8_t>(awaited[matched_])) {
      start = i + 1;
      if (++matched_ < awaited.size()) continue;
      matched_ = 0;
      (begun_ ? ended_ : begun_) = true;
      continue;
    }
    // No marker after all.
    if (begun_) out_.put(reinterpret_cast<const uint8_t*>(awaited.data()), matched_);
    matched_ = 0;
    start = i;
    if (byte == static_cast<uint8_t>(awaited[0])) {
      matched_ = 1;
      start = i + 1;
    }
  }
  pass_on(count);
}

size_t GuestCommand::room() const noexcept {
  if (!begun_ || target_ == nullptr || !end_of_file_.empty()) return 0;
  return target_->room();
}

void GuestCommand::receive(const uint8_t* bytes, size_t count) noexcept {
  if (count == 0 || target_ == nullptr) return;
  at_line_start_ = bytes[count - 1] == '\n';
  target_->receive(bytes, count);
}

void GuestCommand::end_input() noexcept {
  // In the midst of a line the first one only ends the read.
  end_of_file_ = at_line_start_ ? std::string(1, kEndOfFile) : std::string(2, kEndOfFile);
  pump();
}

void GuestCommand::pump() noexcept {
  if (!begun_ || target_ == nullptr || end_of_file_.empty()) return;
  const size_t count = std::min(target_->room(), end_of_file_.size());
  if (count == 0) return;
  target_->receive(reinterpret_cast<const uint8_t*>(end_of_file_.data()), count);
  end_of_file_.erase(0, count);
}

}  // namespace rvx::cli
