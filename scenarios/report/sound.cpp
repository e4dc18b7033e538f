#include "scenarios/report/sound.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/core/units.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

namespace scenarios::report {
namespace {

using simulators::twilio::TimedAudio;

constexpr std::string_view kPeakCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr double kFullScale = 32124;
constexpr std::size_t kFrame = 160;  // 20 ms: the finest step
constexpr double kSamplesPerSecond = 8000;

/// Of the square root: speech is far from full scale most of the time, and should be seen.
char peak_character(int peak) {
  const double share = std::sqrt(std::min(1.0, static_cast<double>(peak) / kFullScale));
  return kPeakCharacters[static_cast<std::size_t>(std::lround(share * 63))];
}

}  // namespace

Track track_of(const std::vector<const TimedAudio*>& parts, double most_seconds) {
  const auto most = static_cast<std::size_t>(most_seconds * kSamplesPerSecond);
  Track track;
  for (const auto* part : parts) {
    for (const auto& piece : part->pieces) {
      if (track.mulaw.empty()) track.begin = piece.at;
      const auto samples = std::chrono::duration_cast<runtime::Samples8k>(piece.at - track.begin).count();
      const auto at = static_cast<std::size_t>(std::max<std::int64_t>(samples, 0));
      if (at >= most || track.mulaw.size() >= most) return track;
      if (at > track.mulaw.size()) track.mulaw.resize(at, runtime::audio::kMulawSilence);
      track.mulaw.append(part->bytes_of(piece).substr(0, most - track.mulaw.size()));
    }
  }
  return track;
}

nlohmann::json track_json(const Track& track, runtime::TimePoint start, std::size_t most_peaks,
                          bool with_sound) {
  const std::size_t frames = (track.mulaw.size() + kFrame - 1) / kFrame;
  const std::size_t step = kFrame * std::max<std::size_t>(1, (frames + most_peaks - 1) / most_peaks);
  std::string peaks;
  for (std::size_t at = 0; at < track.mulaw.size(); at += step)
    peaks.push_back(
        peak_character(runtime::audio::peak_mulaw(std::string_view(track.mulaw).substr(at, step))));
  nlohmann::json json{{"at", runtime::seconds(track.begin - start)},
                      {"step", static_cast<double>(step) / kSamplesPerSecond},
                      {"peaks", std::move(peaks)}};
  if (with_sound) json["mulaw"] = runtime::base64_encode(track.mulaw);
  return json;
}

}  // namespace scenarios::report
