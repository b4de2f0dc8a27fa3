// rvx trace: what the events of a run show.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/event_file.hpp"
#include "cli/messages.hpp"
#include "cli/output_file.hpp"
#include "cli/timeline_output.hpp"
#include "cli/values.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli {
namespace {

size_t columns_of_terminal() {
  constexpr size_t kDefault = 100, kLeast = 40, kMost = 400;
  size_t columns = kDefault;
  winsize size{};
  if (const char* text = std::getenv("COLUMNS")) columns = std::strtoul(text, nullptr, 10);
  else if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) columns = size.ws_col;
  return std::min(std::max(columns, kLeast), kMost);
}

// Microseconds with a fraction, as nanoseconds.
Result<uint64_t> parse_us(const OptionValues& options, Flag flag, uint64_t otherwise) {
  const std::string* text = options.last(flag);
  if (text == nullptr) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(text->c_str(), &end);
  constexpr double kMost = 1e15;
  if (text->empty() || *end != '\0' || !(value >= 0) || value > kMost)
    return usage_error(fmt::format("{} {}: give microseconds of machine time, for example 17500", spelling(flag), *text));
  return static_cast<uint64_t>(value * 1000 + 0.5);
}

Outcome show(const std::string& path, const OptionValues& options) {
  auto bytes = FileBytes::open(path);
  if (!bytes) return bytes.error();
  const std::span<const uint8_t> content = (*bytes)->bytes();
  auto file = parse_events(path, {reinterpret_cast<const char*>(content.data()), content.size()});
  if (!file) return file.error();
  for (const std::string& line : file->warnings) warn(line);
  if (file->records.empty())
    return unusable_error(fmt::format("{} holds no events; guests have them that use firmware/lib/events.h, as firmware/kernel does", path));

  const uint64_t first = file->records.front().time_ns, last = file->records.back().time_ns;
  auto from = parse_us(options, Flag::kTimelineFrom, first);
  if (!from) return from.error();
  auto to = parse_us(options, Flag::kTimelineTo, last);
  if (!to) return to.error();
  if (*from > last || *to < first || *from > *to) {
    return usage_error(fmt::format("nothing is between {:.3f} and {:.3f} µs; {} has events from {:.3f} to {:.3f}", static_cast<double>(*from) / 1000,
                                   static_cast<double>(*to) / 1000, path, static_cast<double>(first) / 1000, static_cast<double>(last) / 1000));
  }
  // A picture of no time at all has no scale.
  const Timeline timeline = make_timeline(file->harts, file->records, std::max(*from, first), std::max(std::min(*to, last), std::max(*from, first) + 1));
  if (const std::string* out = options.last(Flag::kTimelineJson))
    if (Outcome written = write_output("the trace", *out, timeline_json(timeline)); !written) return written;
  if (const std::string* out = options.last(Flag::kTimelineSvg))
    if (Outcome written = write_output("the picture", *out, timeline_svg(timeline)); !written) return written;
  fmt::print("{}", timeline_text(timeline, columns_of_terminal()));
  return std::monostate{};
}

}  // namespace

int trace_command(const Invocation& invocation) {
  const std::vector<std::string>& operands = invocation.operands;
  if (operands.empty() || operands[0] != "timeline")
    return report(usage_error(operands.empty() ? "give a log of events: rvx trace timeline FILE"
                                               : fmt::format("trace shows a timeline, not '{}': rvx trace timeline FILE", operands[0])));
  if (operands.size() != 2) return report(usage_error("give one log of events: rvx trace timeline FILE"));
  const Outcome done = show(operands[1], invocation.options);
  return done ? 0 : report(done.error());
}

}  // namespace rvx::cli
