#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/engine/audio_search.hpp"
#include "scenarios/engine/judges.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using simulators::twilio::CallFacts;
using simulators::twilio::StreamFacts;

constexpr std::size_t kFoundBytes = 1600;                        // 200 ms
constexpr Duration kHandedOver = std::chrono::milliseconds(10);  // a frame may be off its time by so much

/// One side of the recordings of a call beside that side of the line, both on the clock of the run.
struct RecordedSide {
  std::string_view name, sounded;  // "the caller's side (left)", "said"
  std::vector<Run> line, recorded;
};

std::string seconds_text(Duration length) {
  return fmt::format("{:.2f} s", runtime::seconds(length));
}

Duration length_of(std::size_t mulaw) {
  return std::chrono::duration_cast<Duration>(runtime::mulaw_length(mulaw));
}

/// Those that the bridge took on: what it refuses it closes with 1008, and keeps nothing of.
std::vector<const StreamFacts*> streams_taken(const CallFacts& call) {
  constexpr std::uint16_t kRefused = 1008;
  std::vector<const StreamFacts*> taken;
  for (const auto& stream : call.streams) {
    if (stream->started_at && stream->bridge_close_code != kRefused) taken.push_back(stream.get());
  }
  return taken;
}

/// A stretch of the line that is this sound, or a part of it.
struct OnTheLine {
  TimePoint at;
  std::string mulaw;  // as it was there: a bridge may have converted it
};
std::optional<OnTheLine> find_on_line(const std::vector<Run>& line, std::string_view sound) {
  Match match = find_stretch(line, sound, kFoundBytes);
  if (match.length == 0) match = find_alike(line, sound).match;
  if (match.length < std::min(kFoundBytes, sound.size())) return std::nullopt;
  const Run& run = line[match.run];
  return OnTheLine{run.time_of(match.at), run.mulaw.substr(match.at, match.length)};
}

/// What is wrong with where `real` stands in the recording; empty: nothing.
std::string misplaced(const std::string& name, const OnTheLine& real, const RecordedSide& side,
                      const RecordedSide& other, Duration tolerance, const Evidence& evidence) {
  const auto recorded = later_runs(side.recorded, real.at - tolerance);
  Match match = find_stretch(recorded, real.mulaw, kFoundBytes);
  if (match.length == 0) {
    const bool exchanged = find_stretch(other.recorded, real.mulaw, kFoundBytes).length > 0;
    const bool before = find_stretch(side.recorded, real.mulaw, kFoundBytes).length > 0;
    return fmt::format("'{}' was {} at {}, and is not on {}{}", name, side.sounded,
                       time_text(evidence, real.at), side.name,
                       exchanged ? fmt::format(", but on {}", other.name)
                                 : std::string(before ? " by then, but before that" : ""));
  }
  const auto begins = recorded[match.run].time_of(match.at) - length_of(match.from);
  if (const auto late = begins - real.at; std::chrono::abs(late) > tolerance) {
    return fmt::format("'{}' is {} too {} on {}: {} at {}, and recorded at {}", name,
                       seconds_text(std::chrono::abs(late)), late > Duration(0) ? "late" : "early", side.name,
                       side.sounded, time_text(evidence, real.at), time_text(evidence, begins));
  }
  if (length_of(real.mulaw.size() - match.length) > tolerance) {
    return fmt::format("of the {} of '{}' that were {}, {} are on {} in one go",
                       seconds_text(length_of(real.mulaw.size())), name, side.sounded,
                       seconds_text(length_of(match.length)), side.name);
  }
  const bool twice = find_stretch(other.recorded, real.mulaw, kFoundBytes).length > 0 &&
                     find_stretch(other.line, real.mulaw, kFoundBytes).length == 0;
  return twice ? fmt::format("'{}' is on {} as well, where nobody {} it", name, other.name, other.sounded)
               : std::string();
}

/// In their order; what sounds twice is found twice.
std::string wrong_on(const RecordedSide& side, const RecordedSide& other,
                     const std::vector<NamedAudio>& sounds, Duration tolerance, const Evidence& evidence) {
  TimePoint from = TimePoint::min();
  const std::string* before = nullptr;
  for (const auto& sound : sounds) {
    const auto real = find_on_line(later_runs(side.line, from), sound.mulaw);
    if (!real) {
      return before == nullptr
                 ? fmt::format("'{}' was never {}: no recording can hold it", sound.name, side.sounded)
                 : fmt::format("'{}' was not {} after '{}'; they are named in the order of the call",
                               sound.name, side.sounded, *before);
    }
    auto wrong = misplaced(sound.name, *real, side, other, tolerance, evidence);
    if (!wrong.empty()) return wrong;
    from = real->at + length_of(real->mulaw.size());
    before = &sound.name;
  }
  return {};
}

