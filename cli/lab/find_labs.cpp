// Finds the folders of labs.
#include "cli/lab/find_labs.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/options.hpp"
#include "cli/software.hpp"

namespace rvx::cli::lab {
namespace {

bool is_lab(const std::string& folder) { return ::access((folder + "/lab.json").c_str(), R_OK) == 0; }

}  // namespace

Result<std::string> labs_directory() {
  const std::string root = root_directory();
  if (root.empty()) return not_found_error("cannot find the folder labs/; name rvx's source folder in RVX_ROOT, or give a lab's folder");
  return root + "/labs";
}

Result<std::vector<std::string>> lab_folders() {
  Result<std::string> labs = labs_directory();
  if (!labs) return labs.error();
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(*labs, error))
    if (is_lab(entry.path().string())) all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  return all;
}

Result<std::string> find_lab(const std::string& name) {
  std::string path = name;
  if (path.ends_with("/lab.json")) path.resize(path.size() - std::string_view("/lab.json").size());
  if (path.find('/') != std::string::npos || is_lab(path)) {
    if (is_lab(path)) return path;
    return not_found_error(fmt::format("{}: there is no lab.json in this folder", path));
  }
  Result<std::vector<std::string>> folders = lab_folders();
  if (!folders) return folders.error();
  std::vector<std::string> names;
  for (const std::string& folder : *folders) {
    names.push_back(folder.substr(folder.rfind('/') + 1));
    if (names.back() == name) return folder;
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = nearest(name, views);
  return not_found_error(fmt::format("no lab is called '{}'{}; there are {}", name, near.empty() ? "" : fmt::format("; did you mean {}?", near),
                                     names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace rvx::cli::lab
