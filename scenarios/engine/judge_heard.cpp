#include "runtime/audio/level.hpp"
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

std::vector<Run> heard_in(const CallFacts& call, const Between& between) {
  auto runs = runs_of(call.heard);
  std::erase_if(runs, [&](const Run& run) {
    return run.at > between.to || run.time_of(run.mulaw.size()) < between.from;
  });
  for (auto& run : runs) {
    // Cut to the window, to whole frames.
    while (run.at < between.from && run.mulaw.size() >= kFrame) {
      run.mulaw.erase(0, kFrame);
      run.at += std::chrono::milliseconds(20);
    }
  }
  return runs;
}

/// The first audible frame; its run and place.
std::optional<TimePoint> first_sound(const std::vector<Run>& runs) {
  for (const auto& run : runs) {
    for (std::size_t at = 0; at < run.mulaw.size(); at += kFrame) {
      if (runtime::audio::audible_mulaw(std::string_view(run.mulaw).substr(at, kFrame)))
        return run.time_of(at);
    }
  }
  return std::nullopt;
}

std::string length_text(std::size_t bytes) {
  return fmt::format("{:.2f} s", static_cast<double>(bytes) / kBytesPerSecond);
}

Outcome judge_nothing(const std::vector<Run>& runs, const Evidence& evidence) {
  const auto sound = first_sound(runs);
  if (!sound) return passed("the caller heard nothing");
  return failed("the caller heard something at " + time_text(evidence, *sound));
}

Outcome judge_only(const HeardCheck& check, std::vector<Run> runs, const Evidence& evidence,
                   const Outcome& found) {
  for (auto match = find_stretch(runs, check.audio.mulaw, kHeardBytes); match.length > 0;
       match = find_stretch(runs, check.audio.mulaw, kHeardBytes)) {
    runs[match.run].mulaw.replace(match.at, match.length, match.length, '\xFF');
  }
  const auto other = first_sound(runs);
  if (!other) return found;
  return failed(fmt::format("something else was heard as well, at {}", time_text(evidence, *other)));
}

/// By shape. The edges of what is recognised are exact to 20 ms, so twice that much around it is its own.
Outcome judge_alike(const HeardCheck& check, std::vector<Run> runs, const Evidence& evidence) {
  const AlikeMatch found = find_alike(runs, check.audio.mulaw);
  const Match& match = found.match;
  const auto audible = runtime::audio::audible_part_mulaw(check.audio.mulaw).size();
  if (match.length < std::min(kHeardBytes, audible)) {
    const auto any = first_sound(runs);
    return failed(fmt::format("nothing like '{}' was heard; {}", check.audio.name,
                              any ? "the first sound came at " + time_text(evidence, *any) : "nothing was"));
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
  const auto other = first_sound(runs);
  if (!other) return passed(place);
  return failed(fmt::format("something else was heard as well, at {}", time_text(evidence, *other)));
}

Outcome judge_one(const HeardCheck& check, const CallFacts& call, const Between& between,
                  const Evidence& evidence) {
  const auto runs = heard_in(call, between);
  if (check.nothing) return judge_nothing(runs, evidence);
  if (check.alike) return judge_alike(check, runs, evidence);
  const std::string_view sound = check.audio.mulaw;
  const Match match = find_stretch(runs, sound, check.absent ? kNotHeardBytes : kHeardBytes);
  const auto place = [&](const Match& where) {
    return fmt::format("{} of {} of '{}' were heard at {}", length_text(where.length),
                       length_text(sound.size()), check.audio.name,
                       time_text(evidence, runs[where.run].time_of(where.at)));
  };
  if (check.absent) {
    if (match.length == 0) return passed("'" + check.audio.name + "' was not heard");
    return failed(place(match));
  }
  if (match.length == 0) {
    const auto always = runs_of(call.heard);
    if (const Match outside = find_stretch(always, sound, kHeardBytes); outside.length > 0) {
      return failed("'" + check.audio.name + "' was not heard in that time",
                    "it was heard at " + time_text(evidence, always[outside.run].time_of(outside.at)));
    }
    const auto any = first_sound(runs);
    return failed(fmt::format("'{}' was not heard; {}", check.audio.name,
                              any ? "the first sound came at " + time_text(evidence, *any) : "nothing was"));
  }
  if (check.complete) {
    const Match whole = find_whole(runs, sound);
    if (whole.length == 0) return failed("not all of it: " + place(match));
    return check.only ? judge_only(check, runs, evidence, passed(place(whole))) : passed(place(whole));
  }
  return check.only ? judge_only(check, runs, evidence, passed(place(match))) : passed(place(match));
}

}  // namespace

Outcome judge_heard(const HeardCheck& check, const Between& between, const Evidence& evidence) {
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return judge_one(check, *call.call, between, evidence); });
}

}  // namespace scenarios::engine
