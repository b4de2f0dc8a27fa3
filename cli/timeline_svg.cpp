// A timeline as a picture: one SVG file that needs nothing else.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/timeline_output.hpp"
#include "cli/xml.hpp"

namespace rvx::cli {
namespace {

// Sizes in pixels.
constexpr double kWidth = 1280, kNames = 170, kRight = 30, kTop = 64, kHartLane = 26, kThreadLane = 16, kGap = 6;
constexpr double kPlot = kWidth - kNames - kRight;
// A lane with more spans than this is drawn in columns, each with what had most of it.
constexpr size_t kMostSpans = 3000, kColumns = 2 * static_cast<size_t>(kPlot);
constexpr size_t kMostThreads = 60;
// Told apart with any colour vision (Okabe and Ito); more threads get shades in turn.
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f5f00"};
constexpr const char* kIdleColour = "#e8e8e8";

double us(uint64_t ns) { return static_cast<double>(ns) / 1000; }
std::string escaped(std::string_view text) {
  return xml_text(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 ? ' ' : c; });
}

std::string colour_of(int who) {
  if (who < 0) return kIdleColour;
  const auto index = static_cast<size_t>(who);
  if (index < std::size(kColours)) return kColours[index];
  // Hues by the golden angle are far apart.
  return fmt::format("hsl({:.0f} {}% {}%)", std::fmod(static_cast<double>(index) * 137.508, 360), 45 + 20 * (index % 2), 40 + 8 * (index % 3));
}

class Picture {
 public:
  explicit Picture(const Timeline& timeline) : t_(timeline) {
    for (size_t i = 0; i < t_.threads.size(); ++i) {
      if (t_.threads[i].stays.empty()) continue;
      if (shown_.size() < kMostThreads) shown_.push_back(i);
      else ++left_out_;
    }
  }

