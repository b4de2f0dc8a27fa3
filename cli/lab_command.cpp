// rvx lab: lists, runs, predicts, checks and makes labs.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/ending.hpp"
#include "cli/lab/answer_file.hpp"
#include "cli/lab/find_labs.hpp"
#include "cli/lab/lab_file.hpp"
#include "cli/lab/new_lab.hpp"
#include "cli/lab/report_html.hpp"
#include "cli/lab/report_json.hpp"
#include "cli/lab/report_text.hpp"
#include "cli/lab/run_lab.hpp"
#include "cli/lab/step_lab.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/stop_signals.hpp"
#include "cli/values.hpp"

namespace rvx::cli {
namespace {

using namespace rvx::cli::lab;

constexpr int kFailedStatus = 1;
constexpr uint64_t kMostJobs = 256;

// What was typed, for the report: as it could be typed again.
std::string command_line_of(const Invocation& invocation, const std::string& name) {
  std::string line = fmt::format("rvx lab run {}", name);
  for (const Flag flag : {Flag::kLabSet, Flag::kLabStudent, Flag::kLabGuest, Flag::kEngine})
    for (const std::string& value : invocation.options.all(flag)) line += fmt::format(" {} {}", spelling(flag), value);
  if (invocation.options.has(Flag::kLabQuick)) line += " --quick";
  return line;
}

Result<LabRequest> read_request(const Invocation& invocation) {
  const OptionValues& options = invocation.options;
  LabRequest request;
  request.choice.is_quick = options.has(Flag::kLabQuick);
  request.choice.sets.assign(options.all(Flag::kLabSet).begin(), options.all(Flag::kLabSet).end());
  if (const std::string* student = options.last(Flag::kLabStudent)) request.choice.student = *student;
  if (const std::string* guest = options.last(Flag::kLabGuest)) request.guest = *guest;
  if (const std::string* engine = options.last(Flag::kEngine)) {
    if (*engine != "interp" && *engine != "jit") return usage_error(fmt::format("--engine {}: allowed: interp, jit", *engine));
    request.engine = *engine;
  }
  request.jobs = std::max(1u, std::thread::hardware_concurrency());
  if (const std::string* jobs = options.last(Flag::kLabJobs)) {
    auto number = parse_number("-j", *jobs, 1, kMostJobs);
    if (!number) return number.error();
    request.jobs = static_cast<unsigned>(*number);
  }
  request.is_fresh = options.has(Flag::kLabFresh);
  return request;
}

int list_labs() {
  const auto folders = lab_folders();
  if (!folders) return report(folders.error());
  int status = 0;
  for (const std::string& folder : *folders) {
    const Result<Lab> lab = read_lab(folder, "");
    if (!lab) {
      status = report(lab.error());
      continue;
    }
    fmt::print("{:<18} {:>4} min  {}\n", lab->name, number_text(lab->minutes), lab->question);
  }
  return status;
}

// Where a report of one of several labs goes: then the name given is a folder's.
std::string report_path(const std::string& given, const Lab& lab, bool is_one_of_many, const char* ending) {
  if (!is_one_of_many) return given;
  std::error_code ignored;
  std::filesystem::create_directories(given, ignored);
  return fmt::format("{}/{}.{}", given, lab.name, ending);
}

Outcome write_reports(const OptionValues& options, const LabRun& run, bool is_one_of_many) {
  const Lab& lab = run.results.lab;
  if (const std::string* file = options.last(Flag::kLabJson))
    if (Outcome done = write_output("the report", report_path(*file, lab, is_one_of_many, "json"), json_report(run.results, run.judgements)); !done) return done;
  if (const std::string* file = options.last(Flag::kLabHtml))
    if (Outcome done = write_output("the report", report_path(*file, lab, is_one_of_many, "html"), html_report(run)); !done) return done;
  if (const std::string* folder = options.last(Flag::kLabSvg)) {
    std::error_code error;
    std::filesystem::create_directories(*folder, error);
    for (const auto& [name, svg] : svg_plots(run.results))
      if (Outcome done = write_output("a plot", fmt::format("{}/{}-{}.svg", *folder, lab.name, name), svg); !done) return done;
  }
  return std::monostate{};
}

// Files that cannot be written are found before the minutes, not after.
Outcome try_reports(const OptionValues& options) {
  for (const Flag flag : {Flag::kLabJson, Flag::kLabHtml}) {
    const std::string* path = options.last(flag);
    if (path == nullptr) continue;
    const size_t slash = path->rfind('/');
    const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path->substr(0, slash);
    if (::access(folder.c_str(), W_OK) != 0) return usage_error(fmt::format("cannot write the report to {}: {}", *path, std::strerror(errno)));
  }
  return std::monostate{};
}

Result<std::vector<std::string>> chosen_folders(const std::vector<std::string>& names) {
  if (names.empty()) return usage_error("name a lab: rvx lab run NAME, or rvx lab run all; rvx lab list tells them");
  if (names.size() == 1 && names[0] == "all") return lab_folders();
  std::vector<std::string> folders;
  for (const std::string& name : names) {
    Result<std::string> folder = find_lab(name);
    if (!folder) return folder.error();
    folders.push_back(*folder);
  }
  return folders;
}

int run_labs(const Invocation& invocation, const std::vector<std::string>& names) {
  Result<LabRequest> request = read_request(invocation);
  if (!request) return report(request.error());
  const auto folders = chosen_folders(names);
  if (!folders) return report(folders.error());
  if (Outcome writable = try_reports(invocation.options); !writable) return report(writable.error());
  if (folders->size() > 1 && !request->choice.sets.empty()) return report(usage_error("--set is for one lab at a time"));
  const StopSignals signals;
  int status = 0, wrong = 0;
  size_t good = 0;
  for (const std::string& folder : *folders) {
    request->command_line = command_line_of(invocation, folders->size() == 1 ? names[0] : folder.substr(folder.rfind('/') + 1));
    const Result<LabRun> run = run_lab(folder, *request, signals);
    if (signals.received() != 0) return kSignalStatus + signals.received();
    if (!run) {
      wrong = report(run.error());
      continue;
    }
    fmt::print("{}\n", text_report(run->results, run->judgements, run->guesses));
    std::fflush(stdout);
    if (Outcome written = write_reports(invocation.options, *run, folders->size() > 1); !written) return report(written.error());
    if (run->is_good()) {
      ++good;
    } else {
      status = kFailedStatus;
    }
  }
  if (folders->size() > 1) fmt::print("{} of {} labs: all claims hold\n", good, folders->size());
  return wrong != 0 ? wrong : status;
}

// One answer: from the command line, or asked for on the terminal.
Result<std::string> answer_to(const Question& question, const Invocation& invocation, bool is_only) {
  for (const std::string& given : invocation.options.all(Flag::kLabAnswer)) {
    const size_t equals = given.find('=');
    if (equals != std::string::npos && given.substr(0, equals) == question.name) return given.substr(equals + 1);
    if (is_only && equals == std::string::npos) return given;
  }
  if (::isatty(0) == 0) return usage_error(fmt::format("no answer to '{}'; give --answer {}=VALUE", question.text, question.name));
  fmt::print("{}{}\n> ", question.text, question.choices.empty() ? "" : fmt::format(" ({})", fmt::join(question.choices, ", ")));
  std::fflush(stdout);
  std::string line;
  for (int c = 0; (c = std::getchar()) != EOF && c != '\n';) line += static_cast<char>(c);
  return line;
}

int predict(const Invocation& invocation, const std::string& name) {
  const Result<std::string> folder = find_lab(name);
  if (!folder) return report(folder.error());
  const Result<Lab> lab = read_lab(*folder, "");
  if (!lab) return report(lab.error());
  const std::vector<Question> questions = asked_questions(*lab);
  for (const std::string& given : invocation.options.all(Flag::kLabAnswer)) {
    const std::string question = given.substr(0, given.find('='));
    const bool is_known = std::any_of(questions.begin(), questions.end(), [&](const Question& one) { return one.name == question; });
    if (!is_known && !(questions.size() == 1 && given.find('=') == std::string::npos))
      return report(usage_error(fmt::format("--answer {}: lab {} asks no '{}'; allowed: {}", given, lab->name, question, question_names(questions))));
  }
  std::vector<std::pair<std::string, std::string>> answers;
  for (const Question& question : questions) {
    const Result<std::string> answer = answer_to(question, invocation, questions.size() == 1);
    if (!answer) return report(answer.error());
    if (Outcome done = check_answer(question, *answer); !done) return report(done.error());
    answers.emplace_back(question.name, *answer);
  }
  if (Outcome kept = keep_guesses(guesses_folder(), lab->name, answers); !kept) return report(kept.error());
  fmt::print("Noted. Now: rvx lab run {}\n", name);
  return 0;
}

// An answer file, or a lab's folder, whose claims are then judged.
int check(const Invocation& invocation, const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored) || name.ends_with("lab.json")) return run_labs(invocation, {name});
  const Result<AnswerFile> file = read_answer_file(name);
  if (!file) return report(file.error());
  const Result<std::string> folder = find_lab(file->lab);
  if (!folder) return report(folder.error());
  Result<LabRequest> request = read_request(invocation);
  if (!request) return report(request.error());
  if (request->choice.student.empty()) request->choice.student = file->student;
  const StopSignals signals;
  const Result<LabRun> run = run_lab(*folder, *request, signals);
  if (signals.received() != 0) return kSignalStatus + signals.received();
  if (!run) return report(run.error());
  const Result<Grades> grades = grade(*file, run->results);
  if (!grades) return report(grades.error());
  fmt::print("{}", grades->text);
  return grades->is_all_right ? 0 : kFailedStatus;
}

