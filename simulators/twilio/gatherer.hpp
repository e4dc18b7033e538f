#pragma once
#include "simulators/twilio/call_flow.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// `<Gather>`: takes keys and words from the caller's line, slot by slot, until they are complete or nothing
/// comes. Sans-IO.
class Gatherer {
 public:
  explicit Gatherer(const GatherVerb& verb) : verb_(verb) {}

  /// The prompts have been heard, or were interrupted: the timeout counts from now.
  void listen(TimePoint now) { listens_since_ = now; }
  /// One slot of the caller's line, in order: whether the voice is audible, the key whose tone ended with it,
  /// and the words that are being said (as the caller's script has them).
  void slot(TimePoint begins, bool loud, char key, std::string_view words);

  /// The caller began to answer: prompts that still sound end.
  bool interrupted() const { return interrupted_; }
  const std::optional<Gathered>& outcome() const { return outcome_; }

  /// "auto": so much silence ends an utterance. Twilio's own value is not published.
  static constexpr Duration kAutoSilence = 1s;

 private:
  void take_key(TimePoint at, char key);
  void take_speech(TimePoint at, bool loud, std::string_view words);

  const GatherVerb verb_;
  std::optional<TimePoint> listens_since_;
  bool interrupted_ = false;
  Gathered gathered_;
  std::optional<TimePoint> speech_began_;
  TimePoint last_loud_{};  // end of the last loud slot
  std::string last_words_;
  std::optional<Gathered> outcome_;
};

}  // namespace simulators::twilio
