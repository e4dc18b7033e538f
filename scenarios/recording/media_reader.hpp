#pragma once
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/speech_cuts.hpp"
#include "scenarios/recording/wire_line.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/playback.hpp"

#include <optional>
#include <string>
#include <vector>

namespace scenarios::recording {

/// Twilio's side of one call: what the caller said and pressed, and what came out of the phone.
class MediaReader {
 public:
  /// `call`: its sid. `to` outlives the reader.
  MediaReader(std::string call, Recording& to);
  void read(const WireLine& line);
  /// Nothing comes any more.
  void finish();

 private:
  void to_bridge(const WireLine& line);
  void from_bridge(const WireLine& line);
  void http(const WireLine& line);
  void note(const WireLine& line);
  void start(TimePoint at);
  void media(const WireLine& line);
  void key(const WireLine& line);
  void stop(TimePoint at, Recording::End end);

  const std::string call_;
  Recording& to_;
  simulators::twilio::Playback playback_;
  std::optional<simulators::twilio::Ears> ears_;
  std::vector<CallerFrame> frames_;
  std::optional<double> last_timestamp_;  // ms
  struct Key {
    TimePoint at;
    char key;
  };
  std::vector<Key> keys_;
  TimePoint last_{};
  bool started_ = false;
  bool stopped_ = false;
  bool by_rest_ = false;
  std::string track_, verb_;  // of the TwiML that was served first
};

}  // namespace scenarios::recording
