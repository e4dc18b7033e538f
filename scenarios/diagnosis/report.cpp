#include "scenarios/diagnosis/report.hpp"

#include "scenarios/text/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace scenarios::diagnosis {
namespace {

constexpr std::size_t kMostCallsShown = 50;

/// `text` behind `first`, as a paragraph.
std::string paragraph(std::string_view first, std::string_view text) {
  return std::string(first) + text::wrapped(text, first.size()) + '\n';
}

/// Worse first: what a caller heard nothing of, then what cannot be told, then what went well.
int gravity(const Conclusion& conclusion) {
  if (conclusion.silent()) return 3;
  if (conclusion.row == Row::left_the_bridge) return 2;
  return conclusion.row == Row::normal ? 1 : 0;
}

struct CallLine {
  std::string call;
  Conclusion conclusion;
};

std::vector<CallLine> judge_calls(const LogReader& log) {
  std::vector<CallLine> calls;
  for (const auto& [call, evidence] : log.calls()) {
    auto conclusion = conclude(evidence);
    if (conclusion.row != Row::no_evidence) calls.push_back({call, std::move(conclusion)});
  }
  std::ranges::stable_sort(calls, [](const CallLine& a, const CallLine& b) {
    return gravity(a.conclusion) > gravity(b.conclusion);
  });
  return calls;
}

std::string call_table(const std::vector<CallLine>& calls) {
  std::string out;
  std::map<std::string_view, std::size_t> rows;
  for (const auto& line : calls) ++rows[to_string(line.conclusion.row)];
  for (const auto& [row, count] : rows) out += fmt::format("{:>7}  {}\n", count, row);
  out += '\n';
  for (std::size_t i = 0; i < std::min(calls.size(), kMostCallsShown); ++i) {
    out += fmt::format("  {:<36} {}\n", calls[i].call, to_string(calls[i].conclusion.row));
  }
  if (calls.size() > kMostCallsShown) out += fmt::format("  and {} more\n", calls.size() - kMostCallsShown);
  return out;
}

}  // namespace

std::string write_conclusion(const std::string& title, const Conclusion& conclusion) {
  auto out = fmt::format("{}: {}\n", title, to_string(conclusion.row));
  out += paragraph("  ", conclusion.says);
  if (!conclusion.evidence.empty()) out += "  evidence\n";
  for (const auto& line : conclusion.evidence) out += paragraph("    ", line);
  if (!conclusion.next.empty()) out += "  next\n";
  for (std::size_t i = 0; i < conclusion.next.size(); ++i) {
    out += paragraph(fmt::format("    {}. ", i + 1), conclusion.next[i]);
  }
  return out;
}

LogReport write_log_report(const std::string& source, const LogReader& log, bool details) {
  LogReport report;
  report.text =
      fmt::format("{}: {} lines, {} of them about sound\n\n", source, log.lines(), log.recognised());
  const auto calls = judge_calls(log);
  Evidence all = log.nameless();
  for (const auto& [call, evidence] : log.calls()) all.add(evidence);
  Conclusion conclusion = conclude(all);
  if (calls.size() > 1) {
    report.text += fmt::format("{} calls\n", calls.size()) + call_table(calls) + '\n';
  } else if (calls.empty() && conclusion.row != Row::no_evidence) {
    report.text +=
        paragraph(
            "",
            "The lines name no calls, so calls cannot be told apart: what follows is said of all of them "
            "together.") +
        '\n';
  }
  report.text += write_conclusion(calls.size() == 1 ? calls.front().call : "in all", conclusion);
  report.worst = conclusion.row;
  report.silent = conclusion.silent();
  for (const auto& line : calls) {
    report.silent = report.silent || line.conclusion.silent();
    const bool shown = details && calls.size() > 1 && line.conclusion.row != Row::normal;
    if (shown) report.text += '\n' + write_conclusion(line.call, line.conclusion);
  }
  return report;
}

}  // namespace scenarios::diagnosis
