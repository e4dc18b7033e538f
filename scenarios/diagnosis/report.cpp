#include "scenarios/diagnosis/report.hpp"

#include "scenarios/diagnosis/judgement.hpp"
#include "scenarios/text/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace scenarios::diagnosis {
namespace {

constexpr std::size_t kMostCallsShown = 50;

/// `text` behind `first`, as a paragraph.
std::string paragraph(std::string_view first, std::string_view text) {
  return std::string(first) + text::wrapped(text, first.size()) + '\n';
}

void gravest_first(std::vector<Part>& parts) {
  std::ranges::stable_sort(parts, std::ranges::greater(),
                           [](const Part& part) { return gravity(part.conclusion.row); });
}

/// What can be told of a call of which a part stands in lines that do not name it.
Conclusion cannot_be_told(const Evidence& call, std::string_view says, std::string_view marker) {
  auto conclusion = conclude(call, Row::no_evidence);
  conclusion.says = says;
  conclusion.next = {
      fmt::format("Name the call in the lines of {} too: call=CA..., or its CallSid anywhere.", marker)};
  return conclusion;
}

constexpr std::string_view kFrameMarker = "[TX_FRAME_...]", kDeltaMarker = "[RX_AUDIO_DELTA]";

/// Frames that name no call may be those of any call that has none of its own, and so may deltas.
Conclusion judge_call(const Evidence& call, const Evidence& nameless) {
  auto conclusion = conclude(call);
  if (call.judged()) return conclusion;
  const bool frames = nameless.frames.value_or(0) > 0 && call.frames.value_or(0) == 0;
  if (frames && conclusion.row == Row::pipeline_blockage) {
    return cannot_be_told(
        call, "Sound arrived from OpenAI. Frames left, but their lines do not say for which call.",
        kFrameMarker);
  }
  const bool deltas = nameless.deltas.value_or(0) > 0 && call.deltas.value_or(0) == 0;
  if (deltas && conclusion.row == Row::no_delta_seen) {
    return cannot_be_told(call, "TwiML was served. Deltas came, but their lines do not say for which call.",
                          kDeltaMarker);
  }
  return conclusion;
}

/// What the lines say that name no call. Deltas among them may have become the frames of a call that has no
/// delta of its own; and that one path was announced says nothing against frames that were seen.
Row row_of_nameless(const LogReader& log) {
  const auto row = conclude(log.nameless()).row;
  if (row != Row::pipeline_blockage) return row;
  const bool announced_alone = log.nameless().deltas.value_or(0) == 0 && !log.all().one_way();
  const bool left = std::ranges::any_of(log.calls(), [](const auto& call) {
    return call.second.frames.value_or(0) > 0 && call.second.deltas.value_or(0) == 0;
  });
  return announced_alone || left ? Row::no_evidence : row;
}

/// A track was served to a call, and its sound may be that of a stream that no line ties to its call.
bool of_a_stream(const LogReader& log) {
  return std::ranges::any_of(log.calls(), [](const auto& call) { return call.first.starts_with("MZ"); });
}

/// Requests in vain are told of instead of calls where they are what most calls have come to: a wrong token,
/// a wrong public_url. Fewer are a stranger's, or somebody's test without a signature; so says the alert
/// VoiceBridgeSignatureFailures as well.
bool outweigh(std::size_t in_vain, std::size_t calls) {
  constexpr std::size_t kLeast = 3;
  return calls == 0 || (in_vain >= kLeast && in_vain > calls);
}

std::vector<Part> judge_calls(const LogReader& log) {
  std::vector<Part> calls, in_vain;
  const bool of_streams = of_a_stream(log);
  for (const auto& [call, evidence] : log.calls()) {
    const auto row = conclude(evidence).row;
    if (row == Row::no_evidence || (row == Row::no_delta_seen && of_streams)) continue;
    auto& kind = asked_in_vain(evidence) ? in_vain : calls;
    kind.push_back({call, judge_call(evidence, log.nameless())});
  }
  if (outweigh(in_vain.size(), calls.size())) std::ranges::move(in_vain, std::back_inserter(calls));
  gravest_first(calls);
  return calls;
}

bool untold(const Part& part) {
  return part.conclusion.row == Row::no_evidence;
}

/// Empty, where each call can be told.
std::string of_the_untold(const std::vector<Part>& calls, const Evidence& nameless) {
  if (calls.size() < 2 || std::ranges::none_of(calls, untold)) return {};
  const bool frames = nameless.frames.value_or(0) > 0;
  return paragraph(
             "", fmt::format("{} whose lines name no call: nobody can tell which of these calls was "
                             "silent. Name the call in the lines of {} too.",
                             frames ? "Frames left" : "Deltas came", frames ? kFrameMarker : kDeltaMarker)) +
         '\n';
}

std::string call_table(const std::vector<Part>& calls) {
  std::string out;
  std::map<std::string_view, std::size_t> rows;
  for (const auto& line : calls) ++rows[to_string(line.conclusion.row)];
  for (const auto& [row, count] : rows) out += fmt::format("{:>7}  {}\n", count, row);
  out += '\n';
  for (std::size_t i = 0; i < std::min(calls.size(), kMostCallsShown); ++i) {
    out += fmt::format("  {:<36} {}\n", calls[i].name, to_string(calls[i].conclusion.row));
  }
  if (calls.size() > kMostCallsShown) out += fmt::format("  and {} more\n", calls.size() - kMostCallsShown);
  return out;
}

/// What is said of all calls of a log. A track that was served to nobody named is no call of its own; a crash
/// in a line that names no call may be why the calls are silent.
Conclusion conclude_log(const std::vector<Part>& calls, const LogReader& log) {
  const auto all = log.all();
  const auto nameless = row_of_nameless(log);
  const bool crashed = nameless == Row::bridge_fault && !all.judged();
  if (calls.size() < 2 || crashed) return conclude(all);
  auto conclusion = conclude_parts(calls, all, "calls");
  if (nameless == Row::no_delta_seen || asked_in_vain(log.nameless())) return conclusion;
  if (all.judged() || gravity(nameless) <= gravity(conclusion.row)) return conclusion;
  return conclude(all, nameless);
}

}  // namespace