/// When each audible frame begins.
std::vector<TimePoint> audible_frames(const std::vector<Run>& runs) {
  std::vector<TimePoint> at;
  for (const auto& run : runs) {
    for (std::size_t byte = 0; byte < run.mulaw.size(); byte += kFrame) {
      if (runtime::audio::audible_mulaw(std::string_view(run.mulaw).substr(byte, kFrame)))
        at.push_back(run.time_of(byte));
    }
  }
  return at;
}

/// Of what was cut off, or never came to the line at all. Empty: the recording holds none of it.
std::string never_sounded(const RecordedSide& side, Duration tolerance, const Evidence& evidence) {
  const auto frame = length_of(kFrame);
  const auto real = audible_frames(side.line);
  for (const auto at : audible_frames(side.recorded)) {
    const auto near = std::ranges::lower_bound(real, at - tolerance - frame);
    if (near != real.end() && *near <= at + tolerance + frame) continue;
    return fmt::format("{} has a sound at {}, when nothing was {}", side.name, time_text(evidence, at),
                       side.sounded);
  }
  return {};
}

/// What can be said without listening; empty: nothing is wrong.
std::string wrong_files(const std::vector<CallRecording>& files,
                        const std::vector<const StreamFacts*>& streams, Duration tolerance,
                        const Evidence& evidence) {
  if (files.empty()) return "there is no recording of it";
  for (const auto& file : files) {
    if (!file.wrong.empty()) return file.file + " " + file.wrong;
  }
  if (files.size() != streams.size())
    return fmt::format("it had {} media streams, and there are {} recordings: {} is the last", streams.size(),
                       files.size(), files.back().file);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto lasted = streams[i]->ended_at.value_or(evidence.finished_at) - *streams[i]->started_at;
    const auto recorded = length_of(files[i].bot.size());
    if (std::chrono::abs(recorded - lasted) > tolerance)
      return fmt::format("{} is {} long, and its stream lasted {}", files[i].file, seconds_text(recorded),
                         seconds_text(lasted));
  }
  return {};
}

Outcome judge_files(const RecordingCheck& check, const CallFacts& call,
                    const std::vector<CallRecording>& files, const Evidence& evidence) {
  const auto streams = streams_taken(call);
  if (auto wrong = wrong_files(files, streams, check.tolerance, evidence); !wrong.empty())
    return failed(std::move(wrong));
  RecordedSide caller{"the caller's side (left)", "said", {}, {}};
  RecordedSide bot{"the bot's side (right)", "heard", runs_of(call.heard), {}};
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::ranges::move(runs_of(streams[i]->sent, kHandedOver), std::back_inserter(caller.line));
    caller.recorded.push_back({*streams[i]->started_at, files[i].caller});
    bot.recorded.push_back({*streams[i]->started_at, files[i].bot});
  }
  std::string wrong = wrong_on(caller, bot, check.caller, check.tolerance, evidence);
  if (wrong.empty()) wrong = wrong_on(bot, caller, check.bot, check.tolerance, evidence);
  if (wrong.empty()) wrong = never_sounded(caller, check.tolerance, evidence);
  if (wrong.empty()) wrong = never_sounded(bot, check.tolerance, evidence);
  if (!wrong.empty()) return failed(files.front().file + ": " + wrong);
  return passed(fmt::format(
      "{} holds {} of the caller's and {} of the bot's, each on its side and where it was to {:.0f} ms",
      files.front().file, check.caller.size(), check.bot.size(), runtime::seconds(check.tolerance) * 1000));
}

}  // namespace

Outcome judge_recording(const RecordingCheck& check, const Evidence& evidence) {
  return for_calls(evidence, check.call, [&](const CallEvidence& call) {
    const auto found = evidence.recordings.find(call.call->sid);
    const auto files = found == evidence.recordings.end() ? std::vector<CallRecording>() : found->second;
    if (!check.none) return judge_files(check, *call.call, files, evidence);
    return files.empty() ? passed("no file was kept of it")
                         : failed("there is a file: " + files.front().file);
  });
}

}  // namespace scenarios::engine
