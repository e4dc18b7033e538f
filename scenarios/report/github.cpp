#include "scenarios/report/github.hpp"

#include "scenarios/report/escape.hpp"

#include <fmt/format.h>

namespace scenarios::report {
namespace {

using engine::Result;
namespace fs = std::filesystem;
constexpr std::size_t kMostAnnotations = 10;
constexpr std::size_t kMostMessage = 2'000;
constexpr std::size_t kMostSections = 50;
constexpr std::size_t kMostRows = 300;

std::string replaced(std::string_view text, std::string_view special, bool property) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos || (property && (c == ':' || c == ','))) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string message(std::string_view text) {
  return replaced(valid_utf8(text), "%\r\n", false);
}

std::string property(std::string_view text) {
  return replaced(valid_utf8(text), "%\r\n", true);
}

std::string relative(const std::string& file, const fs::path& root) {
  std::error_code error;
  const auto path = fs::relative(file, root, error).generic_string();
  return error || path.empty() || path.starts_with("..") ? file : path;
}

/// Text that Markdown leaves alone, in a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : html_text(text)) {
    if (std::string_view("\\`*_[]|#~").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c == '\n' ? ' ' : c);
  }
  return out;
}

std::string section(const ScenarioRecord& scenario) {
  std::string lines;
  for (const auto& finding : findings(scenario)) {
    lines += fmt::format("{}:{}: {}\n", finding.file, finding.line, finding.headline);
    if (!finding.detail.empty()) lines += "    " + finding.detail + "\n";
  }
  if (!scenario.result.replay.empty()) lines += "\n" + scenario.result.replay + "\n";
  return fmt::format(
      "<details open><summary><b>{}</b> {} {}</summary>\n<pre dir=\"auto\">{}</pre>\n</details>\n\n",
      html_text(scenario.result.name), word(scenario.result.status), html_text(scenario.result.verdict),
      html_text(bounded(lines, kMostMessage)));
}

std::string row(const ScenarioRecord& scenario) {
  const auto& result = scenario.result;
  return fmt::format("| {} | {} | {} | {:.1f} s |\n", word(result.status), cell(result.name),
                     cell(result.verdict), result.scenario_seconds);
}

/// ", 2 known to fail, 1 not applicable": what is good and has not passed.
std::string also_good(const Totals& all) {
  std::string out;
  if (all.known_failing > 0) out += fmt::format(", {} known to fail", all.known_failing);
  if (all.left_out > 0) out += fmt::format(", {} not applicable", all.left_out);
  return out;
}

/// The bridge and the kind of time, which the names of most bridges say.
std::string surroundings(const RunRecord& run) {
  const std::string time = run.time + " time";
  return run.bridge.find(time) != std::string::npos ? run.bridge : run.bridge + ", " + time;
}

}  // namespace

std::string github_annotations(const RunRecord& run, const fs::path& root) {
  std::string out;
  std::size_t count = 0;
  for (const auto& scenario : run.scenarios) {
    if (engine::good(scenario.result.status)) continue;
    for (const auto& finding : findings(scenario)) {
      if (++count > kMostAnnotations) continue;
      std::string text = finding.headline;
      if (!finding.detail.empty()) text += "\n" + finding.detail;
      if (!scenario.result.replay.empty()) text += "\nreplay: " + scenario.result.replay;
      const bool placed = !finding.file.empty();
      out += fmt::format(
          "::error {}title={}::{}\n",
          placed ? fmt::format("file={},line={},", property(relative(finding.file, root)), finding.line) : "",
          property(scenario.result.name), message(bounded(text, kMostMessage)));
    }
  }
  if (count > kMostAnnotations) {
    out += fmt::format("::notice::{} of {} findings are annotated; the report has them all\n",
                       kMostAnnotations, count);
  }
  return out;
}

std::string github_summary(const RunRecord& run) {
  const Totals all = totals(run);
  std::string out = fmt::format("### linecheck: {} passed, {} failed, {} could not be run", all.passed,
                                all.failed, all.broken);
  if (all.inconclusive > 0) out += fmt::format(", {} inconclusive", all.inconclusive);
  out += also_good(all) + "\n\n" + cell(surroundings(run)) + "\n\n";
  std::size_t sections = 0, rows = 0;
  std::string good_ones;
  for (const auto& scenario : run.scenarios) {
    const bool good = engine::good(scenario.result.status);
    if (!good && ++sections <= kMostSections) out += section(scenario);
    if (good && ++rows <= kMostRows) good_ones += row(scenario);
  }
  if (sections > kMostSections)
    out += fmt::format("and {} more that did not pass\n\n", sections - kMostSections);
  if (good_ones.empty()) return out;
  out += fmt::format(
      "<details><summary>{} passed{}</summary>\n\n| | scenario | verdict | lasts |\n|---|---|---|---|\n{}",
      all.passed, also_good(all), good_ones);
  if (rows > kMostRows) out += fmt::format("\nand {} more\n", rows - kMostRows);
  return out + "\n</details>\n";
}

}  // namespace scenarios::report