std::string write_conclusion(const std::string& title, const Conclusion& conclusion) {
  const auto share = conclusion.share.empty() ? "" : " " + conclusion.share;
  auto out = fmt::format("{}: {}{}\n", title, to_string(conclusion.row), share);
  out += paragraph("  ", conclusion.says);
  if (!conclusion.evidence.empty()) out += "  evidence\n";
  for (const auto& line : conclusion.evidence) out += paragraph("    ", line);
  if (!conclusion.next.empty()) out += "  next\n";
  for (std::size_t i = 0; i < conclusion.next.size(); ++i) {
    out += paragraph(fmt::format("    {}. ", i + 1), conclusion.next[i]);
  }
  return out;
}

Conclusion conclude_parts(const std::vector<Part>& parts, const Evidence& all, std::string_view what) {
  std::map<Row, Count> rows;
  for (const auto& part : parts) ++rows[part.conclusion.row];
  const auto worst = std::ranges::max_element(
      rows, {}, [](const auto& row) { return std::pair(gravity(row.first), row.second); });
  auto conclusion = conclude(all, worst->first);
  conclusion.share = share(worst->second, parts.size(), what);
  return conclusion;
}

std::string write_parts(const std::string& title, std::vector<Part> parts, bool details) {
  gravest_first(parts);
  auto out = fmt::format("\n{}\n", title);
  for (const auto& part : parts) {
    const auto& [row, share] = std::pair(part.conclusion.row, part.conclusion.share);
    out += fmt::format("  {:<36} {}{}{}\n", part.name, to_string(row), share.empty() ? "" : " ", share);
  }
  for (const auto& part : parts) {
    if (details && part.conclusion.row != Row::normal)
      out += '\n' + write_conclusion(part.name, part.conclusion);
  }
  return out;
}

LogReport write_log_report(const std::string& source, const LogReader& log, bool details) {
  LogReport report;
  report.text =
      fmt::format("{}: {} lines, {} of them about sound\n\n", source, log.lines(), log.recognised());
  const auto calls = judge_calls(log);
  const auto conclusion = conclude_log(calls, log);
  if (calls.size() > 1) {
    report.text += fmt::format("{} calls\n", calls.size()) + call_table(calls) + '\n' +
                   of_the_untold(calls, log.nameless());
  } else if (calls.empty() && conclusion.row != Row::no_evidence && conclusion.row != Row::nothing_was_due) {
    report.text +=
        paragraph(
            "",
            "The lines name no calls, so calls cannot be told apart: what follows is said of all of them "
            "together.") +
        '\n';
  }
  const bool told_alone = calls.size() == 1 && !untold(calls.front());
  report.text += write_conclusion(told_alone ? calls.front().name : "in all", conclusion);
  report.worst = conclusion.row;
  report.silent = conclusion.silent();
  if (calls.size() < 2) return report;
  for (const auto& line : calls) {
    report.silent = report.silent || line.conclusion.silent();
    const bool shown = details && line.conclusion.row != Row::normal;
    if (shown) report.text += '\n' + write_conclusion(line.name, line.conclusion);
  }
  return report;
}

}  // namespace scenarios::diagnosis
