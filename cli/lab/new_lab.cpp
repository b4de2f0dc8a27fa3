// Writes the files of a new lab.
#include "cli/lab/new_lab.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/lab/find_labs.hpp"
#include "cli/lab/json_fields.hpp"
#include "cli/output_file.hpp"
#include "cli/software.hpp"

namespace rvx::cli::lab {
namespace {

constexpr std::string_view kLabJson = R"lab({
  "title": "Walking over an array",
  "question": "How does the time of one access grow with the size of the array?",
  "prediction": "Before you run it: at which size does an access begin to cost more, and why there?",
  "minutes": 1,
  "guest": {"kind": "@KIND@", "program": "@PROGRAM@", "arguments": ["size={size}"]},
  "machine": {"model": "rocket", "overrides": {"l1d.replacement": "lru"}},
  "parameters": {
    "size": {"text": "size of the array", "unit": "KiB", "values": {"from": 1, "to": 256, "times": 2}, "quick": [4, 64, 256],
             "allowed": {"from": 1, "to": 1024}, "students": true}
  },
  "columns": {
    "accesses": {"value": "out[accesses]"},
    "cycles": {"value": "m[walk cycles] / accesses", "unit": "per access", "digits": 2, "text": "cycles of one access"},
    "misses": {"value": "m[walk l1d.load-misses]", "text": "first-level misses"}
  },
  "plots": [
    {"name": "cycles", "title": "Cycles of one access", "x": "size", "y": "cycles", "x_scale": "log2"}
  ],
  "claims": [
    {"name": "fits", "text": "An array that fits the cache is read without misses.", "where": "size <= 8", "each": "misses <= 4"},
    {"name": "grows", "text": "The largest array costs more than the smallest.",
     "true": "max_over(cycles, size >= 64) > 1.5 * min_over(cycles, size <= 8)"}
  ],
  "questions": [
    {"name": "q1", "text": "How many cycles does an access take in the largest array?", "answer": "max_over(cycles)", "tolerance": 0.2}
  ],
  "slides": [
    {"says": "Programs with small working sets are fast.", "measured": "{min_over(cycles)} cycles in the smallest array, {max_over(cycles)} in the largest",
     "holds": "the working set is smaller than the first-level cache."}
  ]
}
)lab";

constexpr std::string_view kBareGuest = R"lab(// Lab @NAME@: what one access costs, over the size of the array.
@include "lib/lab.hpp"

namespace {

constexpr uint64_t kMostKib = 1024, kLine = 64, kRounds = 8;
alignas(4096) uint64_t array[kMostKib * 1024 / 8];

}  // namespace

int main() {
  lab_knows("size");
  const uint64_t bytes = lab_number("size", 32, 1, kMostKib) * 1024, start = reinterpret_cast<uint64_t>(array);
  const Measurement walk(EventName("walk"));
  // Twice, so that the first round's misses, which no size avoids, are not counted.
  for (unsigned pass = 0; pass < 2; ++pass) {
    if (pass == 1) walk.begin();
    for (uint64_t round = 0; round < kRounds; ++round)
      for (uint64_t at = start; at != start + bytes; at += kLine) read_word(at);
    if (pass == 1) walk.end();
  }
  lab_result("accesses", kRounds * (bytes / kLine));
  return 0;
}
)lab";

constexpr std::string_view kKernelGuest = R"lab(// What one access costs, over the size of the array.
//
// Parameters: size=KIB
@include "kernel/user/lab.hpp"

constexpr uint64_t kMostKib = 1024, kLine = 64, kRounds = 8;
static volatile uint64_t array[kMostKib * 1024 / 8];

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  const uint64_t kib = number("size", 32);
  if (kib == 0 || kib > kMostKib) refuse("size", "1 to 1024");
  const uint64_t words = kib * 1024 / 8;
  // Twice, so that the first round's misses, which no size avoids, are not counted.
  for (unsigned pass = 0; pass < 2; ++pass) {
    if (pass == 1) measure_begin<"walk">();
    for (uint64_t round = 0; round < kRounds; ++round)
      for (uint64_t at = 0; at < words; at += kLine / 8) (void)array[at];
    if (pass == 1) measure_end<"walk">();
  }
  result("accesses", kRounds * words / (kLine / 8));
  return 0;
}
)lab";

constexpr std::string_view kReadme = R"lab(# @NAME@

**Question.** How does the time of one access grow with the size of the array?

**Prediction.** Write down your own before you run it: `rvx lab predict @NAME@`.

**Run it.** `./rvx lab run @NAME@ --html @NAME@.html`; the guest program, `@GUEST@`, is built when it has changed.

**Change it.** Other sizes: `--set size=16,24`. Another cache: `machine.overrides` in `lab.json`. The format is told
in docs/labs.md.
)lab";

void replace_all(std::string& text, std::string_view mark, const std::string& by) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) text.replace(at, mark.size(), by);
}

}  // namespace

Result<std::string> new_lab(const std::string& name, bool is_kernel) {
  if (!is_name(name, true) || name.size() > 40) return usage_error(fmt::format("rvx lab new {}: allowed: small letters, digits and -", name));
  const Result<std::string> labs = labs_directory();
  if (!labs) return labs.error();
  std::string program = "lab_" + name;
  std::replace(program.begin(), program.end(), '-', '_');
  const std::string folder = *labs + "/" + name;
  const std::string guest = is_kernel ? root_directory() + "/firmware/kernel/user/" + program + ".cpp" : folder + "/guest.cpp";
  const std::string shown_guest = is_kernel ? "firmware/kernel/user/" + program + ".cpp" : "labs/" + name + "/guest.cpp";
  std::error_code error;
  for (const std::string& path : {folder, guest})
    if (std::filesystem::exists(path, error)) return usage_error(fmt::format("rvx lab new {}: {} is there already; choose another name", name, path));
  std::filesystem::create_directories(folder, error);
  const auto write = [&](const std::string& path, std::string_view pattern) {
    std::string text(pattern);
    replace_all(text, "@NAME@", name);
    replace_all(text, "@PROGRAM@", program);
    replace_all(text, "@KIND@", is_kernel ? "kernel" : "bare");
    replace_all(text, "@GUEST@", shown_guest);
    replace_all(text, "@include", "#include");  // not ours
    return write_output("the lab", path, text);
  };
  if (Outcome done = write(folder + "/README.md", kReadme); !done) return done.error();
  if (Outcome done = write(folder + "/lab.json", kLabJson); !done) return done.error();
  if (Outcome done = write(guest, is_kernel ? kKernelGuest : kBareGuest); !done) return done.error();
  return fmt::format("labs/{0}: README.md, lab.json; {1}\nNow: ./rvx lab run {0}\n", name, shown_guest);
}

}  // namespace rvx::cli::lab
