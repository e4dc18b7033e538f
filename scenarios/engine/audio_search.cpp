#include "scenarios/engine/audio_search.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"
#include "simulators/twilio/resemblance.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {

Match grow(const std::vector<Run>& runs, std::string_view sound, Match match) {
  const std::string& run = runs[match.run].mulaw;
  while (match.at > 0 && match.from > 0 && run[match.at - 1] == sound[match.from - 1]) {
    --match.at;
    --match.from;
    ++match.length;
  }
  while (match.at + match.length < run.size() && match.from + match.length < sound.size() &&
         run[match.at + match.length] == sound[match.from + match.length]) {
    ++match.length;
  }
  return match;
}

}  // namespace

runtime::TimePoint Run::time_of(std::size_t offset) const {
  return at + std::chrono::duration_cast<runtime::Duration>(runtime::mulaw_length(offset));
}

std::vector<Run> runs_of(const simulators::twilio::TimedAudio& audio, runtime::Duration unsteady) {
  std::vector<Run> runs;
  for (const auto& piece : audio.pieces) {
    const auto bytes = audio.bytes_of(piece);
    if (runs.empty() || std::chrono::abs(runs.back().time_of(runs.back().mulaw.size()) - piece.at) > unsteady)
      runs.push_back({piece.at, {}});
    runs.back().mulaw.append(bytes);
  }
  return runs;
}

std::vector<Run> later_runs(std::vector<Run> runs, runtime::TimePoint from) {
  std::erase_if(runs, [&](const Run& run) { return run.time_of(run.mulaw.size()) <= from; });
  for (auto& run : runs) {
    if (run.at >= from) continue;
    const auto before = std::chrono::floor<runtime::Samples8k>(from - run.at);
    run.mulaw.erase(0, runtime::mulaw_bytes(before));
    run.at += std::chrono::duration_cast<runtime::Duration>(before);
  }
  return runs;
}

Match find_stretch(const std::vector<Run>& runs, std::string_view sound, std::size_t least) {
  // A stretch of `least` bytes holds a whole block, wherever it begins, when blocks are a frame shorter and
  // begin at every frame.
  const std::size_t block = sound.size() <= least ? sound.size() : least - std::min(least, kFrame - 1);
  if (block == 0) return {};
  for (std::size_t from = 0; from + block <= sound.size(); from += kFrame) {
    const auto wanted = sound.substr(from, block);
    if (!runtime::audio::audible_mulaw(wanted)) continue;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      for (auto at = runs[i].mulaw.find(wanted); at != std::string::npos;
           at = runs[i].mulaw.find(wanted, at + 1)) {
        const Match match = grow(runs, sound, {i, at, from, block});
        if (match.length >= std::min(least, sound.size())) return match;
      }
    }
  }
  return {};
}

Match find_whole(const std::vector<Run>& runs, std::string_view sound) {
  for (std::size_t i = 0; i < runs.size() && !sound.empty(); ++i) {
    const auto at = runs[i].mulaw.find(sound);
    if (at != std::string::npos) return {i, at, 0, sound.size()};
  }
  return {};
}

AlikeMatch find_alike(const std::vector<Run>& runs, std::string_view sound) {
  using simulators::twilio::Resemblance;
  AlikeMatch best;
  if (!runtime::audio::audible_mulaw(sound)) return best;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Resemblance recognises(sound);
    std::vector<float> heard;
    heard.reserve(runs[i].mulaw.size());
    for (const auto sample : runtime::audio::mulaw_decode(runs[i].mulaw))
      heard.push_back(static_cast<float>(sample) / 32768.0F);
    const std::span<const float> all(heard);
    for (std::size_t at = 0; at < all.size(); at += kFrame) {
      const auto fresh = std::min(kFrame, all.size() - at);
      const auto from = at + fresh - std::min(at + fresh, Resemblance::kHistory);
      const bool loud = runtime::audio::audible_mulaw(std::string_view(runs[i].mulaw).substr(at, fresh));
      recognises.window(all.subspan(from, at + fresh - from), fresh, loud);
    }
    for (const auto& stretch : recognises.stretches()) {
      const auto length = stretch.part.end - stretch.part.begin;
      if (length <= best.match.length) continue;
      best.match = {i, stretch.played, stretch.part.begin, length};
      best.whole = recognises.heard().is_whole(stretch.part, kFrame);
    }
  }
  return best;
}

}  // namespace scenarios::engine
