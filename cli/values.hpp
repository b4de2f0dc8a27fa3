// Values of options as people write them: sizes, numbers, seconds, disks, networks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/config.hpp"
#include "machine/error.hpp"

namespace rvx::cli {

// Each names `option` in its error, which is one line.

// A decimal or 0x number within [low, high].
[[nodiscard]] Result<uint64_t> parse_number(std::string_view option, std::string_view text,
                                            uint64_t low, uint64_t high);
// Bytes: "512M", "2G", "2GiB", "size=2G"; a bare number is MiB.
[[nodiscard]] Result<uint64_t> parse_memory(std::string_view option, std::string_view text);
// Values of --jit-threshold and, in bytes, of --jit-cache.
[[nodiscard]] Result<int32_t> parse_jit_threshold(std::string_view text);
[[nodiscard]] Result<size_t> parse_jit_cache(std::string_view text);
// The file of --stats; empty where none is named.
[[nodiscard]] Result<std::string> parse_stats(std::string_view text);
// Nanoseconds of "2.5", a number of seconds.
[[nodiscard]] Result<uint64_t> parse_seconds(std::string_view option, std::string_view text);
// "4", "cpus=4", "4,sockets=1".
[[nodiscard]] Result<unsigned> parse_harts(std::string_view option, std::string_view text);

// "a,b=c,d": parts with what stands after their "=", or none. Two commas stand for one, as in QEMU.
struct ListPart {
  std::string key;
  std::optional<std::string> value;
};
[[nodiscard]] std::vector<ListPart> split_list(std::string_view text);

// "F,ro,cow,latency=5000" or QEMU's "file=F,if=none,format=raw,id=x0,readonly=on,snapshot=on".
[[nodiscard]] Result<DiskConfig> parse_disk(std::string_view option, std::string_view text);
// "user", "none" and QEMU's "user,id=n0,hostfwd=tcp::2222-:22,restrict=on": added to `net`.
[[nodiscard]] Outcome parse_net(std::string_view option, std::string_view text, NetConfig& net);
[[nodiscard]] Result<PortForward> parse_forward(std::string_view option, std::string_view text);

}  // namespace rvx::cli
