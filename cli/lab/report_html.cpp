// Writes the page of a lab: question, prediction, plots, claims, table, model, slides.
#include "cli/lab/report_html.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/lab/report_text.hpp"
#include "cli/svg.hpp"

namespace rvx::cli::lab {
namespace {

constexpr std::string_view kStyle = R"(
:root { --ink: #1c2430; --soft: #5a6675; --line: #dfe4ea; --paper: #fff; --back: #f4f6f8; --accent: #0a5d9c; --good: #0b7a4b; --bad: #b3261e; --none: #6b7280; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 32px 28px 48px; background: var(--paper); }
header { border-bottom: 3px solid var(--accent); padding-bottom: 14px; margin-bottom: 22px; }
header .lab { color: var(--soft); font-size: 14px; letter-spacing: .03em; }
h1 { font-size: 29px; line-height: 1.2; margin: 4px 0 10px; }
h2 { font-size: 20px; margin: 38px 0 12px; padding-bottom: 5px; border-bottom: 1px solid var(--line); }
h3 { font-size: 16px; margin: 0 0 6px; }
p { margin: 8px 0; }
.question { font-size: 19px; }
.prediction { background: #eef4fa; border-left: 4px solid var(--accent); padding: 10px 14px; margin: 14px 0; }
.tally { display: inline-block; font-weight: bold; font-size: 14px; padding: 3px 10px; border-radius: 12px; color: white; }
.tally.good { background: var(--good); } .tally.bad { background: var(--bad); }
figure { margin: 0 0 26px; break-inside: avoid; }
figure svg { width: 100%; height: auto; display: block; }
figcaption { font-weight: bold; margin-bottom: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 4px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { background: #f0f3f6; border-bottom: 2px solid #c9d1d9; vertical-align: bottom; }
th small { display: block; font-weight: normal; color: var(--soft); }
.w { text-align: left; }
td.host, th.host { color: var(--soft); font-style: italic; }
tr.failed td { color: var(--bad); }
tbody tr:hover { background: #f7fafc; }
.claim { display: grid; grid-template-columns: 64px 1fr; gap: 4px 14px; padding: 11px 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
.verdict { font-size: 13px; font-weight: bold; text-align: center; border-radius: 4px; padding: 2px 4px; align-self: start; color: white; background: var(--none); }
.pass { background: var(--good); } .fail { background: var(--bad); }
.figures { color: var(--soft); font-size: 14px; } .figures code { color: var(--ink); }
details summary { cursor: pointer; color: var(--accent); font-size: 14px; margin-top: 4px; }
ul { margin: 4px 0; padding-left: 20px; }
.slides td, .slides th { text-align: left; white-space: normal; vertical-align: top; padding: 9px 12px; width: 33%; font-size: 15px; }
code, pre { font: 13px/1.45 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: #f4f6f8; border: 1px solid var(--line); padding: 12px; overflow-x: auto; white-space: pre-wrap; }
footer { color: var(--soft); font-size: 13px; margin-top: 34px; border-top: 1px solid var(--line); padding-top: 10px; }
@media (max-width: 640px) { main { padding: 18px 14px; } h1 { font-size: 23px; } .question { font-size: 17px; } .claim { grid-template-columns: 1fr; } .verdict { justify-self: start; padding: 2px 10px; }
  .slides thead { display: none; } .slides tr, .slides td { display: block; width: auto; } .slides td { border: 0; } .slides td::before { content: attr(data-head); display: block; color: var(--soft); font-size: 12px; } .slides tr { border-bottom: 1px solid var(--line); }
  figure { overflow-x: auto; } figure svg { min-width: 430px; } }
@media print { body { background: white; font-size: 11pt; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } details > *:not(summary) { display: block; } details summary { display: none; } th, td { padding: 2px 6px; font-size: 9pt; } .scroll { overflow: visible; } }
)";

std::string text(std::string_view raw) { return svg_escaped(raw); }

std::string section(const char* title, const std::string& body) {
  return body.empty() ? "" : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", title, body);
}

std::string head_part(const LabRun& run) {
  const Results& results = run.results;
  const size_t failed = failed_claims(results, run.judgements), points = results.failed();
  size_t counted = 0;
  const auto count = [&](Verdict verdict) {
    size_t n = 0;
    for (size_t i = 0; i < run.judgements.size(); ++i) n += !results.lab.claims[i].is_host && run.judgements[i].verdict == verdict ? 1 : 0;
    return n;
  };
  for (const Claim& claim : results.lab.claims) counted += claim.is_host ? 0 : 1;
  std::string tally = fmt::format("{} of {} claims hold", count(Verdict::kHolds), counted);
  if (const auto none = count(Verdict::kNotApplicable); none != 0) tally += fmt::format(", {} not applicable here", none);
  if (points != 0) tally += fmt::format(", {} of {} points failed", points, results.points.size());
  std::string html = fmt::format("<header>\n<div class=\"lab\">rvx lab {}</div>\n<h1>{}</h1>\n<span class=\"tally {}\">{}</span>\n</header>\n", text(results.lab.name),
                                 text(results.lab.title), failed + points == 0 ? "good" : "bad", tally);
  html += fmt::format("<p class=\"question\">{}</p>\n<div class=\"prediction\">{}", text(results.lab.question), text(results.lab.prediction));
  if (!run.guesses.empty()) {
    html += "<ul>\n";
    for (const Guess& guess : run.guesses)
      html += fmt::format("<li>{} <b>Your guess:</b> {}{}</li>\n", text(guess.measured.empty() ? "" : guess.text), text(guess.answer),
                          guess.measured.empty() ? "" : fmt::format("; <b>measured:</b> {}", text(guess.measured)));
    html += "</ul>";
  }
  return html + "</div>\n";
}

std::string plots_part(const Results& results) {
  std::string html;
  for (const Plot& plot : results.lab.plots) {
    const std::string svg = svg_plot(results, plot);
    if (svg.empty()) continue;
    html += fmt::format("<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n", text(plot.title), svg);
  }
  return html;
}

std::string claims_part(const LabRun& run) {
  std::string html;
  for (size_t i = 0; i < run.judgements.size(); ++i) {
    const Claim& claim = run.results.lab.claims[i];
    const Judgement& judgement = run.judgements[i];
    const char* style = judgement.verdict == Verdict::kHolds ? "pass" : judgement.verdict == Verdict::kFails ? "fail" : "";
    const char* shown = judgement.verdict == Verdict::kNotApplicable ? "n/a" : verdict_text(judgement.verdict);
    html += fmt::format("<div class=\"claim\"><span class=\"verdict {}\">{}</span><div><h3>{}</h3>\n", style, shown, text(claim.text));
    html += fmt::format("<div class=\"figures\"><code>{}</code>{}: {}", text(claim.name), claim.is_host ? " (on this host; does not count)" : "", text(judgement.summary));
    if (!judgement.figures.empty()) {
      std::string list;
      for (const std::string& figure : judgement.figures) list += fmt::format("<li>{}</li>", text(figure));
      const bool is_short = judgement.figures.size() == 1 || judgement.verdict == Verdict::kFails;
      html += is_short ? fmt::format("<ul>{}</ul>", list) : fmt::format("<details><summary>figures</summary><ul>{}</ul></details>", list);
    }
    html += "</div></div></div>\n";
  }
  return html;
}

std::string table_part(const Results& results) {
  const Lab& lab = results.lab;
  const std::vector<std::string> names = table_names(lab);
  std::vector<std::string> styles;
  std::string html = "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const std::string& name : names) {
    const Column* column = lab.column(name);
    const bool is_word = !results.points.empty() && word(results.value(0, name)) != nullptr;
    styles.push_back(is_word ? "w" : column != nullptr && column->is_host ? "host" : "");
    const Parameter* parameter = lab.parameter(name);
    const std::string tip = column != nullptr ? (column->text.empty() ? column->source : column->text + ": " + column->source) : parameter->text;
    html += fmt::format("<th class=\"{}\" title=\"{}\">{}<small>{}</small></th>", styles.back(), text(tip), text(name), text(lab.unit(name)));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (size_t i = 0; i < results.points.size(); ++i) {
    const PointResult& result = results.points[i];
    html += result.is_ok() ? "<tr>" : fmt::format("<tr class=\"failed\" title=\"{}\">", text(result.failure));
    for (size_t k = 0; k < names.size(); ++k) html += fmt::format("<td class=\"{}\">{}</td>", styles[k], text(cell_text(results, i, names[k])));
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n";
  for (size_t i = 0; i < results.points.size(); ++i)
    if (!results.points[i].is_ok())
      html += fmt::format("<p><b>Failed:</b> {}: {}</p>\n", text(point_text(lab, results.sweep.points[i])), text(results.points[i].failure));
  return html;
}

std::string slides_part(const Results& results) {
  const std::vector<SlideText> slides = slide_texts(results);
  if (slides.empty()) return {};
  std::string html = "<table class=\"slides\">\n<thead><tr><th>The slide says</th><th>Measured</th><th>Holds when</th></tr></thead>\n<tbody>\n";
  for (const SlideText& slide : slides)
    html += fmt::format("<tr><td data-head=\"The slide says\">{}</td><td data-head=\"Measured\">{}</td><td data-head=\"Holds when\">{}</td></tr>\n",
                        text(slide.says), text(slide.measured), text(slide.holds));
  return html + "</tbody></table>\n";
}

std::string machine_part(const Results& results) {
  std::string html = fmt::format("<p>This page: <code>{}</code></p>\n", text(results.command_line));
  html += fmt::format("<p>Its first point by itself, of {}:</p>\n<pre>{}</pre>\n", results.commands.size(), text(results.commands.front().shown));
  std::set<std::string> seen;
  for (const PointCommand& command : results.commands) {
    if (command.model_text.empty() || !seen.insert(command.model_text).second) continue;
    html += fmt::format("<details><summary>Model {}{}</summary><pre>{}</pre></details>\n", text(command.model_name), seen.size() == 1 ? "" : fmt::format(", variant {}", seen.size()),
                        text(command.model_text));
  }
  if (seen.empty()) html += "<p>No model of TLBs and caches: one cycle for each instruction.</p>\n";
  return html;
}

}  // namespace

std::string html_report(const LabRun& run) {
  const Results& results = run.results;
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      text(results.lab.title), kStyle);
  html += head_part(run);
  html += section("Plots", plots_part(results));
  html += section("Claims", claims_part(run));
  html += section("The slide, and what was measured", slides_part(results));
  html += section("Every point", table_part(results));
  html += section("How this was run", machine_part(results));
  html += fmt::format("<footer>{}{}</footer>\n", text(results.version), results.choice.is_quick ? "; a quick run, with fewer points than the lab has" : "");
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace rvx::cli::lab
