#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/engine/audio_search.hpp"
#include "scenarios/engine/judges.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using simulators::twilio::CallFacts;

constexpr std::size_t kHeardBytes = 3200;     // 400 ms: recognised
constexpr std::size_t kNotHeardBytes = 1600;  // 200 ms: a caller would notice
constexpr double kBytesPerSecond = 8000;

/// What came out of the handset in a window and in `beyond` bytes after it. At its beginning it is cut to
/// whole frames.
std::vector<Run> heard_in(const CallFacts& call, const Between& between, std::size_t beyond = 0) {
  const TimePoint end = between.to + runtime::mulaw_length(beyond);
  auto runs = runs_of(call.heard);
  std::erase_if(runs,
                [&](const Run& run) { return run.at > end || run.time_of(run.mulaw.size()) < between.from; });
  for (auto& run : runs) {
    const auto inside = std::chrono::duration_cast<runtime::Samples8k>(end - run.at);
    run.mulaw.resize(std::min(run.mulaw.size(), runtime::mulaw_bytes(inside)));
    while (run.at < between.from && run.mulaw.size() >= kFrame) {
      run.mulaw.erase(0, kFrame);
      run.at += std::chrono::milliseconds(20);
    }
  }
  return runs;
}

/// The first audible frame that begins by `last`.
std::optional<TimePoint> first_sound(const std::vector<Run>& runs, TimePoint last = TimePoint::max()) {
  for (const auto& run : runs) {
    for (std::size_t at = 0; at < run.mulaw.size() && run.time_of(at) <= last; at += kFrame) {
      if (runtime::audio::audible_mulaw(std::string_view(run.mulaw).substr(at, kFrame)))
        return run.time_of(at);
    }
  }
  return std::nullopt;
}

bool begins_later(const std::vector<Run>& runs, const Match& match, const Between& between) {
  return match.length > 0 && runs[match.run].time_of(match.at) > between.to;
}

std::string length_text(std::size_t bytes) {
  return fmt::format("{:.2f} s", static_cast<double>(bytes) / kBytesPerSecond);
}

std::string place_text(const HeardCheck& check, const std::vector<Run>& runs, const Match& where,
                       const Evidence& evidence) {
  return fmt::format("{} of {} of '{}' were heard at {}", length_text(where.length),
                     length_text(check.audio.mulaw.size()), check.audio.name,
                     time_text(evidence, runs[where.run].time_of(where.at)));
}

Outcome judge_nothing(const std::vector<Run>& runs, const Evidence& evidence) {
  const auto sound = first_sound(runs);
  if (!sound) return passed("the caller heard nothing");
  return failed("the caller heard something at " + time_text(evidence, *sound));
}

/// The longest time without a sound, of those that begin in the window. What lasts when the window begins
/// begins with it.
Outcome judge_silence(Duration least, const CallFacts& call, const Between& between,
                      const Evidence& evidence) {
  if (!call.answered_at) return failed("the call was never answered");
  TimePoint quiet_since = std::max(between.from, *call.answered_at);
  TimePoint began = quiet_since;
  Duration longest{0};
  const auto sounds_again = [&](TimePoint at) {
    if (quiet_since > between.to || at - quiet_since <= longest) return;
    began = quiet_since;
    longest = at - quiet_since;
  };
  for (const auto& run : runs_of(call.heard)) {
    for (std::size_t at = 0; at < run.mulaw.size(); at += kFrame) {
      if (!runtime::audio::audible_mulaw(std::string_view(run.mulaw).substr(at, kFrame))) continue;
      sounds_again(run.time_of(at));
      quiet_since = std::max(quiet_since, run.time_of(std::min(at + kFrame, run.mulaw.size())));
    }
  }
  sounds_again(call.ended_at.value_or(evidence.finished_at));
  if (longest == Duration(0)) return failed("there was no silence in that time");
  const auto found = fmt::format("the longest silence lasted {:.2f} s, from {} on", runtime::seconds(longest),
                                 time_text(evidence, between, began));
  return longest >= least ? passed(found) : failed(found);
}

Outcome judge_absent(const HeardCheck& check, const std::vector<Run>& runs, const Evidence& evidence) {
  const Match match = find_stretch(runs, check.audio.mulaw, kNotHeardBytes);
  if (match.length == 0) return passed("'" + check.audio.name + "' was not heard");
  return failed(place_text(check, runs, match, evidence));
}

Outcome judge_only(const HeardCheck& check, std::vector<Run> runs, const Between& between,
                   const Evidence& evidence, const Outcome& found) {
  for (auto match = find_stretch(runs, check.audio.mulaw, kHeardBytes); match.length > 0;
       match = find_stretch(runs, check.audio.mulaw, kHeardBytes)) {
    runs[match.run].mulaw.replace(match.at, match.length, match.length, '\xFF');
  }
  const auto other = first_sound(runs, between.to);
  if (!other) return found;
  return failed(fmt::format("something else was heard as well, at {}", time_text(evidence, *other)));
}

/// When something sounded, and whether the bridge can have said it.
std::string first_sound_text(const CallFacts& call, const Evidence& evidence, TimePoint at) {
  const auto* stream = call.stream();
  const bool open = stream != nullptr && stream->started_at && *stream->started_at <= at;
  return "the first sound came at " + time_text(evidence, at) +
         (open ? "" : ", when no stream was open (TwiML's, or Twilio's error announcement)");
}

