#pragma once
#include "metrics/sheet.hpp"
#include "simulators/twilio/measurement.hpp"
#include "simulators/twilio/script.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// The fake's counters; handles looked up once.
class Instruments {
 public:
  explicit Instruments(metrics::Book& book);

  metrics::Counter calls;
  metrics::Counter webhooks;
  metrics::Counter media_sent;
  metrics::Counter outbound_media_sent;
  metrics::Counter caller_frames_lost;
  metrics::Counter media_received;
  metrics::Counter odd_payloads;
  metrics::Counter audio_bytes_received;
  metrics::Counter swallowed_audio_bytes;
  metrics::Counter marks_received;
  metrics::Counter marks_echoed;
  metrics::Counter clears_received;
  void error(int code);
  void payload_headers(std::string_view kind);

  metrics::Sheet& sheet() { return sheet_; }

 private:
  metrics::Sheet& sheet_;
};

/// One caller's gauges; `call` is the call's ordinal, from "1". Those of moments and levels exist once there
/// is one: caller_first_audio_seconds, caller_speech_level_dbfs, caller_sound_first_heard_seconds.
class CallerInstruments {
 public:
  CallerInstruments(metrics::Sheet& sheet, std::string call, const std::vector<KnownSound>& sounds);
  void show(const Measurement& measured, runtime::Duration heard);

 private:
  struct Sound {
    metrics::Gauge heard, share, offset, resembled, resembled_share;
    bool first_shown = false;
  };
  void show(const HeardSound& measured, Sound& sound);

  metrics::Sheet& sheet_;
  const std::string call_;
  metrics::Gauge heard_;
  metrics::Gauge heard_speech_;
  metrics::Gauge longest_gap_;
  metrics::Gauge longest_silence_;
  metrics::Gauge talk_over_;
  metrics::Gauge kept_talking_;
  metrics::Gauge stale_;
  metrics::Counter underruns_;
  metrics::Counter interruptions_;
  metrics::Counter clipped_samples_;
  metrics::Gauge static_;
  metrics::Counter cut_utterances_;
  std::vector<Sound> sounds_;
  std::optional<metrics::Gauge> speech_level_;
  bool first_audio_shown_ = false;
};

}  // namespace simulators::twilio
