// Verdicts as text for people, and as TAP, JUnit's XML and JSON for programs.
#include "cli/test_report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/xml.hpp"

namespace rvx::cli {
namespace {

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

class TextReport final : public TestReport {
 public:
  TextReport(std::FILE* out, bool colour) : out_(out), colour_(colour) {}

  void begin(size_t) override {}
  void add(const TestResult& result) override {
    static constexpr const char* kColours[kVerdicts] = {"\x1b[32m", "\x1b[31m", "\x1b[31m",
                                                        "\x1b[31m", "\x1b[33m"};
    fmt::print(out_, "{}{:<8}{}{}{}\n",
               colour_ ? kColours[static_cast<size_t>(result.verdict)] : "",
               verdict_name(result.verdict), colour_ ? "\x1b[0m" : "", result.name,
               result.message.empty() ? "" : ": " + result.message);
    if (result.verdict == Verdict::kPass || result.verdict == Verdict::kSkipped ||
        result.output.empty())
      return;
    constexpr size_t kShown = 2000;  // bytes of the guest's output; the other formats have more
    std::string_view output = result.output;
    if (output.size() > kShown) output.remove_prefix(output.size() - kShown);
    while (!output.empty()) {
      const size_t end = output.find('\n');
      fmt::print(out_, "        | {}\n", one_line(output.substr(0, end)));
      output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    }
  }
  void end(const TestTotals& totals) override {
    std::string text = fmt::format("{} test{}: ", totals.tests, totals.tests == 1 ? "" : "s");
    bool is_first = true;
    for (size_t i = 0; i < kVerdicts; ++i) {
      if (totals.count[i] == 0 && i != 0) continue;
      static constexpr const char* kWords[kVerdicts] = {"passed", "failed", "timed out",
                                                        "could not be run", "skipped"};
      text += fmt::format("{}{} {}", is_first ? "" : ", ", totals.count[i], kWords[i]);
      is_first = false;
    }
    fmt::print(out_, "{} ({:.1f} s)\n", text, seconds(totals.host_ns));
  }

 private:
  std::FILE* out_;
  bool colour_;
};

// Test Anything Protocol, version 13.
class TapReport final : public TestReport {
 public:
  explicit TapReport(std::FILE* out) : out_(out) {}

  void begin(size_t tests) override { fmt::print(out_, "TAP version 13\n1..{}\n", tests); }
  void add(const TestResult& result) override {
    const bool ok = result.verdict == Verdict::kPass || result.verdict == Verdict::kSkipped;
    fmt::print(out_, "{} {} - {}{}\n", ok ? "ok" : "not ok", ++number_, result.name,
               result.verdict == Verdict::kSkipped ? " # SKIP " + result.message : "");
    if (ok) return;
    fmt::print(out_, "  ---\n  verdict: {}\n  message: {}\n  ...\n", verdict_name(result.verdict),
               nlohmann::json(result.message)
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  void end(const TestTotals&) override {}

 private:
  std::FILE* out_;
  size_t number_ = 0;
};

// A guest's output may hold what XML cannot, and bytes that are no UTF-8.
std::string xml(std::string_view text) {
  return xml_text(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\n' || c == '\t' || (byte >= 0x20 && byte < 0x7f) ? c : '?';
  });
}

class JunitReport final : public TestReport {
 public:
  explicit JunitReport(std::FILE* out) : out_(out) {}

  void begin(size_t) override {}
  void add(const TestResult& result) override {
    cases_ += fmt::format("    <testcase name=\"{}\" classname=\"rvx\" time=\"{:.6f}\"",
                          xml(result.name), seconds(result.host_ns));
    if (result.verdict == Verdict::kPass) {
      cases_ += "/>\n";
      return;
    }
    const char* element = result.verdict == Verdict::kSkipped ? "skipped"
                          : result.verdict == Verdict::kError ? "error"
                                                              : "failure";
    cases_ += fmt::format(">\n      <{} message=\"{}\"", element, xml(result.message));
    cases_ += result.verdict == Verdict::kSkipped
                  ? "/>\n"
                  : fmt::format(" type=\"{}\"/>\n", verdict_name(result.verdict));
    if (!result.output.empty())
      cases_ += fmt::format("      <system-out>{}</system-out>\n", xml(result.output));
    cases_ += "    </testcase>\n";
  }
  void end(const TestTotals& totals) override {
    fmt::print(out_,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
               "  <testsuite name=\"rvx\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
               "skipped=\"{}\" time=\"{:.3f}\">\n{}  </testsuite>\n</testsuites>\n",
               totals.tests, totals.of(Verdict::kFail) + totals.of(Verdict::kTimeout),
               totals.of(Verdict::kError), totals.of(Verdict::kSkipped), seconds(totals.host_ns),
               cases_);
  }

 private:
  std::FILE* out_;
  std::string cases_;
};

class JsonReport final : public TestReport {
 public:
  explicit JsonReport(std::FILE* out) : out_(out) {}

  void begin(size_t) override {}
  void add(const TestResult& result) override {
    tests_.push_back({{"name", result.name},
                      {"path", result.path},
                      {"verdict", verdict_name(result.verdict)},
                      {"message", result.message},
                      {"instructions", result.instructions},
                      {"seconds", seconds(result.host_ns)},
                      {"output", result.verdict == Verdict::kPass ? "" : result.output}});
  }
  void end(const TestTotals& totals) override {
    nlohmann::ordered_json summary = {{"tests", totals.tests}};
    for (size_t i = 0; i < kVerdicts; ++i)
      summary[verdict_name(static_cast<Verdict>(i))] = totals.count[i];
    summary["seconds"] = seconds(totals.host_ns);
    const nlohmann::ordered_json all = {{"tests", tests_}, {"summary", summary}};
    fmt::print(out_, "{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }

 private:
  std::FILE* out_;
  nlohmann::ordered_json tests_ = nlohmann::ordered_json::array();
};

}  // namespace

std::unique_ptr<TestReport> make_test_report(std::string_view format, std::FILE* out, bool colour) {
  if (format == "text") return std::make_unique<TextReport>(out, colour);
  if (format == "tap") return std::make_unique<TapReport>(out);
  if (format == "junit") return std::make_unique<JunitReport>(out);
  if (format == "json") return std::make_unique<JsonReport>(out);
  return nullptr;
}

}  // namespace rvx::cli
