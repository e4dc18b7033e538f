#pragma once
#include "simulators/twilio/measurement.hpp"

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
  /// Measuring begins with the answer.
  explicit Ears(runtime::TimePoint answered) : answered_(answered), last_sound_end_(answered) {}

  /// Mu-law that begins to sound at `at`.
  void bot(runtime::TimePoint at, std::string_view mulaw);
  /// The caller speaks in [begin, end).
  void caller(runtime::TimePoint begin, runtime::TimePoint end);
  /// No sound of the bot before `now` will be reported any more.
  void advance(runtime::TimePoint now);

  /// As of the last advance(); a silence that goes on is counted up to then.
  const Measurement& measured() const { return measured_; }

  bool heard_anything() const { return !measured_.utterances.empty(); }
  /// Loud within the last two windows.
  bool bot_speaking() const;
  /// Begin of the utterance that is going on or was the last.
  std::optional<runtime::TimePoint> utterance_began() const;
  /// End of the last loud window.
  std::optional<runtime::TimePoint> last_loud() const;

  static constexpr runtime::Duration kUtterancePause = std::chrono::milliseconds(700);
  static constexpr runtime::Duration kLongestUnderrun = std::chrono::seconds(2);

 private:
  struct Span {
    runtime::TimePoint begin;
    runtime::TimePoint end;
  };
  void finish_window();
  void loud(Span window);
  void settle_sound(Span sound);
  void settle(runtime::TimePoint until);

  const runtime::TimePoint answered_;
  Measurement measured_;
  runtime::TimePoint now_{};
  runtime::Duration settled_silence_{0};
  std::string window_;  // of the bot, not yet full
  runtime::TimePoint window_begin_{};
  std::optional<runtime::TimePoint> piece_end_;
  std::optional<runtime::Duration> open_gap_;  // since the last loud window, nothing was played for so long
  runtime::TimePoint last_sound_end_;          // of either
  std::vector<Span> bot_pending_;              // loud windows not settled yet
  std::vector<Span> caller_pending_;
  std::optional<runtime::TimePoint> caller_last_;  // end of the caller's last speech
};

}  // namespace simulators::twilio
