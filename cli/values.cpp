// Values of options as people write them.
#include "cli/values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "machine/byte_size.hpp"

namespace rvx::cli {
namespace {

std::optional<uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "on", "yes", "true", or nothing at all.
std::optional<bool> truth(const std::optional<std::string>& value) {
  if (!value || *value == "on" || *value == "yes" || *value == "true" || *value == "y") return true;
  if (*value == "off" || *value == "no" || *value == "false" || *value == "n") return false;
  return std::nullopt;
}

Error bad_switch(std::string_view option, const ListPart& part) {
  return usage_error(
      fmt::format("{}: {}={} is neither on nor off", option, part.key, part.value.value_or("")));
}

}  // namespace

Result<uint64_t> parse_number(std::string_view option, std::string_view text, uint64_t low,
                              uint64_t high) {
  const auto value = number(text);
  if (!value) return usage_error(fmt::format("{} needs a number, not '{}'", option, text));
  if (*value < low || *value > high)
    return usage_error(
        fmt::format("{} {} is out of range; give {} to {}", option, text, low, high));
  return *value;
}

Result<uint64_t> parse_memory(std::string_view option, std::string_view text) {
  std::string_view rest = text.substr(0, text.find(','));
  if (rest.starts_with("size=")) rest.remove_prefix(5);
  if (rest.find(':') != std::string_view::npos) {
    return usage_error(
        fmt::format("{} {}: RAM at addresses of one's own is not possible; the board places it, "
                    "give only a size such as 2G",
                    option, text));
  }
  size_t digits = 0;
  while (digits < rest.size() && (std::isalnum(static_cast<unsigned char>(rest[digits])) != 0) &&
         std::string_view("kKmMgGtT").find(rest[digits]) == std::string_view::npos)
    ++digits;
  std::string unit(rest.substr(digits));
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::pair<std::string_view, unsigned> kUnits[] = {
      {"", 20}, {"k", 10}, {"m", 20}, {"g", 30}, {"t", 40}};
  const auto value = number(rest.substr(0, digits));
  for (const auto& [name, shift] : kUnits) {
    if (unit != name &&
        (name.empty() || (unit != fmt::format("{}b", name) && unit != fmt::format("{}ib", name))))
      continue;
    if (!value) break;
    if (*value == 0 || *value > (uint64_t{1} << 46) >> shift)
      return usage_error(fmt::format("{} {}: such a size is not possible; give for example 512M", option, text));
    return *value << shift;
  }
  return usage_error(fmt::format("{} needs a size such as 512M or 2G, not '{}'", option, text));
}

Result<int32_t> parse_jit_threshold(std::string_view text) {
  auto runs = parse_number("--jit-threshold", text, 1, 1'000'000);
  if (!runs) return runs.error();
  return static_cast<int32_t>(*runs);
}

Result<size_t> parse_jit_cache(std::string_view text) {
  auto bytes = parse_memory("--jit-cache", text);
  if (!bytes) return bytes.error();
  constexpr uint64_t kLeast = uint64_t{16} << 10, kMost = uint64_t{1} << 30;
  if (*bytes < kLeast || *bytes > kMost) return usage_error(fmt::format("--jit-cache {}: 16K to 1G", text));
  return static_cast<size_t>(*bytes);
}

Result<std::string> parse_stats(std::string_view text) {
  const ListPart format = split_list(text).front();
  if (format.key != "json")
    return usage_error(fmt::format("--stats {}: the only format is json; give --stats json or --stats json=FILE", text));
  if (format.value && format.value->empty()) return usage_error("--stats json= needs the name of a file, or no '='");
  return format.value.value_or("");
}

Result<uint64_t> parse_seconds(std::string_view option, std::string_view text) {
  const std::string copy(text.ends_with('s') ? text.substr(0, text.size() - 1) : text);
  char* end = nullptr;
  const double seconds = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(seconds) || seconds <= 0 || seconds > 1e9)
    return usage_error(fmt::format(
        "{} needs a number of seconds above 0, such as 10 or 0.5, not '{}'", option, text));
  return static_cast<uint64_t>(std::llround(seconds * 1e9));
}

Result<unsigned> parse_harts(std::string_view option, std::string_view text) {
  for (const ListPart& part : split_list(text)) {
    if (part.value && part.key != "cpus")
      continue;  // sockets, cores and so on: all harts are equal
    auto harts = parse_number(option, part.value.value_or(part.key), 1, MachineConfig::kMaxHarts);
    if (!harts) return harts.error();
    return static_cast<unsigned>(*harts);
  }
  return usage_error(fmt::format("{} needs a number of harts, not '{}'", option, text));
}

