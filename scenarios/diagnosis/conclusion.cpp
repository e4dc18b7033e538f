#include "scenarios/diagnosis/conclusion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
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

/// Of several, what harms the caller most decides; among those, what happened most.
template <class RowOf>
Row worst(const Judged& judged, RowOf row_of) {
  Row row = Row::nothing_was_due;
  Count most = 0;
  for (const bool bad : {true, false}) {
    for (const auto& [what, count] : judged) {
      const auto candidate = row_of(what.first);
      const bool harmless = candidate == Row::normal || candidate == Row::nothing_was_due;
      if (harmless == bad || count <= most) continue;
      if (candidate == Row::nothing_was_due && most > 0) continue;
      row = candidate;
      most = count;
    }
    if (most > 0) break;
  }
  return row;
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
  if (!e.openai_failures.empty()) return Row::openai_unreachable;
  if (e.inbound_path_only) return Row::pipeline_blockage;
  if (e.deltas || !e.watchdog.empty()) return Row::openai_not_generating;
  return Row::no_evidence;
}

Row row_of(const Evidence& e) {
  if (!e.call_verdicts.empty()) return worst(e.call_verdicts, [](std::string_view v) { return row_of(v); });
  if (!e.response_verdicts.empty()) {
    const auto row = worst(e.response_verdicts, row_of_response);
    if (row != Row::nothing_was_due) return row;
  }
  return row_of_counts(e);
}

