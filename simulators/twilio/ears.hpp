#pragma once
#include "simulators/twilio/interruptions.hpp"
#include "simulators/twilio/measurement.hpp"
#include "simulators/twilio/recogniser.hpp"
#include "simulators/twilio/script.hpp"
#include "simulators/twilio/voice_level.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Measures what leaves the handset, as measurement.hpp defines it, from the sound and its times alone.
/// Sans-IO. Sound is reported in order of time; judging waits until advance() says that nothing earlier can
/// come.
class Ears {
 public:
  /// Measuring begins with the answer. `sounds`: those that the caller knows.
  explicit Ears(runtime::TimePoint answered, const std::vector<KnownSound>& sounds = {});
  Ears(const Ears&) = delete;
  Ears& operator=(const Ears&) = delete;

  /// Mu-law that begins to sound at `at`, and had reached Twilio at `arrived`.
  void bot(runtime::TimePoint at, std::string_view mulaw, runtime::TimePoint arrived);
  void bot(runtime::TimePoint at, std::string_view mulaw) { bot(at, mulaw, at); }
  /// The caller speaks in [begin, end).
  void caller(runtime::TimePoint begin, runtime::TimePoint end);
  /// No sound of the bot before `now` will be reported any more.
  void advance(runtime::TimePoint now);
  /// The call is over, as of the last advance(). `by_caller`: what the bot was saying was not its to end.
  void finish(bool by_caller);

  /// As of the last advance(); a silence that goes on is counted up to then.
  const Measurement& measured() const { return measured_; }

  bool heard_anything() const { return !measured_.utterances.empty(); }
  /// Loud within the last two windows.
  bool bot_speaking() const;
  /// Begin of the utterance that is going on or was the last.
  std::optional<runtime::TimePoint> utterance_began() const;
  /// End of the last loud window.
  std::optional<runtime::TimePoint> last_loud() const;
  /// What was heard of a known sound; null: the caller knows none of that name.
  const HeardSound* sound(std::string_view name) const;

  static constexpr runtime::Duration kUtterancePause = std::chrono::milliseconds(700);
  static constexpr runtime::Duration kLongestUnderrun = std::chrono::seconds(2);

 private:
  struct Span {
    runtime::TimePoint begin;
    runtime::TimePoint end;
  };
  void finish_window();
  void loud(Span window);
  void utterance_over(bool by_itself);
  void settle_sound(Span sound);
  void settle(runtime::TimePoint until);

  const runtime::TimePoint answered_;
  Measurement measured_;
  Interruptions interruptions_{measured_};
  VoiceLevel level_{measured_};
  Recogniser recogniser_;
  bool in_utterance_ = false;  // the last one is not over yet
  runtime::TimePoint now_{};
  runtime::Duration settled_silence_{0};
  std::string window_;  // of the bot, not yet full
  runtime::TimePoint window_begin_{};
  runtime::TimePoint window_arrived_{};
  std::optional<runtime::TimePoint> window_end_;  // of the one before
  std::optional<runtime::TimePoint> piece_end_;
  std::optional<runtime::Duration> open_gap_;  // since the last loud window, nothing was played for so long
  runtime::TimePoint last_sound_end_;          // of either
  std::vector<Span> bot_pending_;              // loud windows not settled yet
  std::vector<Span> caller_pending_;
  std::optional<runtime::TimePoint> caller_last_;  // end of the caller's last speech
};

}  // namespace simulators::twilio
