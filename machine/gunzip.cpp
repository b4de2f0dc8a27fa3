// Unpacking gzip'd images within a bound.
#include "machine/gunzip.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>
#include <zlib.h>

#include "machine/byte_size.hpp"

namespace rvx {
namespace {

constexpr int kGzipWindow = 16 + MAX_WBITS;
// How much room the output gets at first; a file's own claim of its size is not believed.
constexpr uint64_t kFirstGuess = 4 * kMiB;
// zlib counts in 32 bits.
constexpr uint64_t kMaxStep = uint64_t{1} << 30;

struct Inflater {
  z_stream stream = {};
  bool is_open = false;
  ~Inflater() {
    if (is_open) inflateEnd(&stream);
  }
};

Error bad_gzip(const std::string& name, const char* why) {
  return unusable_error(fmt::format("cannot unpack {}; {}; build or copy it again", name, why));
}

Error too_large(const std::string& name, uint64_t max_bytes) {
  return unusable_error(
      fmt::format("{} does not fit; unpacked it is larger than RAM, which has {}; "
                  "use a larger -m",
                  name, byte_size_text(max_bytes)));
}

Result<std::vector<uint8_t>> inflate_all(std::span<const uint8_t> in, uint64_t max_bytes,
                                         const std::string& name) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return bad_gzip(name, "zlib has no memory");
  inflater.is_open = true;

  std::vector<uint8_t> out(std::min(max_bytes, std::max(kFirstGuess, uint64_t{in.size()} * 3)));
  uint64_t filled = 0;
  uint64_t taken = 0;
  for (;;) {
    if (filled == out.size()) {
      if (filled >= max_bytes) return too_large(name, max_bytes);
      out.resize(std::min(max_bytes, filled * 2));
    }
    stream.next_in = const_cast<Bytef*>(in.data() + taken);
    stream.avail_in = static_cast<uInt>(std::min(in.size() - taken, kMaxStep));
    stream.next_out = out.data() + filled;
    stream.avail_out = static_cast<uInt>(std::min(out.size() - filled, kMaxStep));
    const int status = inflate(&stream, Z_NO_FLUSH);
    taken = static_cast<uint64_t>(stream.next_in - in.data());
    filled = static_cast<uint64_t>(stream.next_out - out.data());
    if (status == Z_STREAM_END) {
      if (!is_gzip(in.subspan(taken))) break;
      inflateReset(&stream);
      continue;
    }
    if (status == Z_MEM_ERROR) return bad_gzip(name, "zlib has no memory");
    if (status != Z_OK && status != Z_BUF_ERROR) return bad_gzip(name, "its gzip data is damaged");
    if (taken == in.size() && stream.avail_out != 0) {
      return bad_gzip(name, "its gzip data ends too early");
    }
  }
  out.resize(filled);
  return out;
}

}  // namespace

bool is_gzip(std::span<const uint8_t> bytes) noexcept {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == Z_DEFLATED;
}

Result<std::vector<uint8_t>> gunzip(std::span<const uint8_t> bytes, uint64_t max_bytes,
                                    const std::string& name) try {
  return inflate_all(bytes, max_bytes, name);
} catch (const std::bad_alloc&) {
  return bad_gzip(name, "the host has not enough memory for what comes out");
}

}  // namespace rvx
