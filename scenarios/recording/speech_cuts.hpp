#pragma once
#include "scenarios/recording/recording.hpp"

#include <string>
#include <vector>

namespace scenarios::recording {

/// A frame of the caller's audio, with the moment at which it came.
struct CallerFrame {
  TimePoint at;
  std::string mulaw;
};

/// What the caller said, without the silence (or the room's noise) between. Pauses shorter than the time that
/// ends a turn stay inside.
std::vector<Says> cut_speech(const std::vector<CallerFrame>& frames);

}  // namespace scenarios::recording
