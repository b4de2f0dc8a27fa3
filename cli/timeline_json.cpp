// A timeline in the JSON trace event format, which Chrome and Perfetto show.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/timeline_output.hpp"

namespace rvx::cli {
namespace {

// Tracks belong to processes there: harts are one, measurements are one, and each of the guest's is one.
constexpr unsigned kHarts = 1, kMeasured = 2, kFirstProcess = 10;

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace); }
// Times are microseconds.
std::string us(uint64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

class Writer {
 public:
  void name(const char* what, unsigned process, unsigned track, const std::string& text) {
    add(fmt::format(R"("ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}})", what, process, track, quoted(text)));
  }
  void slice(unsigned process, unsigned track, uint64_t from, uint64_t to, const std::string& name, const std::string& arguments = "") {
    add(fmt::format(R"("ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{}{})", process, track, us(from), us(to - from), quoted(name),
                    arguments.empty() ? "" : ",\"args\":{" + arguments + "}"));
  }
  void add(const std::string& fields) {
    text_ += text_.empty() ? "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{" : ",\n{";
    text_ += fields + "}";
  }
  std::string finish() && { return (text_.empty() ? "{\"traceEvents\":[" : std::move(text_)) + "\n]}\n"; }

 private:
  std::string text_;
};

}  // namespace

std::string timeline_json(const Timeline& t) {
  Writer out;
  out.name("process_name", kHarts, 0, "harts");
  for (unsigned i = 0; i < t.harts.size(); ++i) {
    out.name("thread_name", kHarts, i, fmt::format("hart {}", i));
    for (const Timeline::Span& span : t.harts[i].spans) {
      const std::string_view reason = span.who < 0 ? std::string_view() : reason_name(span.detail);
      if (span.who < 0) continue;  // idle harts are blank
      out.slice(kHarts, i, span.from, span.to, t.name_of(span), reason.empty() ? "" : fmt::format(R"("stopped":"{}")", reason));
    }
  }
  for (const auto& [process, name] : t.process_names) out.name("process_name", kFirstProcess + process, 0, fmt::format("{} ({})", name, process));
  for (const Timeline::Thread& thread : t.threads) {
    if (thread.stays.empty()) continue;
    const unsigned process = kFirstProcess + thread.process;
    out.name("thread_name", process, thread.thread, t.name_of(thread));
    for (const Timeline::Stay& stay : thread.stays) {
      const std::string name = stay.state == Timeline::State::kRunning ? fmt::format("on hart {}", stay.hart) : stay.state == Timeline::State::kReady ? "ready" : "waits";
      out.slice(process, thread.thread, stay.from, stay.to, name);
    }
  }
  size_t id = 0;
  for (const Timeline::Wake& wake : t.wakes) {
    ++id;
    // A hart that is behind in its turn seems to run the thread before it was woken.
    if (wake.to < wake.from) continue;
    out.add(fmt::format(R"("ph":"s","cat":"wake","name":"wake","id":{},"pid":{},"tid":{},"ts":{})", id, kHarts, wake.from_hart, us(wake.from)));
    out.add(fmt::format(R"("ph":"f","bp":"e","cat":"wake","name":"wake","id":{},"pid":{},"tid":{},"ts":{})", id, kHarts, wake.to_hart, us(wake.to)));
  }
  for (const Timeline::Mark& mark : t.marks)
    out.add(fmt::format(R"("ph":"i","s":"g","name":"mark {}","pid":{},"tid":{},"ts":{},"args":{{"argument":"{:#x}"}})", mark.number, kHarts, mark.hart, us(mark.at), mark.argument));
  if (!t.measured.empty()) out.name("process_name", kMeasured, 0, "measurements");
  id = 0;
  for (const Timeline::Measured& m : t.measured) {
    // They may overlap: each name has a track of its own.
    const std::string common = fmt::format(R"("cat":"measured","name":{},"id":{},"pid":{},"tid":0)", quoted(m.name), ++id, kMeasured);
    out.add(fmt::format(R"("ph":"b",{},"ts":{})", common, us(m.from)));
    out.add(fmt::format(R"("ph":"e",{},"ts":{})", common, us(m.to)));
  }
  return std::move(out).finish();
}

}  // namespace rvx::cli
