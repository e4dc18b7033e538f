#include "simulators/twilio/instruments.hpp"

namespace simulators::twilio {
using runtime::seconds;

Instruments::Instruments(metrics::Book& book) : sheet_(book.add_sheet({"fake_twilio_", "caller_"})) {
  calls = sheet_.counter("fake_twilio_calls_total");
  webhooks = sheet_.counter("fake_twilio_webhooks_total");
  media_sent = sheet_.counter("fake_twilio_media_sent_total");
  media_received = sheet_.counter("fake_twilio_media_received_total");
  audio_bytes_received = sheet_.counter("fake_twilio_audio_bytes_received_total");
  swallowed_audio_bytes = sheet_.counter("fake_twilio_swallowed_audio_bytes_total");
  marks_received = sheet_.counter("fake_twilio_marks_received_total");
  marks_echoed = sheet_.counter("fake_twilio_marks_echoed_total");
  clears_received = sheet_.counter("fake_twilio_clears_received_total");
}

void Instruments::error(int code) {
  sheet_.counter("fake_twilio_errors_total", {std::to_string(code)}).add();
}

CallerInstruments::CallerInstruments(metrics::Sheet& sheet, std::string call)
    : sheet_(sheet), call_(std::move(call)) {
  heard_ = sheet_.gauge("caller_heard_seconds", {call_});
  heard_speech_ = sheet_.gauge("caller_heard_speech_seconds", {call_});
  longest_gap_ = sheet_.gauge("caller_longest_gap_seconds", {call_});
  longest_silence_ = sheet_.gauge("caller_longest_silence_seconds", {call_});
  talk_over_ = sheet_.gauge("caller_talk_over_seconds", {call_});
  underruns_ = sheet_.counter("caller_underruns_total", {call_});
}

void CallerInstruments::show(const Measurement& measured, runtime::Duration heard) {
  heard_.set(seconds(heard));
  heard_speech_.set(seconds(measured.heard_speech));
  longest_gap_.set(seconds(measured.longest_gap));
  longest_silence_.set(seconds(measured.longest_silence));
  talk_over_.set(seconds(measured.talk_over));
  underruns_.add(static_cast<double>(measured.underruns) - underruns_.value());
  if (measured.first_audio && !first_audio_shown_) {
    first_audio_shown_ = true;
    sheet_.gauge("caller_first_audio_seconds", {call_}).set(seconds(*measured.first_audio));
  }
}

}  // namespace simulators::twilio
