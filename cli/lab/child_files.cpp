// Makes the files of a child, and names them in its command line.
#include "cli/lab/child_files.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "cli/output_file.hpp"

namespace rvx::cli::lab {
namespace {

void replace(std::string& word, std::string_view mark, const std::string& by) {
  if (const size_t at = word.find(mark); at != std::string::npos) word.replace(at, mark.size(), by);
}

}  // namespace

Result<std::unique_ptr<WorkFolder>> WorkFolder::make() {
  const char* base = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/rvx-lab-XXXXXX", base == nullptr || *base == 0 ? "/tmp" : base);
  if (::mkdtemp(path.data()) == nullptr) return usage_error(fmt::format("cannot make a folder {}", path));
  return std::unique_ptr<WorkFolder>(new WorkFolder(path));
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<ChildFiles> make_child_files(const PointCommand& command, const Places& places, const std::string& base, const std::string& initrd) {
  ChildFiles files{{places.program}, base + ".json"};
  const std::string model = base + ".model";
  for (std::string word : command.words) {
    replace(word, "{stats}", files.stats);
    replace(word, "{model}", model);
    replace(word, "{initrd}", initrd);
    files.words.push_back(std::move(word));
  }
  if (command.model_text.empty()) return files;
  if (Outcome written = write_output("the model", model, command.model_text); !written) return written.error();
  return files;
}

}  // namespace rvx::cli::lab