  std::string draw() {
    double y = kTop;
    const double plot_top = y;
    for (size_t i = 0; i < t_.harts.size(); ++i, y += kHartLane + kGap) hart(i, y);
    y += 2 * kGap;
    for (const size_t i : shown_) {
      thread(i, y);
      y += kThreadLane + kGap;
    }
    if (left_out_ != 0) {
      text(kNames, y + kThreadLane * 0.8, fmt::format("and {} more threads", left_out_), "start", "#555");
      y += kThreadLane + kGap;
    }
    std::string grid = axis(plot_top, y);
    y += 40;
    const double legend_y = y;
    legend(legend_y);
    const double height = legend_y + 24;
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1:.0f}\" viewBox=\"0 0 {0} {1:.0f}\" "
               "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
               "<text x=\"{2}\" y=\"24\" font-size=\"16\">Who ran where</text>\n"
               "<text x=\"{2}\" y=\"44\" fill=\"#555\">{3} events, {4:.1f} to {5:.1f} µs of machine time; point at a bar for more</text>\n",
               kWidth, height, 16, t_.events, us(t_.from), us(t_.to)) +
           grid + body_ + "</svg>\n";
  }

 private:
  double x(double ns) const { return kNames + (ns - static_cast<double>(t_.from)) / static_cast<double>(t_.to - t_.from) * kPlot; }
  double x(uint64_t ns) const { return x(static_cast<double>(ns)); }

  void text(double at, double y, const std::string& words, const char* anchor, const char* colour = "#222") {
    body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", at, y, anchor, colour, escaped(words));
  }
  void bar(double from, double to, double y, double height, const std::string& colour, const std::string& title) {
    body_ += fmt::format("<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\">", from, y, std::max(to - from, 0.3), height, colour);
    if (!title.empty()) body_ += "<title>" + escaped(title) + "</title>";
    body_ += "</rect>\n";
  }

  void hart(size_t index, double y) {
    const Timeline::Hart& hart = t_.harts[index];
    text(kNames - 8, y + kHartLane * 0.65, fmt::format("hart {}", index), "end");
    if (hart.spans.size() > kMostSpans) {
      const std::vector<int> columns = columns_of(t_, hart, kColumns);
      for (size_t i = 0; i < kColumns;) {
        size_t end = i + 1;
        while (end < kColumns && columns[end] == columns[i]) ++end;
        const double step = kPlot / static_cast<double>(kColumns);
        if (columns[i] != kNobody)
          bar(kNames + step * static_cast<double>(i), kNames + step * static_cast<double>(end), y, kHartLane, colour_of(columns[i]),
              columns[i] < 0 ? "mostly idle" : "mostly " + t_.name_of(t_.threads[static_cast<size_t>(columns[i])]));
        i = end;
      }
      return;
    }
    for (const Timeline::Span& span : hart.spans) {
      const std::string_view reason = span.who < 0 ? std::string_view() : reason_name(span.detail);
      bar(x(span.from), x(span.to), y, kHartLane, colour_of(span.who),
          fmt::format("{}: {:.3f} to {:.3f} µs, {:.3f} µs{}{}", t_.name_of(span), us(span.from), us(span.to), us(span.to - span.from), reason.empty() ? "" : "; then ", reason));
      const double width = x(span.to) - x(span.from);
      const std::string name = t_.name_of(span);
      if (span.who >= 0 && width > 7.5 * static_cast<double>(name.size())) text((x(span.from) + x(span.to)) / 2, y + kHartLane * 0.65, name, "middle", "white");
    }
  }

  void thread(size_t index, double y) {
    const Timeline::Thread& thread = t_.threads[index];
    text(kNames - 8, y + kThreadLane * 0.8, t_.name_of(thread), "end");
    // Where there are too many, what would not be seen is left out.
    const double least = thread.stays.size() > kMostSpans ? kPlot / static_cast<double>(kColumns) : 0;
    double drawn_to = 0;
    for (const Timeline::Stay& stay : thread.stays) {
      const double from = x(stay.from), to = x(stay.to);
      if (least != 0 && to < drawn_to + least) continue;
      drawn_to = to;
      const bool runs = stay.state == Timeline::State::kRunning, waits = stay.state == Timeline::State::kBlocked;
      const std::string what = runs ? fmt::format("on hart {}", stay.hart) : waits ? "waits" : "ready";
      const double height = runs ? kThreadLane : waits ? 2 : kThreadLane / 2;
      bar(from, to, y + (kThreadLane - height) / 2, height, runs ? colour_of(static_cast<int>(index)) : waits ? "#999999" : "#f0c850",
          fmt::format("{} {}: {:.3f} to {:.3f} µs, {:.3f} µs", t_.name_of(thread), what, us(stay.from), us(stay.to), us(stay.to - stay.from)));
    }
  }

  std::string axis(double top, double bottom) {
    std::string grid;
    const double from = us(t_.from), to = us(t_.to), distance = tick_distance(to - from, kPlot / 90);
    const int digits = distance >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(distance)));
    for (double at = std::ceil(from / distance) * distance; at <= to * (1 + 1e-12); at += distance) {
      const double where = x(at * 1000);
      grid += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#ddd\"/>\n", where, top - 4, bottom);
      grid += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#555\">{:.{}f}</text>\n", where, bottom + 14, at, digits);
    }
    for (const Timeline::Mark& mark : t_.marks)
      grid += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#d00\" stroke-dasharray=\"3 3\"><title>mark {3} ({4:#x}) at {5:.3f} µs</title></line>\n",
                          x(mark.at), top - 10, bottom, mark.number, mark.argument, us(mark.at));
    return grid + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"#555\">time in µs</text>\n", kWidth - kRight, bottom + 30);
  }

  void legend(double y) {
    double at = kNames;
    const auto entry = [&](const char* colour, double height, const std::string& words) {
      bar(at, at + 24, y + (kThreadLane - height) / 2, height, colour, "");
      text(at + 30, y + kThreadLane * 0.8, words, "start");
      at += 30 + 7 * static_cast<double>(words.size()) + 24;
    };
    entry(kIdleColour, kThreadLane, "idle hart");
    entry("#0072b2", kThreadLane, "runs (a colour for each thread)");
    entry("#f0c850", kThreadLane / 2, "ready, waits for a hart");
    entry("#999999", 2, "waits");
    if (!t_.marks.empty()) text(at, y + kThreadLane * 0.8, "dashed: marks", "start", "#d00");
  }

  const Timeline& t_;
  std::vector<size_t> shown_;
  size_t left_out_ = 0;  // threads without a lane
  std::string body_;
};

}  // namespace

std::string timeline_svg(const Timeline& timeline) { return Picture(timeline).draw(); }

}  // namespace rvx::cli
