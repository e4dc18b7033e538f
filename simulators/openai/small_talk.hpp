#pragma once
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace simulators::openai {

/// What the model says without a script: a greeting, answers that vary, and after a while good-bye. Spoken by
/// espeak-ng; where that is missing, two seconds of speech-like sound with the same words for a transcript.
/// Each phrase is read once for all who share this. One thread.
class SmallTalk {
 public:
  enum class Occasion { greeting, answer, closing, keys, tool_result, out_of_band };
  static constexpr std::size_t kTurnsUntilClosing = 5;

  /// The phrase of number `which` (any) for the occasion. `input`: the keys.
  Speech say(Occasion occasion, std::size_t which, std::string_view input);

 private:
  static constexpr std::size_t kMost = 200;                 // phrases kept; beyond that they are read anew
  std::map<std::string, std::string, std::less<>> spoken_;  // phrase: mu-law
};

}  // namespace simulators::openai
