// What charts share: colours, text, and steps of axes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rvx::cli {

// Told apart with any colour vision (Okabe and Ito), and dark enough on white.
inline constexpr const char* kPlotColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
inline constexpr size_t kPlotColourCount = std::size(kPlotColours);

[[nodiscard]] std::string svg_escaped(std::string_view text);
// `style`: attributes, as they stand in the element.
[[nodiscard]] std::string svg_text(double x, double y, std::string_view style, std::string_view text);

// Steps of 1, 2 and 5 times powers of ten, the first at most `low`, the last at least `high`; both above 0.
[[nodiscard]] std::vector<double> log_steps(double low, double high);
// About `count` steps of 1, 2 or 5 times a power of ten from at most `low` to at least `high`.
[[nodiscard]] std::vector<double> linear_steps(double low, double high, unsigned count);
// Powers of two, or of four and so on where they would be more than `count`.
[[nodiscard]] std::vector<double> log2_steps(double low, double high, unsigned count);

}  // namespace rvx::cli
