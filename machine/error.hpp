// Errors as values: an exit status and one line for the person who started rvx.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace rvx {

// Exit statuses for what goes wrong before a guest runs.
inline constexpr int kUsageStatus = 125;     // wrong usage, or an error of rvx's own
inline constexpr int kUnusableStatus = 126;  // the image is there and cannot be used
inline constexpr int kNotFoundStatus = 127;  // the image is not there

// `text` is one line without a newline: what happened; why; what to do.
struct Error {
  int status = kUsageStatus;
  std::string text;
};

// File names and guest bytes end up in messages: what could break the line or drive the terminal
// is shown as \xNN instead.
[[nodiscard]] inline std::string one_line(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else {
      line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return line;
}

[[nodiscard]] inline Error usage_error(std::string_view text) {
  return {kUsageStatus, one_line(text)};
}
[[nodiscard]] inline Error unusable_error(std::string_view text) {
  return {kUnusableStatus, one_line(text)};
}
[[nodiscard]] inline Error not_found_error(std::string_view text) {
  return {kNotFoundStatus, one_line(text)};
}

// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  // Only when ok().
  [[nodiscard]] T& value() & noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  [[nodiscard]] T& operator*() & noexcept { return value(); }
  [[nodiscard]] const T& operator*() const& noexcept { return value(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&state_); }
  [[nodiscard]] const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  // Only when not ok().
  [[nodiscard]] const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

// For what only succeeds or fails.
using Outcome = Result<std::monostate>;

}  // namespace rvx
