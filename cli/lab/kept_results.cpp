// Keeps results of points as one small file each.
#include "cli/lab/kept_results.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/lab/digest.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli::lab {

KeptResults::KeptResults(std::string folder, const Places& places) : folder_(std::move(folder)), program_(places.program) {}

const std::string& KeptResults::contents_digest(const std::string& path) {
  std::string& known = digests_[path];
  if (known.empty()) {
    const auto file = FileBytes::open(path);
    if (file) {
      const auto bytes = (*file)->bytes();
      known = digest_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    } else {
      known = "none";
    }
  }
  return known;
}

std::string KeptResults::key_of(const PointCommand& command) {
  std::string key = "rvx " + contents_digest(program_) + "\n";
  for (const std::string& word : command.words) key += word + "\n";
  for (const std::string& file : command.inputs) key += contents_digest(file) + "\n";
  for (const auto& [path, file] : command.added_files) key += path + "\n";
  return key + command.model_text;
}

std::string KeptResults::path_of(const std::string& key) const { return fmt::format("{}/{}.json", folder_, digest_text(key)); }

std::optional<PointResult> KeptResults::find(const std::string& key) const {
  std::ifstream file(path_of(key));
  if (!file) return std::nullopt;
  const Json json = Json::parse(file, nullptr, false);
  // Another key with the same digest, a file half written, an older form: none of ours.
  if (!json.is_object() || !json.contains("key") || json["key"] != key || !json.contains("result")) return std::nullopt;
  PointResult result;
  if (!from_json(json["result"], result)) return std::nullopt;
  result.is_kept = true;
  return result;
}

void KeptResults::put(const std::string& key, const PointResult& result) const {
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::string path = path_of(key), part = fmt::format("{}.{}", path, ::getpid());
  {
    std::ofstream file(part);
    file << Json{{"key", key}, {"result", to_json(result)}}.dump() << "\n";
    if (!file.flush()) {
      (void)std::remove(part.c_str());
      return;
    }
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) (void)std::remove(part.c_str());
}

}  // namespace rvx::cli::lab