int step(const Invocation& invocation, const std::string& name) {
  Result<LabRequest> request = read_request(invocation);
  if (!request) return report(request.error());
  const StopSignals signals;
  if (Outcome done = step_lab(name, *request, signals); !done) return report(done.error());
  return 0;
}

int make_new(const Invocation& invocation, const std::string& name) {
  const std::string* kind = invocation.options.last(Flag::kLabKind);
  if (kind != nullptr && *kind != "bare" && *kind != "kernel") return report(usage_error(fmt::format("--kind {}: allowed: bare, kernel", *kind)));
  const Result<std::string> told = new_lab(name, kind != nullptr && *kind == "kernel");
  if (!told) return report(told.error());
  fmt::print("{}", *told);
  return 0;
}

}  // namespace

int lab_command(const Invocation& invocation) {
  static constexpr const char* kWords = "list, run, predict, check, new and step";
  if (invocation.operands.empty()) return report(usage_error(fmt::format("rvx lab needs a word: {}; for example: rvx lab list", kWords)));
  const std::string& word = invocation.operands[0];
  const std::vector<std::string> rest(invocation.operands.begin() + 1, invocation.operands.end());
  if (word == "list") return rest.empty() ? list_labs() : report(usage_error(fmt::format("rvx lab list takes no '{}'", rest[0])));
  if (word == "run") return run_labs(invocation, rest);
  int (*const one)(const Invocation&, const std::string&) = word == "predict" ? predict : word == "check" ? check : word == "new" ? make_new : word == "step" ? step : nullptr;
  if (one == nullptr) return report(usage_error(fmt::format("rvx lab knows no '{}'; there are {}", word, kWords)));
  if (rest.size() != 1) return report(usage_error(fmt::format("rvx lab {} takes one {}", word, word == "check" ? "answer file or folder" : word == "step" ? "lab or file of events" : "name of a lab")));
  return one(invocation, rest[0]);
}

}  // namespace rvx::cli
