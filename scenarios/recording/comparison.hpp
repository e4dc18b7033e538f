#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::recording {

/// One of the model's replies, to say which it was that was heard.
struct NamedSound {
  std::string name;
  std::string mulaw;
};

struct HeardDifference {
  std::size_t sounds = 0;               // that were recorded
  std::size_t sounds_now = 0;           // and that were heard this time
  double seconds = 0, seconds_now = 0;  // of sound
  std::string first;                    // the first difference, in words; empty: there is none
};

/// Compares what came out of the caller's phone with what was recorded: both mu-law from the stream's start
/// on. When something was heard may differ, as it does between two runs in real time; what was heard, in
/// which order, and whether it broke off, may not. How much of a sound was heard that the caller cut short
/// may differ a little.
HeardDifference compare_heard(std::string_view recorded, std::string_view now,
                              const std::vector<NamedSound>& replies);

}  // namespace scenarios::recording
