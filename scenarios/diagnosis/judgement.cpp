#include "scenarios/diagnosis/judgement.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace scenarios::diagnosis {
namespace {

using Judged = std::map<std::pair<std::string, std::string>, Count>;

bool positive(const std::optional<Count>& count) {
  return count.value_or(0) > 0;
}

Count total(const Judged& judged) {
  Count sum = 0;
  for (const auto& [what, count] : judged) sum += count;
  return sum;
}

/// Of several, what harms the caller most decides; among those, what happened most.
Finding worst(const Judged& judged, Row (*row_of)(std::string_view, std::string_view),
              std::string_view what) {
  std::map<Row, Count> rows;
  for (const auto& [verdict, count] : judged) rows[row_of(verdict.first, verdict.second)] += count;
  Finding found{.of = total(judged), .what = what};
  for (const auto& [row, times] : rows) {
    if (std::pair(gravity(row), times) <= std::pair(gravity(found.row), found.times)) continue;
    found.row = row;
    found.times = times;
  }
  return found;
}

/// What marks say where the bridge did not judge them. The first mark of a call may measure the way alone.
Row row_of_marks(const Evidence& e) {
  const auto sent = e.marks_sent.value_or(0);
  if (sent < 2) return Row::left_the_bridge;
  return e.marks_played.value_or(0) * 2 > sent ? Row::normal : Row::twilio_or_network;
}

/// Callers' audio waits inside the bridge now: in each call more than a jam that clears by itself.
bool waits_for_openai(const Evidence& e) {
  constexpr double kJam = 16'000;  // samples at 8 kHz: 2 s
  return e.queued_to_model.value_or(0) > kJam * std::max(1.0, e.calls_active.value_or(0));
}

/// A session took some audio, and then hardly any of what came. Each frame is an append of its own.
bool openai_took_little(const Evidence& e) {
  constexpr Count kWorthJudging = 500;  // frames: 10 s
  return positive(e.appends) && e.caller_frames.value_or(0) >= kWorthJudging &&
         *e.appends * 10 < *e.caller_frames;
}

/// A bot spoke for a while, and not a frame of a caller's came meanwhile. A call's verdict may be that
/// the bot was heard.
bool deaf(const Evidence& e) {
  constexpr Count kWorthJudging = 500;  // frames: 10 s
  return e.caller_frames == Count{0} && e.frames.value_or(0) >= kWorthJudging;
}

/// Several calls came in, none goes on, and of none came a frame; phones of outbound ones may still ring.
/// Beside other bridges a call's stream may be at another one.
bool no_stream_came(const Evidence& e) {
  constexpr Count kSeveral = 3;
  return e.caller_frames == Count{0} && !positive(e.frames) && e.calls_active.value_or(0) <= 0 &&
         e.calls_came.value_or(0) >= kSeveral && !e.streams_elsewhere;
}

Row row_of_counts(const Evidence& e) {
  if (!e.missing_state.empty() || !e.crashes.empty()) return Row::bridge_fault;
  if (e.openai_failures.contains("misconfigured") && !positive(e.deltas)) return Row::openai_misconfigured;
  if (positive(e.deltas) && !positive(e.frames)) return Row::pipeline_blockage;
  if (positive(e.frames)) return row_of_marks(e);
  if (e.calls_started && e.without_calls() && e.tracks.empty()) return Row::nothing_was_due;
  if (openai_took_little(e)) return Row::caller_path_blocked;
  if (!e.openai_failures.empty()) return Row::openai_unreachable;
  if (e.inbound_path_only) return Row::pipeline_blockage;
  // That nothing came proves nothing: a caller may not have spoken yet. Who waits does.
  if (!e.watchdog.empty() || e.silent_now.value_or(0) > 0) return Row::openai_not_generating;
  if (no_stream_came(e)) return Row::stream_never_started;
  if (e.deltas || positive(e.calls_started)) return Row::nothing_was_due;
  return e.tracks.empty() ? Row::no_evidence : Row::no_delta_seen;
}

/// Calls that have no verdict yet, or whose process died before it gave one.
bool some_are_not_over(const Evidence& e) {
  return e.calls_active.value_or(0) > 0 || e.calls_started.value_or(0) > total(e.call_verdicts);
}

/// What callers go through at the moment: not judged yet, and yet the reason why somebody asks.
Finding of_now(const Evidence& e) {
  if (waits_for_openai(e)) return {Row::caller_path_blocked};
  if (e.silent_now.value_or(0) <= 0) return {};
  const auto silent = static_cast<Count>(std::llround(*e.silent_now));
  const auto active = static_cast<Count>(std::llround(e.calls_active.value_or(0)));
  return {Row::openai_not_generating, silent, std::max(active, silent), "calls that go on"};
}

/// The graver one; of two silences the one that more died of, and `one` where they are the same.
const Finding& graver(const Finding& one, const Finding& other) {
  const auto first = gravity(one.row), second = gravity(other.row);
  if (first != second) return first > second ? one : other;
  return is_silence(one.row) && one.row != other.row && other.times > one.times ? other : one;
}

/// What the bridge judged itself, or what its numbers say. A verdict on a call stands for all of its answers,
/// so answers are judged only where some calls have none; whose they are cannot be told.
Finding of_calls(const Evidence& e) {
  const auto lost = e.calls_cut.value_or(0);
  const Finding cut{Row::process_died, lost, lost + total(e.call_verdicts)};
  const auto answers = worst(e.response_verdicts, row_of_response, "answers");
  const bool counted = e.call_verdicts.empty() && answers.row == Row::nothing_was_due;
  const auto over = counted ? Finding{row_of_counts(e)} : worst(e.call_verdicts, row_of_call, "calls");
  const bool ask_answers = e.call_verdicts.empty() || some_are_not_over(e);
  const auto& told = ask_answers ? graver(over, answers) : over;
  const auto& judged = lost > 0 ? graver(cut, told) : told;
  if (deaf(e) && !is_silence(judged.row)) return {Row::no_caller_audio};
  return is_silence(judged.row) ? judged : graver(judged, of_now(e));
}

/// A wrong token or none may be a stranger's; whatever else is turned away is a call.
bool of_a_stranger(std::string_view reason) {
  return reason == "bad_token" || reason == "replayed";
}

}  // namespace

Count turned_away(const Evidence& e) {
  Count times = 0;
  for (const auto* refused : {&e.calls_refused, &e.streams_refused}) {
    for (const auto& [reason, count] : *refused) times += of_a_stranger(reason) ? 0 : count;
  }
  return times + e.connections_refused.value_or(0) + e.webhooks_failed.value_or(0);
}

Finding judge(const Evidence& e) {
  auto calls = of_calls(e);
  const auto away = turned_away(e);
  if (away > 0 && (!is_silence(calls.row) || away > calls.times)) {
    const auto judged = e.call_verdicts.empty() ? e.calls_started.value_or(0) : total(e.call_verdicts);
    return {Row::turned_away, away, away + judged};
  }
  if (asked_in_vain(e) && !is_silence(calls.row)) return {Row::turned_away};
  return calls;
}

bool asked_in_vain(const Evidence& e) {
  const bool refused = e.signature_failures.value_or(0) > 0 || !e.streams_refused.empty();
  return refused && turned_away(e) == 0 && e.without_calls();
}

}  // namespace scenarios::diagnosis
