#pragma once
#include "metrics/sheet.hpp"
#include "simulators/twilio/measurement.hpp"

#include <string>
#include <string_view>

namespace simulators::twilio {

/// The fake's counters; handles looked up once.
class Instruments {
 public:
  explicit Instruments(metrics::Book& book);

  metrics::Counter calls;
  metrics::Counter webhooks;
  metrics::Counter media_sent;
  metrics::Counter media_received;
  metrics::Counter audio_bytes_received;
  metrics::Counter swallowed_audio_bytes;
  metrics::Counter marks_received;
  metrics::Counter marks_echoed;
  metrics::Counter clears_received;
  void error(int code);

  metrics::Sheet& sheet() { return sheet_; }

 private:
  metrics::Sheet& sheet_;
};

/// One caller's gauges; `call` is the call's ordinal, from "1". caller_first_audio_seconds exists once there
/// is one.
class CallerInstruments {
 public:
  CallerInstruments(metrics::Sheet& sheet, std::string call);
  void show(const Measurement& measured, runtime::Duration heard);

 private:
  metrics::Sheet& sheet_;
  const std::string call_;
  metrics::Gauge heard_;
  metrics::Gauge heard_speech_;
  metrics::Gauge longest_gap_;
  metrics::Gauge longest_silence_;
  metrics::Gauge talk_over_;
  metrics::Counter underruns_;
  bool first_audio_shown_ = false;
};

}  // namespace simulators::twilio
