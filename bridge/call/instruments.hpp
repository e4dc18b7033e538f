#pragma once
#include "bridge/call/part.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/openai/events.hpp"
#include "metrics/sheet.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge::call {

/// Why audio was shed on its way to the caller; label `reason` of voicebridge_audio_dropped_samples_total.
enum class CallerDrop { barge_in, late_delta, too_long, stale, call_ended, fallback };
/// Likewise on its way to the model.
enum class ModelDrop { buffer_full, call_ended, not_ready, session_lost };

/// Which watchdog stage fired; label `stage` of voicebridge_response_watchdog_fired_total.
enum class Stage { created, start, transcript, stall, done };
std::string_view to_string(Stage stage);

/// The metric handles of all calls of one thread, looked up once. Names and meanings: metrics/catalogue.cpp.
class Instruments {
 public:
  explicit Instruments(metrics::Sheet& sheet);

  // Caller to model.
  metrics::Counter frames_received, bytes_received;
  metrics::Counter appends_sent, append_bytes_sent;
  metrics::Counter caller_samples, silence_samples, appended_samples;
  metrics::Gauge queued_to_model;
  std::array<metrics::Counter, 4> dropped_to_model;  // by ModelDrop
  // Model to caller.
  metrics::Counter deltas_received, delta_bytes_received, late_deltas;
  metrics::Counter model_samples, clip_samples, sent_samples;
  metrics::Gauge queued_to_caller;
  std::array<metrics::Counter, 6> dropped_to_caller;        // by CallerDrop
  std::array<metrics::Counter, 2> frames_sent, bytes_sent;  // by Source
  metrics::Counter marks_sent, marks_played, marks_cleared, marks_early;
  metrics::Counter clears_sent, truncations_sent;
  metrics::Gauge unacked_bytes, calls_silent;
  metrics::Histogram playout_late;
  // Judgement.
  std::array<metrics::Counter, 5> watchdog;  // by Stage
  metrics::Histogram first_audio, response_latency, barge_in_clear, forward_to_model, forward_to_caller;
  metrics::Counter sessions_opened, sessions_rotated, dials_deferred;
  // Conversation.
  metrics::Counter dtmf_keys, dtmf_texts, texts_dropped, noises_ignored, idle_prompts, idle_hang_ups,
      farewells;

  void count_response(ResponseVerdict verdict, Reason reason);
  void count_openai_failure(std::string_view code);
  void count_tokens(std::string_view model, const openai::Usage& usage);
  void observe_limit(const openai::RateLimits::Limit& limit);
  void count_budget(std::string_view budget);
  void count_breach(std::string_view peer, std::string_view kind);
  void count_tool(std::string_view tool, std::string_view outcome);
  void count_rejected_stream(std::string_view reason);
  void count_speech_cut(std::string_view ended_by);

 private:
  /// Looked up when it is first asked for, and kept: the sheet's lock is held by a scrape while it walks.
  metrics::Counter& by(std::string_view family, std::initializer_list<std::string_view> label_values);
  using Series = std::vector<std::string>;  // a family and its label values
  metrics::Sheet& sheet_;
  std::map<Series, metrics::Counter> kept_;
};

}  // namespace bridge::call
