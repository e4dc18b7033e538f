#include "scenarios/cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scenarios::cli {
using engine::Result;
namespace {

std::string indented(const std::string& text) {
  std::string out = "      ";
  for (const char c : text) {
    out.push_back(c);
    if (c == '\n') out += "      ";
  }
  return out + "\n";
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

}  // namespace

std::string table_header(std::size_t name_width) {
  return fmt::format("{:<7}{:<{}}  {:<37} {:>6} {:>8}\n", "", "scenario", name_width, "verdict", "lasts",
                     "took");
}

std::string table_line(const Result& result, std::size_t name_width, bool colour) {
  const auto padded = fmt::format("{:<7}", word(result.status));
  std::string line = painted(padded, result.status, colour) +
                     fmt::format("{:<{}}  {:<37} {:>5.1f}s {:>6.0f}ms\n", result.name, name_width,
                                 result.verdict, result.scenario_seconds, result.wall_seconds * 1000);
  for (const auto& failure : result.failures) line += indented(failure);
  const bool again = result.status == Result::Status::failed || result.status == Result::Status::inconclusive;
  if (again && !result.replay.empty()) line += indented("replay: " + result.replay);
  for (const auto& note : result.notes) line += indented("note: " + note);
  if (result.not_applicable > 0) {
    line += indented(fmt::format(
        "{} of {} expectations are not applicable: this bridge does not publish what they ask for",
        result.not_applicable, result.expectations));
  }
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