std::string verdict_list(const Judged& judged) {
  std::vector<std::string> parts;
  for (const auto& [what, count] : judged) {
    const bool reasoned = !what.second.empty() && what.second != "none";
    parts.push_back(fmt::format("{} x {}{}", count, what.first, reasoned ? " (" + what.second + ")" : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string counts(const std::map<std::string, Count>& by) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : by) parts.push_back(fmt::format("{} x {}", count, name));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Frames are known to the last batch of 50, and every call may be in the middle of one.
void tell_unsent(const Evidence& e, std::vector<std::string>& lines) {
  constexpr Count kFrameBytes = 160, kBatch = 50, kWorthTelling = 16'000;  // 2 s of mu-law
  if (e.judged() || !e.frames || !e.delta_bytes) return;
  const auto sent = (*e.frames + kBatch) * kFrameBytes;
  if (*e.delta_bytes < sent + kWorthTelling) return;
  lines.push_back(fmt::format(
      "at least {:.1f} s of the model's sound did not leave: callers interrupted it, or the path to "
      "Twilio is blocked",
      static_cast<double>(*e.delta_bytes - sent) / 8000));
}

void tell_counts(const Evidence& e, std::vector<std::string>& lines) {
  if (e.caller_frames) {
    lines.push_back(fmt::format("caller to model: {} frames came from Twilio, {} appends went to OpenAI",
                                *e.caller_frames, e.appends.value_or(0)));
  }
  if (e.deltas) {
    lines.push_back(
        fmt::format("model to bridge: {} audio deltas, {} bytes", *e.deltas, e.delta_bytes.value_or(0)));
  }
  if (e.frames)
    lines.push_back(
        fmt::format("bridge to Twilio: {}{} frames of 20 ms", e.by_markers ? "at least " : "", *e.frames));
  tell_unsent(e, lines);
  if (e.marks_sent) {
    lines.push_back(fmt::format(
        "Twilio to bridge: {} marks sent; {} came back when played, {} too early, {} cleared", *e.marks_sent,
        e.marks_played.value_or(0), e.marks_early.value_or(0), e.marks_cleared.value_or(0)));
  }
}

std::vector<std::string> tell(const Evidence& e) {
  std::vector<std::string> lines;
  if (!e.call_verdicts.empty())
    lines.push_back("the bridge's verdicts on calls: " + verdict_list(e.call_verdicts));
  if (!e.response_verdicts.empty()) {
    lines.push_back("the bridge's verdicts on answers: " + verdict_list(e.response_verdicts));
  }
  tell_counts(e, lines);
  if (!e.watchdog.empty()) lines.push_back("the watchdog fired: " + counts(e.watchdog));
  if (!e.openai_failures.empty()) lines.push_back("OpenAI failed: " + counts(e.openai_failures));
  if (e.silent_now.value_or(0) > 0) {
    lines.push_back(fmt::format("calls in which a caller hears nothing right now: {}", *e.silent_now));
  }
  if (e.tracks_refused.value_or(0) > 0) {
    lines.push_back(fmt::format("Twilio refused the track {} times (31941)", *e.tracks_refused));
  }
  if (!e.tracks.empty())
    lines.push_back(fmt::format("TwiML was served with track {}", fmt::join(e.tracks, ", ")));
  for (const auto& name : e.missing_state) {
    lines.push_back(fmt::format("state of the call was used before it existed: `{}`", name));
  }
  for (const auto& crash : e.crashes) lines.push_back("an exception: " + crash);
  if (e.inbound_path_only) {
    lines.push_back("only one audio path was started, Twilio to the model; none leads back to the caller");
  }
  for (const auto& [kind, text] : e.sample) {
    if (kind == "delta" || kind == "frame" || kind == "state" || kind == "one_path")
      lines.push_back("  > " + text);
  }
  return lines;
}

void advise_on_openai(const Evidence& e, std::vector<std::string>& next) {
  if (e.openai_failures.contains("insufficient_quota") || e.openai_failures.contains("quota")) {
    next.emplace_back("The account's quota is used up: look at its billing page; retrying will not help.");
  } else if (e.openai_failures.contains("rate_limit_exceeded")) {
    next.emplace_back("The account's rate limit is hit: fewer calls at a time, or a higher limit.");
  } else if (e.openai_failures.contains("invalid_api_key") || e.openai_failures.contains("auth")) {
    next.emplace_back("The key is refused: check OPENAI_API_KEY.");
  }
  next.emplace_back("Look for `failed` or `incomplete` in response.done and for `error` events in the log.");
  next.emplace_back(
      "Check that session.update was confirmed, with output_modalities audio: linecheck run "
      "scenarios/library/silence shows how each way to be silent looks.");
}

std::vector<std::string> advise(Row row, const Evidence& e) {
  std::vector<std::string> next;
  switch (row) {
    case Row::openai_not_generating:
    case Row::openai_unreachable:
      advise_on_openai(e, next);
      break;
    case Row::openai_misconfigured:
      next.emplace_back(
          "Compare the formats in session.updated with the ones asked for (audio/pcmu both ways).");
      break;
    case Row::pipeline_blockage:
      if (e.inbound_path_only) {
        next.emplace_back(
            "Start the path back: deltas of OpenAI to media messages of Twilio. It does not exist.");
      }
      next.emplace_back(
          "Look at what stands between the delta and the socket: a task that died, a lock, a full "
          "queue, a socket that takes nothing (voicebridge_twilio_unacked_bytes).");
      next.emplace_back(
          "linecheck run scenarios/library/line --tags diagnosis shows how a blocked path looks.");
      break;
    case Row::twilio_or_network:
    case Row::left_the_bridge:
      if (row == Row::left_the_bridge) {
        next.emplace_back(
            "To make it visible: send a mark after the audio and count what comes back "
            "(voicebridge_twilio_marks_echoed_total), or call the bridge: linecheck call URL --record "
            "heard.wav");
      }
      next.emplace_back(
          "Ask which TwiML is served: linecheck verify-twiml URL. A <Start>, or a track that the "
          "account's rules swallow, plays nothing.");
      next.emplace_back("Look at the call in Twilio's debugger for 319xx codes.");
      break;
    case Row::bridge_fault:
      if (!e.missing_state.empty()) {
        next.emplace_back(
            "Create that state where the call is created, before its first event can arrive: "
            "linecheck run scenarios/library/barge-in/first-event-is-a-cancel.yaml");
      } else {
        next.emplace_back(
            "It is a bug of the bridge: the log has the exception; keep the call's lines with the report.");
      }
      break;
    case Row::stream_never_started:
      next.emplace_back(
          "linecheck verify-twiml URL; then look at the proxy in front of the bridge: does it pass "
          "WebSocket upgrades?");
      break;
    case Row::nothing_was_due:
      next.emplace_back(
          "If the caller did speak: check that media arrives (track inbound) and the turn detection.");
      break;
    case Row::no_evidence:
      next.emplace_back(
          "Feed it a log with the markers [RX_AUDIO_DELTA] and [TX_FRAME_...], or the bridge's /metrics.");
      break;
    case Row::normal:
      break;
  }
  return next;
}

}  // namespace

std::string_view to_string(Row row) {
  return meaning(row).name;
}

bool Conclusion::silent() const {
  return row != Row::normal && row != Row::left_the_bridge && row != Row::nothing_was_due &&
         row != Row::no_evidence;
}

Conclusion conclude(const Evidence& evidence) {
  Conclusion conclusion;
  conclusion.row = row_of(evidence);
  conclusion.says = meaning(conclusion.row).says;
  conclusion.evidence = tell(evidence);
  conclusion.next = advise(conclusion.row, evidence);
  return conclusion;
}

}  // namespace scenarios::diagnosis
