// Records a point's events and shows them one by one.
#include "cli/lab/step_lab.hpp"

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/bench_child.hpp"
#include "cli/event_file.hpp"
#include "cli/lab/child_files.hpp"
#include "cli/lab/find_labs.hpp"
#include "cli/lab/lab_file.hpp"
#include "cli/lab/layers.hpp"
#include "cli/messages.hpp"
#include "cli/software.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli::lab {
namespace {

constexpr double kPatienceS = 60;

// Keys come at once while it lives.
class Keys {
 public:
  Keys() {
    (void)::tcgetattr(0, &before_);
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    (void)::tcsetattr(0, TCSANOW, &now);
  }
  ~Keys() { (void)::tcsetattr(0, TCSANOW, &before_); }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  // 'q' where there will be no more.
  [[nodiscard]] static char next() {
    char key = 'q';
    return ::read(0, &key, 1) == 1 ? key : 'q';
  }

 private:
  termios before_{};
};

Result<EventFile> read_events(const std::string& path) {
  const auto file = FileBytes::open(path);
  if (!file) return file.error();
  const auto bytes = (*file)->bytes();
  Result<EventFile> events = parse_events(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!events) return events;
  if (Outcome views = Layers::check(*events); !views) return unusable_error(fmt::format("{}: {}", path, views.error().text));
  return events;
}

Result<EventFile> record_point(const Lab& lab, const Point& point, const LabRequest& request, const StopSignals& signals) {
  const Places places = usual_places();
  Result<PointCommand> command = command_of(lab, point, places, request.engine);
  if (!command) return command.error();
  if (!command->added_files.empty()) return usage_error(fmt::format("rvx lab step {}: guests of kind debian leave no events", lab.name));
  if (lab.guest.kind != GuestKind::kBare)
    if (Outcome fetched = fetch_debian(); !fetched) return fetched.error();
  Result<std::unique_ptr<WorkFolder>> folder = WorkFolder::make();
  if (!folder) return folder.error();
  Result<ChildFiles> files = make_child_files(*command, places, (*folder)->path() + "/point", "");
  if (!files) return files.error();
  const std::string events = (*folder)->path() + "/events";
  files->words.insert(files->words.begin() + 2, {"--events", events, "--event-views"});
  Result<BenchChild> child = BenchChild::start(files->words);
  if (!child) return child.error();
  std::string line;
  const auto deadline = child->started_ns() + static_cast<uint64_t>((lab.machine.timeout_s + kPatienceS) * 1e9);
  while (child->read_line(line, deadline, signals) == LineEnd::kLine) {
  }
  const ChildEnd end = child->finish(signals.received() != 0 ? 0 : static_cast<uint64_t>(kPatienceS * 1e9));
  std::string words = child->last_words();
  if (words.starts_with("rvx: ")) words = words.substr(5);
  if (!end.is_success()) return usage_error(fmt::format("{}: {}: {}", point_text(lab, point), end.text(), words));
  return read_events(events);
}

void show_all(Layers& layers) {
  for (size_t i = 0; i < layers.steps(); ++i) fmt::print("{}\n", layers.draw(i));
}

void show_by_keys(Layers& layers, const std::string& title, const StopSignals& signals) {
  const Keys keys;
  for (size_t at = 0; signals.received() == 0;) {
    fmt::print("\x1b[H\x1b[2J\x1b[1m{}\x1b[0m\n\n{}\n[space] next   [s] next switch   [b] back   [q] end\n", title, layers.draw(at));
    std::fflush(stdout);
    const char key = Keys::next();
    size_t next = at + 1;
    if (key == 'q' || key == 4) return;
    if (key == 'b') next = at == 0 ? 0 : at - 1;
    if (key == 's') next = layers.next_switch(at + 1);
    if (next < layers.steps()) at = next;
  }
}

}  // namespace

Outcome step_lab(const std::string& name, const LabRequest& request, const StopSignals& signals) {
  struct stat status {};
  const bool is_file = ::stat(name.c_str(), &status) == 0 && S_ISREG(status.st_mode) && !name.ends_with("lab.json");
  std::string title = name;
  EventFile recorded;
  if (is_file) {
    Result<EventFile> read = read_events(name);
    if (!read) return read.error();
    recorded = std::move(*read);
  } else {
    Result<std::string> folder = find_lab(name);
    if (!folder) return folder.error();
    Result<Lab> lab = read_lab(*folder, request.guest);
    if (!lab) return lab.error();
    Result<Sweep> sweep = make_sweep(*lab, request.choice);
    if (!sweep) return sweep.error();
    Result<EventFile> made = record_point(*lab, sweep->points.front(), request, signals);
    if (!made) return made.error();
    recorded = std::move(*made);
    title = fmt::format("{}: {}", lab->title, point_text(*lab, sweep->points.front()));
  }
  if (recorded.records.empty()) return usage_error(fmt::format("rvx lab step {}: the guest left no events", name));
  for (const std::string& warning : recorded.warnings) warn(warning);
  Layers layers(recorded);
  if (::isatty(0) == 0 || ::isatty(1) == 0) {
    fmt::print("{}\n\n", title);
    show_all(layers);
  } else {
    show_by_keys(layers, title, signals);
  }
  return std::monostate{};
}

}  // namespace rvx::cli::lab
