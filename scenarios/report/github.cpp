#include "scenarios/report/github.hpp"

#include "scenarios/report/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>
#include <vector>

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

std::string annotation(const ScenarioRecord& scenario, const Finding& finding, const fs::path& root) {
  std::string text = finding.headline;
  if (!finding.detail.empty()) text += "\n" + finding.detail;
  text = bounded(text, kMostMessage);
  if (!scenario.result.replay.empty()) text += "\nreplay: " + scenario.result.replay;
  const bool late = scenario.result.status == Result::Status::inconclusive;
  const std::string place =
      finding.file.empty()
          ? ""
          : fmt::format("file={},line={},", property(relative(finding.file, root)), finding.line);
  return fmt::format("::{} {}title={}::{}\n", late ? "warning" : "error", place,
                     property(scenario.result.name), message(text));
}

/// As many as GitHub shows.
std::string most_of(const std::vector<std::string>& all) {
  std::string out;
  for (std::size_t i = 0; i < std::min(all.size(), kMostAnnotations); ++i) out += all[i];
  if (all.size() > kMostAnnotations)
    out += fmt::format("::notice::{} of {} findings are annotated; the report has them all\n",
                       kMostAnnotations, all.size());
  return out;
}

/// The bridge and the kind of time, which the names of most bridges say.
std::string surroundings(const RunRecord& run) {
  const std::string time = run.time + " time";
  return run.bridge.find(time) != std::string::npos ? run.bridge : run.bridge + ", " + time;
}

}  // namespace

std::string github_annotations(const RunRecord& run, const fs::path& root) {
  std::vector<std::string> first, rest;  // of each scenario
  for (const auto& scenario : run.scenarios) {
    if (engine::good(scenario.result.status)) continue;
    bool is_first = true;
    for (const auto& finding : findings(scenario))
      (std::exchange(is_first, false) ? first : rest).push_back(annotation(scenario, finding, root));
  }
  first.insert(first.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
  return most_of(first);
}

std::string github_annotations(std::string_view problems, const fs::path& root) {
  static const std::regex place("^(.+?)(?::([0-9]+):([0-9]+))?: error: (.*)$");
  std::vector<std::string> all;
  std::istringstream lines{std::string(problems)};
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (line.size() > kMostMessage || !std::regex_match(line, found, place)) continue;
    const std::string at = found[2].matched ? ",line=" + found[2].str() + ",col=" + found[3].str() : "";
    all.push_back(fmt::format("::error file={}{},title=linecheck::{}\n",
                              property(relative(found[1].str(), root)), at, message(found[4].str())));
  }
  return most_of(all);
}

std::string without_commands(std::string_view text) {
  std::string out;
  bool only_space = true;  // since the line began
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    out.push_back(text[i]);
    // A word joiner between the two characters that make it one: nobody sees it.
    if (rest.starts_with("##[") || (only_space && rest.starts_with("::"))) out += "\u2060";
    only_space = text[i] == '\n' || (only_space && (text[i] == ' ' || text[i] == '\t'));
  }
  return out;
}

std::string github_summary(const RunRecord& run) {
  const Totals all = totals(run);
  std::string out = fmt::format("### linecheck: {} passed, {} failed, {} could not be run", all.passed,
                                all.failed, all.broken);
  if (all.inconclusive > 0) out += fmt::format(", {} inconclusive", all.inconclusive);
  out += also_good(all);
  if (all.other_time > 0) out += fmt::format(", {} for the other kind of time only", all.other_time);
  out += "\n\n" + cell(surroundings(run)) + "\n\n";
  if (const auto early = ended_early(run); !early.empty())
    out += "**The report is not whole: " + early + ".**\n\n";
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
