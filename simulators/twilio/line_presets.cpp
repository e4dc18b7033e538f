#include "simulators/twilio/line_presets.hpp"

#include <algorithm>
#include <array>

namespace simulators::twilio {
namespace {

/// Jitter of one message on a clean path; the reference's p95 of a carrier's leg is 0.57 ms.
constexpr Duration kCleanJitter = 1ms;

LineTraits path(Duration latency, Duration jitter) {
  LineTraits traits;
  traits.latency = latency;
  traits.jitter = jitter;
  return traits;
}

LineTraits bad_path() {
  LineTraits traits = path(55ms, 30ms);
  traits.stall_every = 4s;
  traits.stall_shortest = 40ms;
  traits.stall_longest = 500ms;
  traits.missing = 0.01;
  traits.first_media_later = 300ms;
  traits.callbacks_late = 5s;
  return traits;
}

LineTraits mobile_phone() {
  LineTraits traits = path(10ms, 10ms);
  traits.handset_delay = 160ms;
  traits.missing = 0.005;
  return traits;
}

}  // namespace

std::span<const LinePreset> line_presets() {
  static const std::array<LinePreset, 6> kPresets{{{"lan", {}, Packets::always},
                                                   {"us-east", path(10ms, 10ms), Packets::always},
                                                   {"tunnel", path(60ms, 30ms), Packets::always},
                                                   {"eu-to-us", path(55ms, kCleanJitter), Packets::always},
                                                   {"mobile", mobile_phone(), Packets::dtx},
                                                   {"bad", bad_path(), Packets::dtx}}};
  return kPresets;
}

const LinePreset* find_line_preset(std::string_view name) {
  const auto presets = line_presets();
  const auto found = std::find_if(presets.begin(), presets.end(),
                                  [name](const auto& preset) { return preset.name == name; });
  return found == presets.end() ? nullptr : &*found;
}

}  // namespace simulators::twilio
