// HTIF: decoding of tohost, the devices behind it, and replies through fromhost.
#include "devices/htif.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <string_view>
#include <utility>

namespace rvx {
namespace {

constexpr uint8_t kProxyDevice = 0;
constexpr uint8_t kConsoleDevice = 1;
constexpr uint8_t kIdentify = 255;
constexpr uint8_t kConsoleRead = 0;
constexpr uint8_t kConsoleWrite = 1;

constexpr uint64_t kPayloadMask = 0xffff'ffff'ffff;
constexpr uint64_t kNegative = 0xffff;  // upper 16 bits of a sign-extended exit code
constexpr size_t kIdentityBytes = 64;
constexpr size_t kMaxReplies = 64;  // a guest that never looks at fromhost loses the rest
constexpr uint32_t kMaxConsoleReads = 4096;

// What a device answers to identify: itself with `what` 255, else the name of a command.
std::string_view identity(uint8_t device, uint8_t what) noexcept {
  if (device == kProxyDevice) {
    if (what == kIdentify) return "syscall_proxy";
    return what == 0 ? "syscall" : "";
  }
  if (device != kConsoleDevice) return "";
  switch (what) {
    case kConsoleRead: return "read";
    case kConsoleWrite: return "write";
    case kIdentify: return "bcd";
    default: return "";
  }
}

bool is_aligned(const uint8_t* at) noexcept { return reinterpret_cast<uintptr_t>(at) % 8 == 0; }

}  // namespace

Htif::Htif(DmaPort& memory, CharSink& console, uint64_t tohost, std::optional<uint64_t> fromhost,
           HtifOptions options, ExitCallback on_exit)
    : memory_(memory),
      console_(console),
      tohost_(tohost),
      fromhost_(fromhost),
      on_exit_(std::move(on_exit)),
      proxy_(memory, console, options.errors != nullptr ? *options.errors : console, input_,
             options.root, std::move(options.arguments)) {}

// The value of tohost, which becomes zero. Another hart may be storing to it at this moment.
uint64_t Htif::take_tohost() noexcept {
  uint8_t* at = memory_.map(tohost_, 8, false);
  if (at == nullptr) return 0;
  uint64_t value;
  std::memcpy(&value, at, 8);
  if (value == 0) return 0;
  at = memory_.map(tohost_, 8, true);
  if (at == nullptr) return 0;
  if (is_aligned(at)) {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(at)).exchange(0);
  }
  std::memset(at, 0, 8);
  return value;
}

void Htif::poll() noexcept {
  if (const uint64_t word = take_tohost(); word != 0) {
    const uint64_t upper = word >> 48;
    if ((word & 1) != 0 && (upper == 0 || upper == kNegative)) {
      if (on_exit_) on_exit_(static_cast<uint64_t>(static_cast<int64_t>(word) >> 1));
      return;
    }
    const bool was_full = input_.room() == 0;
    carry_out(
        {static_cast<uint8_t>(word >> 56), static_cast<uint8_t>(word >> 48), word & kPayloadMask});
    if (was_full && input_.room() > 0 && on_room) on_room();
  }
  deliver();
}

void Htif::carry_out(const Command& command) noexcept {
  if (command.command == kIdentify) {
    identify(command);
  } else if (command.device == kProxyDevice && command.command == 0) {
    run_system_call(command.payload);
  } else if (command.device == kConsoleDevice && command.command == kConsoleWrite) {
    // No reply, as in Spike: programs that print this way do not read fromhost.
    const auto byte = static_cast<uint8_t>(command.payload);
    console_.put(&byte, 1);
  } else if (command.device == kConsoleDevice && command.command == kConsoleRead) {
    if (console_reads_ < kMaxConsoleReads) ++console_reads_;
    serve_input();
  }
}

void Htif::run_system_call(uint64_t block) noexcept {
  switch (proxy_.run(block)) {
    case HtifProxy::Outcome::kDone: respond(kProxyDevice, 0, 1); break;
    case HtifProxy::Outcome::kWaits:
      waiting_call_ = block;
      is_call_waiting_ = true;
      break;
    case HtifProxy::Outcome::kExit:
      if (on_exit_) on_exit_(proxy_.exit_code());
      break;
  }
}

void Htif::identify(const Command& command) noexcept {
  const std::string_view name = identity(command.device, static_cast<uint8_t>(command.payload));
  std::array<char, kIdentityBytes> text{};
  name.copy(text.data(), text.size() - 1);
  uint8_t* to = memory_.map(command.payload >> 8, text.size(), true);
  if (to != nullptr) std::memcpy(to, text.data(), text.size());
  respond(command.device, kIdentify, 1);
}

// --- Input --------------------------------------------------------------------------------------

void Htif::receive(const uint8_t* bytes, size_t count) noexcept {
  input_.push(bytes, count);
  serve_input();
  deliver();
}

void Htif::end_input() noexcept {
  input_.end();
  serve_input();
  deliver();
}

// Give input to whoever waits for it.
void Htif::serve_input() noexcept {
  uint8_t byte = 0;
  while (console_reads_ > 0 && input_.pop(&byte, 1) == 1) {
    --console_reads_;
    respond(kConsoleDevice, kConsoleRead, 0x100u | byte);
  }
  if (is_call_waiting_ && (!input_.is_empty() || input_.has_ended())) {
    is_call_waiting_ = false;
    run_system_call(waiting_call_);
  }
}

// --- Replies ------------------------------------------------------------------------------------

void Htif::respond(uint8_t device, uint8_t command, uint64_t payload) noexcept {
  if (!fromhost_ || replies_.size() >= kMaxReplies) return;
  replies_.push_back(uint64_t{device} << 56 | uint64_t{command} << 48 | (payload & kPayloadMask));
}

// The oldest reply goes to fromhost once the guest has taken the one before.
void Htif::deliver() noexcept {
  if (replies_.empty()) return;
  uint8_t* at = memory_.map(*fromhost_, 8, true);
  if (at == nullptr) return;
  if (is_aligned(at)) {
    uint64_t expected = 0;
    std::atomic_ref<uint64_t> word(*reinterpret_cast<uint64_t*>(at));
    if (!word.compare_exchange_strong(expected, replies_.front())) return;
  } else {
    uint64_t value;
    std::memcpy(&value, at, 8);
    if (value != 0) return;
    std::memcpy(at, &replies_.front(), 8);
  }
  replies_.erase(replies_.begin());
}

bool Htif::restored() noexcept {
  bool plausible = input_.restored() && replies_.size() <= kMaxReplies &&
                   console_reads_ <= kMaxConsoleReads && (fromhost_ || replies_.empty());
  if (replies_.size() > kMaxReplies) replies_.resize(kMaxReplies);
  if (!fromhost_) replies_.clear();
  if (console_reads_ > kMaxConsoleReads) console_reads_ = kMaxConsoleReads;
  return plausible;
}

}  // namespace rvx
