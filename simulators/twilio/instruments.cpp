#include "simulators/twilio/instruments.hpp"

namespace simulators::twilio {
using runtime::seconds;

Instruments::Instruments(metrics::Book& book) : sheet_(book.add_sheet({"fake_twilio_", "caller_"})) {
  calls = sheet_.counter("fake_twilio_calls_total");
  webhooks = sheet_.counter("fake_twilio_webhooks_total");
  media_sent = sheet_.counter("fake_twilio_media_sent_total");
  outbound_media_sent = sheet_.counter("fake_twilio_outbound_media_sent_total");
  caller_frames_lost = sheet_.counter("fake_twilio_caller_frames_lost_total");
  odd_payloads = sheet_.counter("fake_twilio_odd_payloads_total");
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

void Instruments::payload_headers(std::string_view kind) {
  sheet_.counter("fake_twilio_payload_headers_total", {kind}).add();
}

CallerInstruments::CallerInstruments(metrics::Sheet& sheet, std::string call,
                                     const std::vector<KnownSound>& sounds)
    : sheet_(sheet), call_(std::move(call)) {
  heard_ = sheet_.gauge("caller_heard_seconds", {call_});
  heard_speech_ = sheet_.gauge("caller_heard_speech_seconds", {call_});
  longest_gap_ = sheet_.gauge("caller_longest_gap_seconds", {call_});
  longest_silence_ = sheet_.gauge("caller_longest_silence_seconds", {call_});
  talk_over_ = sheet_.gauge("caller_talk_over_seconds", {call_});
  kept_talking_ = sheet_.gauge("caller_kept_talking_seconds", {call_});
  stale_ = sheet_.gauge("caller_stale_audio_seconds", {call_});
  underruns_ = sheet_.counter("caller_underruns_total", {call_});
  interruptions_ = sheet_.counter("caller_interruptions_total", {call_});
  clipped_samples_ = sheet_.counter("caller_clipped_samples_total", {call_});
  static_ = sheet_.gauge("caller_static_seconds", {call_});
  cut_utterances_ = sheet_.counter("caller_cut_utterances_total", {call_});
  for (const KnownSound& sound : sounds) {
    Sound& shown = sounds_.emplace_back();
    shown.heard = sheet_.gauge("caller_sound_heard_seconds", {call_, sound.name});
    shown.share = sheet_.gauge("caller_sound_heard_share", {call_, sound.name});
    shown.resembled = sheet_.gauge("caller_sound_resembled_seconds", {call_, sound.name});
    shown.resembled_share = sheet_.gauge("caller_sound_resembled_share", {call_, sound.name});
    shown.offset = sheet_.gauge("caller_sound_heard_offset_seconds", {call_, sound.name});
  }
}

namespace {
void raise(metrics::Counter& counter, std::size_t to) {
  counter.add(static_cast<double>(to) - counter.value());
}
}  // namespace

void CallerInstruments::show(const Measurement& measured, runtime::Duration heard) {
  heard_.set(seconds(heard));
  heard_speech_.set(seconds(measured.heard_speech));
  longest_gap_.set(seconds(measured.longest_gap));
  longest_silence_.set(seconds(measured.longest_silence));
  talk_over_.set(seconds(measured.talk_over));
  kept_talking_.set(seconds(measured.kept_talking));
  stale_.set(seconds(measured.stale));
  raise(underruns_, measured.underruns);
  raise(interruptions_, measured.interruptions);
  raise(clipped_samples_, measured.clipped_samples);
  static_.set(seconds(measured.static_sound));
  raise(cut_utterances_, measured.cut_utterances);
  if (measured.first_audio && !first_audio_shown_) {
    first_audio_shown_ = true;
    sheet_.gauge("caller_first_audio_seconds", {call_}).set(seconds(*measured.first_audio));
  }
  if (measured.speech_dbfs) {
    if (!speech_level_) speech_level_ = sheet_.gauge("caller_speech_level_dbfs", {call_});
    speech_level_->set(*measured.speech_dbfs);
  }
  for (std::size_t i = 0; i < measured.sounds.size(); ++i) show(measured.sounds[i], sounds_[i]);
}

void CallerInstruments::show(const HeardSound& measured, Sound& sound) {
  sound.resembled.set(seconds(measured.resembled));
  sound.resembled_share.set(measured.resembled_share);
  if (!measured.first_heard) return;
  sound.heard.set(seconds(measured.heard));
  sound.share.set(measured.share);
  sound.offset.set(seconds(measured.offset));
  if (sound.first_shown) return;
  sound.first_shown = true;
  sheet_.gauge("caller_sound_first_heard_seconds", {call_, measured.name})
      .set(seconds(*measured.first_heard));
}

}  // namespace simulators::twilio
