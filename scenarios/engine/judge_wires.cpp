#include "scenarios/engine/judges.hpp"

#include "runtime/core/utf8.hpp"

#include <algorithm>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

/// The value of `"key":"..."` in a message; messages are flat enough for that, and media is skipped cheaply.
std::string_view quoted_value(std::string_view message, std::string_view key) {
  const std::string pattern = "\"" + std::string(key) + "\":";
  auto at = message.find(pattern);
  if (at == std::string_view::npos) return {};
  at = message.find_first_not_of(" \t", at + pattern.size());
  if (at == std::string_view::npos || message[at] != '"') return {};
  const auto end = message.find('"', at + 1);
  return end == std::string_view::npos ? std::string_view() : message.substr(at + 1, end - at - 1);
}

bool fits(const Journal::Line& line, std::string_view wanted) {
  const auto dot = wanted.find('.');
  const std::string_view lane = wanted.substr(0, dot);
  const std::string_view name = wanted.substr(dot + 1);
  if (line.direction == runtime::WireLog::Direction::note || !std::string_view(line.lane).starts_with(lane)) {
    return false;
  }
  const std::string_view type = quoted_value(line.text, lane == "twilio" ? "event" : "type");
  // The beginning of a long name may be left out: speech_started for input_audio_buffer.speech_started.
  return type == name ||
         (type.ends_with(name) && type.size() > name.size() && type[type.size() - name.size() - 1] == '.');
}

bool belongs(const Journal::Line& line, const CallEvidence& call) {
  if (line.call == call.call->sid) return true;
  return std::any_of(call.sessions.begin(), call.sessions.end(), [&](const auto* session) {
    return !line.call.empty() && line.call == session->session_id;
  });
}

/// The first that comes later than `last`; without one, the first at all.
const Journal::Line* nearest_in(const Journal& journal, const CallEvidence& call, std::string_view wanted,
                                TimePoint last) {
  const Journal::Line* first = nullptr;
  for (const auto& line : journal.lines()) {
    if (!belongs(line, call) || !fits(line, wanted)) continue;
    if (line.at > last) return &line;
    if (first == nullptr) first = &line;
  }
  return first;
}

Outcome order_in(const OrderCheck& check, const CallEvidence& call, const Between& between,
                 const Evidence& evidence) {
  std::size_t next = 0;
  TimePoint last = between.from;
  for (const auto& line : evidence.journal->lines()) {
    if (!between.holds(line.at) || !belongs(line, call) || !fits(line, check.messages[next])) continue;
    last = line.at;
    if (++next == check.messages.size()) return passed("the last came at " + time_text(evidence, last));
  }
  const std::string& missing = check.messages[next];
  std::string why = "no '" + missing + "' came";
  if (next > 0)
    why += fmt::format(" after the '{}' at {}", check.messages[next - 1], time_text(evidence, last));
  const auto* miss = nearest_in(*evidence.journal, call, missing, last);
  if (miss == nullptr) return failed(why);
  return failed(between.holds(miss->at) ? why : why + " in that time",
                "one came at " + time_text(evidence, between, miss->at));
}

/// As much of the TwiML as is read at a glance; the wires have all of it.
std::string opening_of(std::string_view twiml) {
  constexpr std::size_t kMost = 240;
  if (twiml.size() <= kMost) return std::string(twiml);
  const auto shown = runtime::utf8_prefix(twiml, kMost);
  return fmt::format("{}... ({} bytes more)", shown, twiml.size() - shown.size());
}

/// With its time, and as much of it as is read at a glance.
std::string first_of_log(const Evidence& evidence, const LogLine& line) {
  constexpr std::size_t kMost = 300;
  const auto shown = runtime::utf8_prefix(line.text, kMost);
  return fmt::format("the first came at {}: {}{}", time_text(evidence, line.at), shown,
                     shown.size() < line.text.size() ? "..." : "");
}

}  // namespace

Outcome judge_order(const OrderCheck& check, const Between& between, const Evidence& evidence) {
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return order_in(check, call, between, evidence); });
}

Outcome judge_log(const LogCheck& check, const Window& window, const Between& between,
                  const Evidence& evidence) {
  // A line's time is when the pipe was read, and the workers of a bridge write in no order: the last of them
  // may come when the run is over, which in virtual time ends with the bridge as well.
  Between open = between;
  if (!window.to) open.to = TimePoint::max();
  const bool by_pattern = !check.matches.empty();
  const std::string shown = by_pattern ? "/" + check.matches + "/" : "'" + check.contains + "'";
  const std::regex pattern(check.matches);
  std::size_t count = 0;
  std::string outside, first;
  for (const auto& line : *evidence.log) {
    const bool fits_line = by_pattern ? std::regex_search(line.text, pattern)
                                      : line.text.find(check.contains) != std::string::npos;
    if (!fits_line) continue;
    if (open.holds(line.at)) {
      if (++count == 1) first = first_of_log(evidence, line);
    } else if (outside.empty()) {
      outside = "one came at " + time_text(evidence, between, line.at);
    }
  }
  const std::string found =
      fmt::format("{} of {} lines of the bridge's log hold {}", count, evidence.log->size(), shown);
  if (count == check.count.value_or(count) && (check.count || count > 0)) return passed(found);
  return failed(found, count == 0 ? outside : first);
}

Outcome judge_bridge(const BridgeCheck& check, const Evidence& evidence) {
  const auto found = evidence.replicas.find(check.replica);
  const std::string which = "replica " + std::to_string(check.replica);
  if (found == evidence.replicas.end()) return failed(which + " was never started");
  const auto& [running, exit_code] = found->second;
  const std::string is =
      running ? which + " runs" : fmt::format("{} ended with {}", which, exit_code.value_or(-1));
  const bool holds =
      (!check.running || running == *check.running) && (!check.exit_code || exit_code == check.exit_code);
  return holds ? passed(is) : failed(is);
}

Outcome judge_twiml(const TwimlCheck& check, const Evidence& evidence) {
  return for_calls(evidence, std::nullopt, [&](const CallEvidence& call) {
    if (call.call->documents.empty()) return failed("the bridge served no TwiML");
    const std::string& document = call.call->documents.front().second;
    if (check.contains && document.find(*check.contains) == std::string::npos) {
      return failed(fmt::format("'{}' does not stand in {}", *check.contains, opening_of(document)));
    }
    if (check.carries_sound && evidence.twiml_carries_sound != check.carries_sound) {
      return failed(*check.carries_sound ? "verify-twiml says that it carries no sound"
                                         : "verify-twiml says that it carries sound");
    }
    // The track that linecheck-bridge was to be given is not this bridge's.
    const bool judges_track = check.track && !evidence.track_left_out;
    if (check.track && !judges_track && !check.carries_sound && !check.contains && check.parameters.empty())
      return not_applicable("the track is of the scenario's bridge: config, which was not applied");
    const bool about_stream = judges_track || !check.parameters.empty();
    if (!about_stream) return passed("as expected");
    if (call.call->streams.empty()) return failed("the TwiML names no stream: " + opening_of(document));
    const auto& stream = *call.call->streams.front();
    const std::string track = stream.track.empty() ? "none" : stream.track;
    if (judges_track && track != *check.track) return failed("its track is " + track);
    for (const auto& name : check.parameters) {
      const auto named = [&](const auto& parameter) {
        return parameter.first == name && !parameter.second.empty();
      };
      if (std::none_of(stream.parameters.begin(), stream.parameters.end(), named)) {
        return failed("it has no parameter " + name);
      }
    }
    return passed("its track is " + track);
  });
}

}  // namespace scenarios::engine
