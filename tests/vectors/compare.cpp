// Writes test programs to a file, runs them, and reads what they print.
#include "compare.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace rvx::vectors {
namespace {

// What follows the letter of each line of `kind`.
Records parse_lines(const std::string& text, char kind) {
  Records lines;
  bool has_end = false;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("END")) has_end = true;
    if (line.size() < 2 || line[0] != kind || line[1] != ' ') continue;
    std::istringstream words(line.substr(2));
    words >> std::hex;
    lines.emplace_back();
    for (uint64_t word; words >> word;) lines.back().push_back(word);
  }
  if (!has_end) {
    throw std::runtime_error("the program did not reach its end: " + text.substr(0, 2000));
  }
  return lines;
}

std::map<uint64_t, Summary> parse_summaries(const std::string& text, char kind) {
  std::map<uint64_t, Summary> summaries;
  for (const std::vector<uint64_t>& line : parse_lines(text, kind)) {
    if (line.size() == 5) summaries[line[0]] = {line[1], line[2], line[3], line[4]};
  }
  return summaries;
}

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Runner::Runner(const Image& image, const std::string& driver, std::string path)
    : image_(image), driver_(read_file(driver)), path_(std::move(path)) {}

Runner::~Runner() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::string Runner::run(Oracle& oracle, VectorsMode mode, uint64_t wanted) const {
  const std::vector<uint8_t> elf = image_.elf(driver_, mode, wanted);
  std::ofstream file(path_, std::ios::binary);
  file.write(reinterpret_cast<const char*>(elf.data()), static_cast<std::streamsize>(elf.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path_);
  return oracle.run(path_);
}

std::map<uint64_t, Summary> Runner::groups(Oracle& oracle) const {
  return parse_summaries(run(oracle, kVectorsGroups, 0), 'G');
}

std::map<uint64_t, Summary> Runner::cases(Oracle& oracle, uint64_t group) const {
  return parse_summaries(run(oracle, kVectorsCases, group), 'C');
}

Records Runner::records(Oracle& oracle, uint64_t index, bool is_alone) const {
  return parse_lines(run(oracle, is_alone ? kVectorsRecords : kVectorsRecordsAfter, index), 'R');
}

Records Runner::memory(Oracle& oracle, uint64_t index, bool is_alone) const {
  return parse_lines(run(oracle, is_alone ? kVectorsRecords : kVectorsRecordsAfter, index), 'M');
}

std::optional<uint64_t> Runner::first_difference(uint64_t group, Oracle& ours,
                                                 Oracle& theirs) const {
  const auto a = cases(ours, group);
  const auto b = cases(theirs, group);
  for (const auto& [index, summary] : a) {
    if (!b.contains(index) || summary != b.at(index)) return index;
  }
  return std::nullopt;
}

}  // namespace rvx::vectors