std::vector<ListPart> split_list(std::string_view text) {
  std::vector<ListPart> parts;
  std::string word;
  const auto end_word = [&] {
    const size_t equals = word.find('=');
    ListPart part{word.substr(0, equals), std::nullopt};
    if (equals != std::string::npos) part.value = word.substr(equals + 1);
    parts.push_back(std::move(part));
    word.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      word += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ',') {
      word += ',';
      ++i;
    } else {
      end_word();
    }
  }
  end_word();
  return parts;
}

Result<DiskConfig> parse_disk(std::string_view option, std::string_view text) {
  DiskConfig disk;
  for (const ListPart& part : split_list(text)) {
    const auto is_on = truth(part.value);
    if (part.key == "file") {
      disk.path = part.value.value_or("");
    } else if (disk.path.empty() && !part.value) {
      disk.path = part.key;
    } else if (part.key == "ro" || part.key == "readonly" || part.key == "read-only") {
      if (!is_on) return bad_switch(option, part);
      if (*is_on) disk.mode = DiskMode::kReadOnly;
    } else if (part.key == "cow" || part.key == "snapshot") {
      if (!is_on) return bad_switch(option, part);
      if (*is_on && disk.mode != DiskMode::kReadOnly) disk.mode = DiskMode::kCopyOnWrite;
    } else if (part.key == "latency") {
      auto latency = parse_number(fmt::format("{} latency", option), part.value.value_or(""), 0,
                                  uint64_t{1} << 40);
      if (!latency) return latency.error();
      disk.latency_ns = *latency;
    } else if (part.key == "slot") {
      auto slot = parse_number(fmt::format("{} slot", option), part.value.value_or(""), 0, 255);
      if (!slot) return slot.error();
      disk.slot = static_cast<unsigned>(*slot);
    } else if (part.key == "id") {
      disk.id = part.value.value_or("");
    } else if (part.key == "format" || part.key == "driver") {
      if (part.value && *part.value != "raw") {
        return usage_error(
            fmt::format("{}: images of format {} are not known; convert it: qemu-img convert -O "
                        "raw {} disk.raw",
                        option, *part.value, disk.path.empty() ? "IMAGE" : disk.path));
      }
    } else if (part.key == "if") {
      if (part.value && *part.value != "none" && *part.value != "virtio")
        return usage_error(fmt::format("{}: if={} is not possible; all disks are virtio disks",
                                       option, *part.value));
    } else if (part.key == "media" && part.value == "cdrom") {
      disk.mode = DiskMode::kReadOnly;
    } else if (part.key != "media" && part.key != "cache" && part.key != "aio" && part.key != "discard" && part.key != "detect-zeroes" &&
               part.key != "index") {
      return usage_error(fmt::format("{} {}: '{}' is not known; there are ro, cow, latency=NS, slot=N",
                                     option, text, part.key));
    }
  }
  if (disk.path.empty())
    return usage_error(fmt::format("{} {}: no file is named; give FILE[,ro][,cow]", option, text));
  return disk;
}

Result<PortForward> parse_forward(std::string_view option, std::string_view text) {
  PortForwardParse parse = parse_port_forward(text);
  if (!parse.forward) return usage_error(fmt::format("{} {}: {}", option, text, parse.error));
  return *parse.forward;
}

namespace {

// QEMU's [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT. CHOICE: where QEMU takes an empty
// HOSTADDR as all of the host's addresses, only the host itself may connect here.
Result<PortForward> parse_qemu_forward(std::string_view option, std::string_view text) {
  std::string ours;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] == '-' ? ':' : text[i];
    if (c == ':' && (ours.empty() || ours.back() == ':')) continue;
    ours += c;
  }
  return parse_forward(option, ours);
}

}  // namespace

Outcome parse_net(std::string_view option, std::string_view text, NetConfig& net) {
  bool is_first = true;
  for (const ListPart& part : split_list(text)) {
    if (is_first) {
      is_first = false;
      if (part.key == "none" && !part.value) return std::monostate{};
      if (part.value || part.key != "user")
        return usage_error(
            fmt::format("{} {}: the only network is 'user' (or none)", option, text));
      net.enabled = true;
      continue;
    }
    if (part.key == "hostfwd") {
      auto parsed = parse_qemu_forward(option, part.value.value_or(""));
      if (!parsed) return parsed.error();
      net.forwards.push_back(*parsed);
    } else if (part.key == "restrict") {
      const auto is_on = truth(part.value);
      if (!is_on) return bad_switch(option, part);
      net.is_restricted = *is_on;
    } else if (part.key != "id" && part.key != "model" && part.key != "mac") {
      return usage_error(fmt::format(
          "{} {}: '{}' is not possible; there are hostfwd=…, restrict=on", option, text, part.key));
    }
  }
  return std::monostate{};
}

}  // namespace rvx::cli
