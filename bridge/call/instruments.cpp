#include "bridge/call/instruments.hpp"

#include "metrics/catalogue.hpp"

#include <algorithm>
#include <cstdint>

namespace bridge::call {

std::string_view to_string(Stage stage) {
  static constexpr std::array<std::string_view, 5> kNames{"created", "start", "transcript", "stall", "done"};
  return kNames.at(static_cast<std::size_t>(stage));
}

Instruments::Instruments(metrics::Sheet& s) : sheet_(s) {
  frames_received = s.counter("voicebridge_twilio_frames_received_total");
  bytes_received = s.counter("voicebridge_twilio_audio_bytes_received_total");
  appends_sent = s.counter("voicebridge_openai_appends_sent_total");
  append_bytes_sent = s.counter("voicebridge_openai_audio_bytes_sent_total");
  caller_samples = s.counter("voicebridge_caller_audio_samples_total");
  silence_samples = s.counter("voicebridge_silence_inserted_samples_total");
  appended_samples = s.counter("voicebridge_appended_audio_samples_total");
  queued_to_model = s.gauge("voicebridge_queued_audio_samples", {"to_model"});
  queued_to_caller = s.gauge("voicebridge_queued_audio_samples", {"to_caller"});
  deltas_received = s.counter("voicebridge_openai_audio_deltas_received_total");
  delta_bytes_received = s.counter("voicebridge_openai_audio_bytes_received_total");
  late_deltas = s.counter("voicebridge_late_deltas_dropped_total");
  model_samples = s.counter("voicebridge_model_audio_samples_total");
  clip_samples = s.counter("voicebridge_clip_audio_samples_total");
  sent_samples = s.counter("voicebridge_sent_audio_samples_total");

  constexpr auto kDropped = "voicebridge_audio_dropped_samples_total";
  static constexpr std::array<std::string_view, 6> kToCaller{"barge_in", "late_delta", "too_long",
                                                             "stale",    "call_ended", "fallback"};
  for (std::size_t i = 0; i < kToCaller.size(); ++i)
    dropped_to_caller[i] = s.counter(kDropped, {"to_caller", kToCaller[i]});
  static constexpr std::array<std::string_view, 4> kToModel{"buffer_full", "call_ended", "not_ready",
                                                            "session_lost"};
  for (std::size_t i = 0; i < kToModel.size(); ++i)
    dropped_to_model[i] = s.counter(kDropped, {"to_model", kToModel[i]});
  static constexpr std::array<std::string_view, 2> kSources{"model", "clip"};
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    frames_sent[i] = s.counter("voicebridge_twilio_frames_sent_total", {kSources[i]});
    bytes_sent[i] = s.counter("voicebridge_twilio_audio_bytes_sent_total", {kSources[i]});
  }
  marks_sent = s.counter("voicebridge_twilio_marks_sent_total");
  marks_played = s.counter("voicebridge_twilio_marks_echoed_total", {"played"});
  marks_cleared = s.counter("voicebridge_twilio_marks_echoed_total", {"cleared"});
  marks_early = s.counter("voicebridge_twilio_marks_echoed_total", {"early"});
  clears_sent = s.counter("voicebridge_clears_sent_total");
  truncations_sent = s.counter("voicebridge_truncations_sent_total");
  unacked_bytes = s.gauge("voicebridge_twilio_unacked_bytes");
  calls_silent = s.gauge("voicebridge_calls_silent");
  playout_late = s.histogram("voicebridge_playout_late_seconds");
  for (std::size_t i = 0; i < watchdog.size(); ++i) {
    watchdog[i] = s.counter("voicebridge_response_watchdog_fired_total", {to_string(static_cast<Stage>(i))});
  }
  first_audio = s.histogram("voicebridge_first_audio_seconds");
  response_latency = s.histogram("voicebridge_response_latency_seconds");
  barge_in_clear = s.histogram("voicebridge_barge_in_clear_seconds");
  forward_to_model = s.histogram("voicebridge_media_forward_seconds", {"to_model"});
  forward_to_caller = s.histogram("voicebridge_media_forward_seconds", {"to_caller"});
  sessions_opened = s.counter("voicebridge_openai_sessions_opened_total");
  sessions_rotated = s.counter("voicebridge_openai_sessions_rotated_total");
  dials_deferred = s.counter("voicebridge_openai_dials_deferred_total");
  dtmf_keys = s.counter("voicebridge_dtmf_keys_total");
  dtmf_texts = s.counter("voicebridge_dtmf_texts_total");
  texts_dropped = s.counter("voicebridge_texts_dropped_total");
  noises_ignored = s.counter("voicebridge_noises_ignored_total");
  idle_prompts = s.counter("voicebridge_idle_prompts_total");
  idle_hang_ups = s.counter("voicebridge_idle_hang_ups_total");
  farewells = s.counter("voicebridge_farewells_total");
}

void Instruments::count_speech_cut(std::string_view ended_by) {
  by("voicebridge_speech_cut_total", {ended_by}).add();
}

metrics::Counter& Instruments::by(std::string_view family,
                                  std::initializer_list<std::string_view> label_values) {
  Series series{std::string(family)};
  series.insert(series.end(), label_values.begin(), label_values.end());
  const auto found = kept_.find(series);
  if (found != kept_.end()) return found->second;
  return kept_.emplace(std::move(series), sheet_.counter(family, label_values)).first->second;
}

void Instruments::count_response(ResponseVerdict verdict, Reason reason) {
  by("voicebridge_response_verdicts_total", {to_string(verdict), to_string(reason)}).add();
}

void Instruments::count_openai_failure(std::string_view code) {
  static constexpr std::string_view kName = "voicebridge_openai_failures_total";
  static const auto kKnown = metrics::find_family(kName)->labels.front().values;
  if (code.ends_with("rate_limit_exceeded")) code = "rate_limit_exceeded";  // Azure's has a prefix
  const bool known = std::ranges::find(kKnown, code) != kKnown.end();
  by(kName, {known ? code : "other"}).add();
}

void Instruments::count_tokens(std::string_view model, const openai::Usage& usage) {
  const std::pair<std::string_view, std::int64_t> kinds[] = {{"input_text", usage.input_text},
                                                             {"input_audio", usage.input_audio},
                                                             {"input_cached", usage.input_cached},
                                                             {"output_text", usage.output_text},
                                                             {"output_audio", usage.output_audio}};
  for (const auto& [kind, tokens] : kinds)
    by("voicebridge_openai_tokens_total", {kind, model}).add(static_cast<double>(tokens));
}

void Instruments::observe_limit(const openai::RateLimits::Limit& limit) {
  const bool known = limit.name == "requests" || limit.name == "tokens";
  if (!known || limit.limit <= 0 || limit.remaining < 0) return;
  sheet_.histogram("voicebridge_openai_rate_limit_remaining_ratio", {limit.name})
      .observe(static_cast<double>(limit.remaining) / static_cast<double>(limit.limit));
}

void Instruments::count_budget(std::string_view budget) {
  by("voicebridge_token_budget_spent_total", {budget}).add();
}

void Instruments::count_breach(std::string_view peer, std::string_view kind) {
  by("voicebridge_protocol_errors_total", {peer, kind}).add();
}

void Instruments::count_tool(std::string_view tool, std::string_view outcome) {
  by("voicebridge_tool_calls_total", {tool, outcome}).add();
}

void Instruments::count_rejected_stream(std::string_view reason) {
  by("voicebridge_streams_rejected_total", {reason}).add();
}

}  // namespace bridge::call
