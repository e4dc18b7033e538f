#include "simulators/openai/counts.hpp"

namespace simulators::openai {

Counts::Counts(metrics::Book* book) {
  if (book == nullptr) return;
  sheet_ = &book->add_sheet({"fake_openai_"});
  sessions = sheet_->counter("fake_openai_sessions_total");
  appends = sheet_->counter("fake_openai_appends_received_total");
  audio_bytes_received = sheet_->counter("fake_openai_audio_bytes_received_total");
  audio_deltas_sent = sheet_->counter("fake_openai_audio_deltas_sent_total");
  audio_bytes_sent = sheet_->counter("fake_openai_audio_bytes_sent_total");
  cancels = sheet_->counter("fake_openai_cancels_received_total");
  truncates = sheet_->counter("fake_openai_truncates_received_total");
  speech_started = sheet_->counter("fake_openai_speech_started_total");
}

void Counts::response_done(std::string_view status) {
  if (sheet_ != nullptr) sheet_->counter("fake_openai_responses_total", {status}).add();
}

void Counts::error_sent(std::string_view code) {
  if (sheet_ != nullptr)
    sheet_->counter("fake_openai_errors_sent_total", {code.empty() ? "none" : code}).add();
}

}  // namespace simulators::openai
