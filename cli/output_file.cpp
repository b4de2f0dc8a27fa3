// Files that rvx writes reports to.
#include "cli/output_file.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace rvx::cli {
namespace {

Error cannot_write(std::string_view what, const std::string& path) {
  return usage_error(fmt::format("cannot write {} to {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

Result<OutputFile> open_output(std::string_view what, const std::string& path) {
  OutputFile file(std::fopen(path.c_str(), "we"));
  if (file == nullptr) return cannot_write(what, path);
  return file;
}

Outcome close_output(std::string_view what, const std::string& path, OutputFile file) {
  const bool is_bad = std::ferror(file.get()) != 0;
  if (std::fclose(file.release()) != 0 || is_bad) return cannot_write(what, path);
  return std::monostate{};
}

Outcome write_output(std::string_view what, const std::string& path, std::string_view text) {
  auto file = open_output(what, path);
  if (!file) return file.error();
  if (std::fwrite(text.data(), 1, text.size(), file->get()) != text.size())
    return cannot_write(what, path);
  return close_output(what, path, std::move(*file));
}

}  // namespace rvx::cli
