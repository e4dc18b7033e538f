#pragma once
#include "simulators/twilio/script.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace simulators::twilio {

/// A line by the name of what it models. docs/line.md says where the numbers come from; a test holds it to
/// them.
struct LinePreset {
  std::string_view name;
  LineTraits traits;
  Packets packets = Packets::always;
};

std::span<const LinePreset> line_presets();
const LinePreset* find_line_preset(std::string_view name);

}  // namespace simulators::twilio
