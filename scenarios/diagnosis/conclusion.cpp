#include "scenarios/diagnosis/conclusion.hpp"

#include "scenarios/diagnosis/account.hpp"
#include "scenarios/diagnosis/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace scenarios::diagnosis {
namespace {

using Judged = std::map<std::pair<std::string, std::string>, Count>;

struct Meaning {
  Row row;
  std::string_view name;
  std::string_view says;
};
constexpr std::array kMeanings{
    Meaning{Row::normal, "normal", "Sound went both ways, and Twilio confirmed that it was played."},
    Meaning{Row::openai_not_generating, "openai_not_generating",
            "OpenAI produced no sound: an answer was due and no audio that can be heard arrived."},
    Meaning{Row::pipeline_blockage, "pipeline_blockage",
            "Sound arrived from OpenAI and stayed inside the bridge: it never left towards Twilio."},
    Meaning{Row::twilio_or_network, "twilio_or_network",
            "Sound left the bridge and was not played: it was lost at Twilio or on the way there."},
    Meaning{Row::left_the_bridge, "left_the_bridge",
            "Sound left the bridge; whether it was played is not visible here."},
    Meaning{Row::bridge_fault, "bridge_fault", "The bridge's own code failed in the middle of the call."},
    Meaning{Row::openai_unreachable, "openai_unreachable", "No session with OpenAI ever came to be."},
    Meaning{Row::openai_misconfigured, "openai_misconfigured",
            "OpenAI did not confirm the audio formats: what it sends would be noise."},
    Meaning{Row::stream_never_started, "stream_never_started",
            "TwiML was served, and Twilio never opened the media stream."},
    Meaning{Row::turned_away, "turned_away", "Callers were turned away before their call could begin."},
    Meaning{Row::nothing_was_due, "nothing_was_due",
            "No answer was due: the caller was not heard to speak, or was gone too soon to tell."},
    Meaning{Row::no_evidence, "no_evidence", "Nothing here says where sound went."},
};

const Meaning& meaning(Row row) {
  return *std::ranges::find(kMeanings, row, &Meaning::row);
}

Row row_of(std::string_view verdict) {
  const auto found = std::ranges::find(kMeanings, verdict, &Meaning::name);
  return found == kMeanings.end() ? Row::nothing_was_due : found->row;
}

/// The response verdicts' names of the table's rows.
Row row_of_response(std::string_view verdict) {
  if (verdict == "silent") return Row::openai_not_generating;
  if (verdict == "stuck") return Row::pipeline_blockage;
  if (verdict == "unconfirmed") return Row::twilio_or_network;
  return verdict == "heard" ? Row::normal : Row::nothing_was_due;
}

struct Finding {
  Row row = Row::nothing_was_due;
  Count times = 0, of = 0;  // of so many that were judged
};

/// Of several, what harms the caller most decides; among those, what happened most.
template <class RowOf>
Finding worst(const Judged& judged, RowOf row_of) {
  std::map<Row, Count> rows;
  Finding found;
  for (const auto& [what, count] : judged) {
    rows[row_of(what.first)] += count;
    found.of += count;
  }
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

Row row_of_counts(const Evidence& e) {
  const auto positive = [](const std::optional<Count>& count) { return count.value_or(0) > 0; };
  if (!e.missing_state.empty() || !e.crashes.empty()) return Row::bridge_fault;
  if (e.openai_failures.contains("misconfigured") && !positive(e.deltas)) return Row::openai_misconfigured;
  if (positive(e.deltas) && !positive(e.frames)) return Row::pipeline_blockage;
  if (positive(e.frames)) return row_of_marks(e);
  if (e.calls_started && e.without_calls()) return Row::nothing_was_due;
  if (!e.openai_failures.empty()) return Row::openai_unreachable;
  if (e.inbound_path_only) return Row::pipeline_blockage;
  // That nothing came proves nothing: a caller may not have spoken yet. Who waits does.
  if (!e.watchdog.empty() || e.silent_now.value_or(0) > 0) return Row::openai_not_generating;
  return e.deltas || e.calls_started ? Row::nothing_was_due : Row::no_evidence;
}

/// What the bridge judged itself, or what its numbers say.
Finding of_calls(const Evidence& e) {
  if (!e.call_verdicts.empty()) return worst(e.call_verdicts, [](std::string_view v) { return row_of(v); });
  if (!e.response_verdicts.empty()) {
    const auto found = worst(e.response_verdicts, row_of_response);
    if (found.row != Row::nothing_was_due) return found;
  }
  return {row_of_counts(e), 0, 0};
}

/// A wrong token or none may be a stranger's; whatever else is turned away is a call.
bool of_a_stranger(std::string_view reason) {
  return reason == "bad_token" || reason == "replayed";
}

Count turned_away(const Evidence& e) {
  Count times = 0;
  for (const auto* refused : {&e.calls_refused, &e.streams_refused}) {
    for (const auto& [reason, count] : *refused) times += of_a_stranger(reason) ? 0 : count;
  }
  return times;
}

Finding find(const Evidence& e) {
  const auto calls = of_calls(e);
  const auto away = turned_away(e);
  if (away > 0 && (!is_silence(calls.row) || away > calls.times)) {
    const auto judged = e.call_verdicts.empty() ? e.calls_started.value_or(0) : calls.of;
    return {Row::turned_away, away, away + judged};
  }
  const bool asked_in_vain = e.signature_failures.value_or(0) > 0 || !e.streams_refused.empty();
  if (asked_in_vain && !is_silence(calls.row) && e.without_calls()) return {Row::turned_away, 0, 0};
  return calls;
}

/// The row's own sentence, or one that says more.
std::string_view sentence(Row row, const Evidence& e) {
  if (row == Row::pipeline_blockage && e.inbound_path_only && e.deltas.value_or(0) == 0 && !e.judged()) {
    return "Nothing could leave towards Twilio: only the caller's path was started. Whether OpenAI sent "
           "sound is not visible here: no delta was seen.";
  }
  if (row == Row::nothing_was_due && e.calls_started && e.without_calls()) {
    return "No call came in this time: nothing can be said of sound.";
  }
  if (row == Row::turned_away && turned_away(e) == 0) {
    return "No call began. Requests that did not prove to come from Twilio were refused; if they were "
           "Twilio's, callers heard an error.";
  }
  return meaning(row).says;
}

std::string share_of(const Finding& found, const Evidence& e) {
  if (found.times == 0 || found.of < 2) return {};
  const bool answers = e.call_verdicts.empty() && found.row != Row::turned_away;
  return share(found.times, found.of, answers ? "answers" : "calls");
}

}  // namespace

std::string_view to_string(Row row) {
  return meaning(row).name;
}

bool is_silence(Row row) {
  return row != Row::normal && row != Row::left_the_bridge && row != Row::nothing_was_due &&
         row != Row::no_evidence;
}

int gravity(Row row) {
  if (is_silence(row)) return 3;
  if (row == Row::left_the_bridge) return 2;
  return row == Row::normal ? 1 : 0;
}

std::string share(Count times, Count of, std::string_view what) {
  return fmt::format("in {} of {} {}", times, of, what);
}

Conclusion conclude(const Evidence& evidence) {
  const auto found = find(evidence);
  auto conclusion = conclude(evidence, found.row);
  conclusion.share = share_of(found, evidence);
  return conclusion;
}

Conclusion conclude(const Evidence& evidence, Row row) {
  return {row, {}, std::string(sentence(row, evidence)), tell(evidence), advise(row, evidence)};
}

}  // namespace scenarios::diagnosis
