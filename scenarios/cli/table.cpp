#include "scenarios/cli/table.hpp"

#include "scenarios/report/leg.hpp"
#include "scenarios/report/record.hpp"
#include "scenarios/text/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace scenarios::cli {
using engine::Result;
namespace {

// Columns of the table.
constexpr std::size_t kStatus = 7;
constexpr std::size_t kBetween = 2;        // the name and the verdict
constexpr std::size_t kVerdict = 37;       // where the names are short
constexpr std::size_t kUsualVerdict = 20;  // where they are long
constexpr std::size_t kSeconds = 16;       // lasts and took
constexpr std::size_t kMargin = 6;         // of what stands below a line

std::string indented(const std::string& text) {
  const std::string margin(kMargin, ' ');
  std::string out = margin;
  for (const char c : text) {
    out.push_back(c);
    if (c == '\n') out += margin;
  }
  return out + "\n";
}

std::string paragraph(const std::string& text) {
  return indented(text::wrapped(text, kMargin));
}

std::string_view word(Result::Status status) {
  switch (status) {
    case Result::Status::passed:
      return "pass";
    case Result::Status::failed:
      return "FAIL";
    case Result::Status::known_failing:
      return "known";
    case Result::Status::inconclusive:
      return "UNSURE";
    case Result::Status::not_applicable:
      return "n/a";
    case Result::Status::not_deterministic:
      return "DIFFER";
    case Result::Status::broken:
      return "BROKEN";
  }
  return "";
}

std::string painted(std::string_view text, Result::Status status, bool colour) {
  if (!colour) return std::string(text);
  constexpr int kGreen = 32, kRed = 31, kYellow = 33;
  const bool passed = status == Result::Status::passed;
  const bool odd = engine::good(status) || status == Result::Status::inconclusive;
  return fmt::format("\x1b[{}m{}\x1b[0m", passed ? kGreen : odd ? kYellow : kRed, text);
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t taken = text::columns(text);
  return text.append(width - std::min(width, taken), ' ');
}

/// Name and verdict, as wide in every line. Long ones move the verdict out of its column, or below the name.
std::string name_and_verdict(const std::string& name, const std::string& verdict, std::size_t name_width) {
  const std::size_t width = std::min(name_width + kBetween + kVerdict, text::kColumns - kStatus - kSeconds);
  const std::size_t of_name = text::columns(name), of_verdict = text::columns(verdict);
  if (of_name + kBetween + of_verdict > width)
    return fmt::format("{}\n{:{}}{}", name, "", kStatus, padded(verdict, width));
  const auto column = std::min(name_width, width - kBetween - std::max(of_verdict, kUsualVerdict));
  const std::string gap(std::max(column, of_name) - of_name + kBetween, ' ');
  return padded(name + gap + verdict, width);
}

/// Which expectations could not be asked of this bridge, by what stood against it.
std::string not_applicable(const Result& result) {
  std::map<std::string, std::string> lines;
  for (const auto& judged : result.judged) {
    if (judged.outcome.status != engine::Outcome::Status::not_applicable) continue;
    std::string& known = lines[judged.outcome.why];
    known += (known.empty() ? "line " : ", ") + std::to_string(judged.at.line);
    if (judged.at.file != 0) known += " of an included file";
  }
  std::string out = indented(
      fmt::format("{} of {} expectations are not applicable:", result.not_applicable, result.expectations));
  for (const auto& [why, where] : lines) out += paragraph(where + ": " + why);
  return out;
}

/// Twilio's errors in the call that the leg is about, where its sound stopped, and what to look at.
std::string what_went_wrong(const Result& result) {
  if (result.status != Result::Status::failed) return {};
  const auto leg = report::leg_of(result);
  const engine::CallResult* call = leg ? leg->call : nullptr;
  if (!leg && !result.calls.empty()) call = &result.calls[engine::worst_first(result.calls).front()];
  std::string out;
  if (call != nullptr) {
    for (const auto& error : call->twilio_errors) out += paragraph("Twilio: " + error);
  }
  if (!leg || leg->nothing_wrong) return out;
  return out + paragraph(leg->next.empty() ? leg->says : leg->says + " " + leg->next.front());
}

}  // namespace

std::string table_header(std::size_t name_width) {
  return fmt::format("{:{}}{} {:>6} {:>8}\n", "", kStatus,
                     name_and_verdict("scenario", "verdict", name_width), "lasts", "took");
}

std::string table_line(const Result& unredacted, std::size_t name_width, bool colour) {
  const Result result = report::redacted(unredacted);
  const auto status = fmt::format("{:<{}}", word(result.status), kStatus);
  std::string line =
      painted(status, result.status, colour) +
      fmt::format("{} {:>5.1f}s {:>6.0f}ms\n", name_and_verdict(result.name, result.verdict, name_width),
                  result.scenario_seconds, result.wall_seconds * 1000);
  for (const auto& failure : result.failures) line += indented(failure);
  line += what_went_wrong(result);
  const bool again = result.status == Result::Status::failed || result.status == Result::Status::inconclusive;
  if (again && !result.replay.empty()) line += indented("replay: " + result.replay);
  for (const auto& note : result.notes) line += indented("note: " + note);
  if (result.not_applicable > 0) line += not_applicable(result);
  return line;
}

std::string summary(const std::vector<Result>& results, std::size_t not_run, double wall_seconds) {
  const auto count = [&](Result::Status status) {
    return std::count_if(results.begin(), results.end(), [&](const Result& r) { return r.status == status; });
  };
  double lasted = 0;
  for (const auto& result : results) lasted += result.scenario_seconds;
  std::string text = fmt::format("{} passed, {} failed, {} could not be run", count(Result::Status::passed),
                                 count(Result::Status::failed), count(Result::Status::broken));
  const auto add = [&](auto number, std::string_view what) {
    if (number > 0) text += fmt::format(", {} {}", number, what);
  };
  add(count(Result::Status::not_deterministic), "not deterministic");
  add(count(Result::Status::inconclusive), "inconclusive");
  add(count(Result::Status::known_failing), "known to fail");
  add(count(Result::Status::not_applicable), "not applicable");
  add(not_run, "not run");
  return fmt::format("{}: {:.1f} s of calls in {:.2f} s\n", text, lasted, wall_seconds);
}

}  // namespace scenarios::cli