/// By shape. The edges of what is recognised are exact to 20 ms, so twice that much around it is its own.
Outcome judge_alike(const HeardCheck& check, const CallFacts& call, const Between& between,
                    const Evidence& evidence) {
  const auto audible = runtime::audio::audible_part_mulaw(check.audio.mulaw).size();
  const auto least = std::min(kHeardBytes, audible);
  auto runs = heard_in(call, between, check.audio.mulaw.size());
  AlikeMatch found = find_alike(runs, check.audio.mulaw);
  if (begins_later(runs, found.match, between))
    found = find_alike(heard_in(call, between, least), check.audio.mulaw);
  const Match& match = found.match;
  if (match.length < least) {
    const auto any = first_sound(runs, between.to);
    return failed(fmt::format("nothing like '{}' was heard; {}", check.audio.name,
                              any ? first_sound_text(call, evidence, *any) : "nothing was"));
  }
  const auto place = fmt::format("{} in one go, of {} that are audible in '{}', were heard alike at {}",
                                 length_text(match.length), length_text(audible), check.audio.name,
                                 time_text(evidence, runs[match.run].time_of(match.at)));
  if (check.complete && !found.whole) return failed("not all of it: " + place);
  if (!check.only) return passed(place);
  std::string& run = runs[match.run].mulaw;
  const auto from = match.at - std::min(match.at, 2 * kFrame);
  const auto count = std::min(run.size(), match.at + match.length + 2 * kFrame) - from;
  run.replace(from, count, count, '\xFF');
  const auto other = first_sound(runs, between.to);
  if (!other) return passed(place);
  return failed(fmt::format("something else was heard as well, at {}", time_text(evidence, *other)));
}

/// Which of the model's answers came out of the handset in that time, and when each began to: "; there came
/// 'menu' at 1.20 s, small talk at 2.90 s". Empty: none can be told.
std::string answers_heard(const CallEvidence& call, const std::vector<Run>& runs, const Evidence& evidence) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> heard;
  for (const auto* session : call.sessions) {
    for (const auto& response : session->responses) {
      const Match match = find_stretch(runs, response.audio, kHeardBytes);
      if (match.length == 0 || heard.size() == kMost) continue;
      const std::string named = response.rule ? "an answer without a name" : "small talk";
      heard.push_back(fmt::format("{} at {}", response.as.empty() ? named : "'" + response.as + "'",
                                  time_text(evidence, runs[match.run].time_of(match.at))));
    }
  }
  return heard.empty() ? std::string() : fmt::format("there came {}", fmt::join(heard, ", "));
}

Outcome not_there(const HeardCheck& check, const CallEvidence& evidence_of_call, const Between& between,
                  const Evidence& evidence) {
  const CallFacts& call = *evidence_of_call.call;
  const auto always = runs_of(call.heard);
  if (const Match outside = find_stretch(always, check.audio.mulaw, kHeardBytes); outside.length > 0) {
    const auto at = always[outside.run].time_of(outside.at);
    return failed("'" + check.audio.name + "' was not heard in that time",
                  "it was heard at " + time_text(evidence, between, at));
  }
  const auto in_time = heard_in(call, between);
  std::string instead = answers_heard(evidence_of_call, in_time, evidence);
  if (const auto any = first_sound(in_time); instead.empty())
    instead = any ? first_sound_text(call, evidence, *any) : "nothing was";
  return failed(fmt::format("'{}' was not heard; {}", check.audio.name, instead));
}

/// Where it begins is in the window, and how long it goes on is no matter of it.
Outcome judge_present(const HeardCheck& check, const CallEvidence& evidence_of_call, const Between& between,
                      const Evidence& evidence) {
  const CallFacts& call = *evidence_of_call.call;
  const std::string_view sound = check.audio.mulaw;
  const auto runs = heard_in(call, between, sound.size());
  Match match = find_stretch(runs, sound, kHeardBytes);
  if (begins_later(runs, match, between)) {
    const auto least = std::min(kHeardBytes, sound.size());
    match = find_stretch(heard_in(call, between, least), sound, kHeardBytes);
  }
  if (match.length == 0) return not_there(check, evidence_of_call, between, evidence);
  if (check.complete) {
    const Match whole = find_whole(runs, sound);
    if (whole.length == 0) return failed("not all of it: " + place_text(check, runs, match, evidence));
    match = whole;
  }
  const Outcome found = passed(place_text(check, runs, match, evidence));
  return check.only ? judge_only(check, runs, between, evidence, found) : found;
}

Outcome judge_one(const HeardCheck& check, const CallEvidence& evidence_of_call, const Between& between,
                  const Evidence& evidence) {
  const CallFacts& call = *evidence_of_call.call;
  if (check.nothing) return judge_nothing(heard_in(call, between), evidence);
  if (check.silence) return judge_silence(*check.silence, call, between, evidence);
  if (check.absent) return judge_absent(check, heard_in(call, between), evidence);
  if (check.alike) return judge_alike(check, call, between, evidence);
  return judge_present(check, evidence_of_call, between, evidence);
}

}  // namespace

Outcome judge_heard(const HeardCheck& check, const Between& between, const Evidence& evidence) {
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return judge_one(check, call, between, evidence); });
}

}  // namespace scenarios::engine
