// Device trees printed as source text.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <libfdt.h>

#include "machine/fdt.hpp"

namespace rvx {
namespace {

// Real trees have six levels. The bound keeps indentation from growing with the square of a
// hostile blob's size.
constexpr int kMaxDepth = 64;

// Whether the bytes are readable strings, each with its NUL: what a person meant as text.
bool is_text(std::span<const uint8_t> bytes) {
  if (bytes.empty() || bytes.back() != 0) return false;
  bool is_start = true;
  for (const uint8_t byte : bytes) {
    if (byte == 0) {
      if (is_start) return false;  // an empty string is more likely a number
      is_start = true;
      continue;
    }
    if (byte < 0x20 || byte >= 0x7f) return false;
    is_start = false;
  }
  return true;
}

std::string text_source(std::span<const uint8_t> bytes) {
  std::string source = "\"";
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    const char c = static_cast<char>(bytes[i]);
    if (c == '\0') {
      source += "\", \"";
    } else {
      if (c == '"' || c == '\\') source += '\\';
      source += c;
    }
  }
  return source + '"';
}

std::string value_source(std::span<const uint8_t> bytes) {
  if (is_text(bytes)) return text_source(bytes);
  std::string source;
  if (bytes.size() % 4 == 0) {
    for (size_t i = 0; i < bytes.size(); i += 4) {
      const uint32_t cell =
          uint32_t{bytes[i]} << 24 | bytes[i + 1] << 16 | bytes[i + 2] << 8 | bytes[i + 3];
      source += fmt::format("{}{:#x}", i == 0 ? "" : " ", cell);
    }
    return "<" + source + ">";
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    source += fmt::format("{}{:02x}", i == 0 ? "" : " ", bytes[i]);
  }
  return "[" + source + "]";
}

std::string indent(int depth) { return std::string(static_cast<size_t>(depth), '\t'); }

// libfdt has checked that the blob is well formed; what names consist of it has not.
class SourcePrinter {
 public:
  explicit SourcePrinter(const void* tree) : tree_(tree) {}

  Result<std::string> print(const std::string& name) {
    out_ = "/dts-v1/;\n";
    for (int i = 0; i < fdt_num_mem_rsv(tree_); ++i) {
      uint64_t address = 0;
      uint64_t size = 0;
      if (fdt_get_mem_rsv(tree_, i, &address, &size) != 0) break;
      out_ += fmt::format("/memreserve/ {:#x} {:#x};\n", address, size);
    }
    out_ += '\n';
    int depth = 0;
    for (int offset = 0, next = 0;; offset = next) {
      const uint32_t tag = fdt_next_tag(tree_, offset, &next);
      if (tag == FDT_END) break;
      if (tag == FDT_BEGIN_NODE && depth == kMaxDepth) {
        return unusable_error(fmt::format(
            "cannot print {}; it is nested more than {} levels deep; check how it was made", name,
            kMaxDepth));
      }
      if (tag == FDT_BEGIN_NODE) begin_node(offset, depth++);
      if (tag == FDT_PROP) property(offset, depth);
      if (tag == FDT_END_NODE) out_ += indent(--depth) + "};\n";
    }
    return std::move(out_);
  }

 private:
  void begin_node(int offset, int depth) {
    const char* name = fdt_get_name(tree_, offset, nullptr);
    const std::string shown = name == nullptr ? "?" : one_line(name);
    if (depth != 0) out_ += '\n';
    out_ += indent(depth) + (depth == 0 ? "/" : shown) + " {\n";
  }

  void property(int offset, int depth) {
    const char* name = nullptr;
    int length = 0;
    const auto* value =
        static_cast<const uint8_t*>(fdt_getprop_by_offset(tree_, offset, &name, &length));
    if (value == nullptr || name == nullptr || length < 0) return;
    out_ += indent(depth) + one_line(name);
    if (length != 0) out_ += " = " + value_source({value, static_cast<size_t>(length)});
    out_ += ";\n";
  }

  const void* tree_;
  std::string out_;
};

}  // namespace

Result<std::string> to_dts(std::span<const uint8_t> dtb, const std::string& name) {
  auto checked = check_dtb(dtb, name);
  if (!checked) return checked.error();
  const std::vector<uint8_t> aligned(dtb.begin(), dtb.end());
  return SourcePrinter(aligned.data()).print(name);
}

}  // namespace rvx
