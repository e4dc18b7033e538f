#include "bridge/call/speech_meter.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <chrono>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;

namespace {
constexpr double kQuietest = -50;       // dBFS; a voice on a telephone is well above
constexpr double kAboveFloor = 10;      // dB
constexpr double kFloorRises = 3;       // dB a second: it follows a line that becomes noisy
constexpr double kFloorLeast = -90;     // digital silence has none
constexpr Duration kBurstEnds = 400ms;  // longer than the gaps inside a sentence's words
}  // namespace

void SpeechMeter::hear(std::string_view mulaw) {
  if (mulaw.empty()) return;
  const Duration length = runtime::mulaw_length(mulaw.size());
  const double level = std::max(runtime::audio::rms_dbfs_mulaw(mulaw), kFloorLeast);
  const bool voiced = level > std::max(kQuietest, floor_ + kAboveFloor);
  floor_ = std::min(floor_ + kFloorRises * runtime::seconds(length), level);
  if (voiced) {
    burst_ += length;
    pause_ = Duration(0);
    return;
  }
  pause_ += length;
  if (pause_ >= kBurstEnds) burst_ = Duration(0);
}

}  // namespace bridge::call
