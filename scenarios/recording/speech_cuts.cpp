#include "scenarios/recording/speech_cuts.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <cmath>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
constexpr Duration kFrameLength = 20ms;
constexpr Duration kPause = 700ms;     // server VAD ends a turn after 500 ms
constexpr std::size_t kAround = 3;     // frames that are kept before and behind: quiet beginnings and ends
constexpr double kAboveFloor = 15;     // dB that speech rises above the line's noise
constexpr double kLoudestFloor = -35;  // dBFS
constexpr double kFloorPercentile = 0.1;

/// What speech has to rise above on this line.
double threshold(const std::vector<double>& levels) {
  std::vector<double> sorted(levels);
  const auto floor =
      sorted.begin() + static_cast<std::ptrdiff_t>(kFloorPercentile * static_cast<double>(sorted.size()));
  std::nth_element(sorted.begin(), floor, sorted.end());
  if (!std::isfinite(*floor)) return runtime::audio::kSilenceDbfs;
  return std::clamp(*floor + kAboveFloor, runtime::audio::kSilenceDbfs, kLoudestFloor);
}

std::vector<bool> loud_frames(const std::vector<CallerFrame>& frames) {
  std::vector<double> levels;
  for (const auto& frame : frames) levels.push_back(runtime::audio::rms_dbfs_mulaw(frame.mulaw));
  const double least = threshold(levels);
  const bool clean = least <= runtime::audio::kSilenceDbfs;
  std::vector<bool> loud;
  for (std::size_t i = 0; i < frames.size(); ++i)
    loud.push_back(clean ? runtime::audio::audible_mulaw(frames[i].mulaw) : levels[i] > least);
  return loud;
}

Says joined(const std::vector<CallerFrame>& frames, std::size_t first, std::size_t last) {
  Says says{frames[first].at, frames[last].at + kFrameLength, {}};
  for (std::size_t i = first; i <= last; ++i) {
    const auto position =
        runtime::mulaw_bytes(std::chrono::duration_cast<runtime::Samples8k>(frames[i].at - says.begin));
    // Packets that never came while the line was quiet.
    if (position > says.mulaw.size() + 800) says.mulaw.resize(position, runtime::audio::kMulawSilence);
    says.mulaw += frames[i].mulaw;
  }
  return says;
}

}  // namespace

std::vector<Says> cut_speech(const std::vector<CallerFrame>& frames) {
  std::vector<Says> cuts;
  if (frames.empty()) return cuts;
  const auto loud = loud_frames(frames);
  std::size_t from = 0;  // not yet taken
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!loud[i]) continue;
    const std::size_t first = i - std::min(kAround, i - from);
    std::size_t last = i;
    for (; i < frames.size() && frames[i].at - frames[last].at <= kPause; ++i) {
      if (loud[i]) last = i;
    }
    const std::size_t end = std::min(last + kAround, frames.size() - 1);
    cuts.push_back(joined(frames, first, end));
    from = end + 1;
    i = end;
  }
  return cuts;
}

}  // namespace scenarios::recording
