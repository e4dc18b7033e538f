#include "metrics/catalogue_parts.hpp"

#include <array>

namespace metrics {
namespace {

using Values = std::string_view;
constexpr auto counter = Kind::counter;
constexpr auto gauge = Kind::gauge;
constexpr auto histogram = Kind::histogram;

constexpr Values kSourceValues[]{"model", "clip"};
constexpr Label kSource[]{{"source", kSourceValues}};
constexpr Values kHowValues[]{"played", "cleared", "early"};
constexpr Label kHow[]{{"how", kHowValues}};
constexpr Values kPathValues[]{"to_caller", "to_model"};
constexpr Label kPath[]{{"path", kPathValues}};
constexpr Values kDropValues[]{"barge_in",  "buffer_full",  "call_ended", "fallback", "late_delta",
                               "not_ready", "session_lost", "stale",      "too_long"};
constexpr Label kDrop[]{{"path", kPathValues}, {"reason", kDropValues}};
constexpr Pair kDropPairs[]{{"to_caller", "barge_in"},   {"to_caller", "late_delta"},
                            {"to_caller", "too_long"},   {"to_caller", "stale"},
                            {"to_caller", "call_ended"}, {"to_caller", "fallback"},
                            {"to_model", "buffer_full"}, {"to_model", "call_ended"},
                            {"to_model", "not_ready"},   {"to_model", "session_lost"}};

constexpr double kForwardEdges[]{.0005, .001, .002, .005, .01, .02, .04, .1, .4};
constexpr double kLateEdges[]{.001, .002, .005, .01, .02, .04, .1, .2, .4, 1, 2, 6};

constexpr Family kFamilies[]{
    // The caller's voice, to the model.
    {"voicebridge_twilio_frames_received_total",
     counter,
     {},
     "Media frames of the caller's audio received from Twilio.",
     "While calls are active it grows by 50 a second and call. Standing still: no caller audio reaches the "
     "bridge; look at Twilio's debugger and at the network in front of the bridge."},
    {"voicebridge_twilio_audio_bytes_received_total",
     counter,
     {},
     "Bytes of mu-law audio received from Twilio, after base64 decoding (8000 a second and call).",
     "Compare with voicebridge_openai_audio_bytes_sent_total: a growing difference is audio that never "
     "reached "
     "the model; see voicebridge_audio_dropped_samples_total."},
    {"voicebridge_openai_appends_sent_total",
     counter,
     {},
     "input_audio_buffer.append events taken by the transport to OpenAI.",
     "Standing still while frames are received: the session is not ready or its socket is blocked; look at "
     "voicebridge_queued_audio_samples{path=\"to_model\"}."},
    {"voicebridge_openai_audio_bytes_sent_total",
     counter,
     {},
     "Bytes of the caller's audio (mu-law, before base64) taken by the transport to OpenAI, inserted silence "
     "included.",
     "It should grow by about 8000 a second and call. Slower: see "
     "voicebridge_audio_dropped_samples_total{path="
     "\"to_model\"}."},
    {"voicebridge_caller_audio_samples_total",
     counter,
     {},
     "Samples (8 kHz) of caller audio that entered the path to the model.",
     "Conservation: caller + silence inserted = appended + dropped{path=\"to_model\"} + "
     "queued{path=\"to_model\"}. "
     "A lasting difference is a bug of the bridge: report it."},
    {"voicebridge_silence_inserted_samples_total",
     counter,
     {},
     "Samples (8 kHz) of silence that the bridge appended because Twilio sent no media for more than 60 ms.",
     "A little is normal. As much as the caller audio itself: packets are lost between Twilio and the "
     "bridge."},
    {"voicebridge_appended_audio_samples_total",
     counter,
     {},
     "Samples (8 kHz) of caller audio and inserted silence handed to OpenAI.",
     "Right-hand side of the conservation law; see voicebridge_caller_audio_samples_total."},

    // The model's voice, to the caller.
    {"voicebridge_openai_audio_deltas_received_total",
     counter,
     {},
     "Audio deltas received from OpenAI, one per [RX_AUDIO_DELTA] log line.",
     "Zero while responses are due: OpenAI generates no audio; look at voicebridge_response_verdicts_total "
     "and "
     "voicebridge_openai_failures_total."},
    {"voicebridge_openai_audio_bytes_received_total",
     counter,
     {},
     "Bytes of audio in those deltas, after base64 decoding.",
     "Deltas without bytes are empty or undecodable; see "
     "voicebridge_protocol_errors_total{peer=\"openai\"}."},
    {"voicebridge_twilio_frames_sent_total", counter, kSource,
     "Media frames (20 ms) taken by the transport to Twilio, not merely queued; of the model's speech or of "
     "a clip "
     "of the bridge's own ([TX_FRAME_FIRST], [TX_FRAME_BATCH]).",
     "Zero while deltas are received: the bridge's way to Twilio is blocked; look at "
     "voicebridge_twilio_unacked_bytes "
     "and voicebridge_playout_late_seconds."},
    {"voicebridge_twilio_audio_bytes_sent_total", counter, kSource,
     "Bytes of mu-law audio in the frames sent to Twilio.",
     "Compare with voicebridge_openai_audio_bytes_received_total; the difference is queued or dropped, by "
     "reason."},
    {"voicebridge_model_audio_samples_total",
     counter,
     {},
     "Samples (8 kHz, after conversion) of model audio that entered the path to the caller.",
     "Conservation: model + clips = sent + dropped{path=\"to_caller\"} + queued{path=\"to_caller\"}. A "
     "lasting "
     "difference is a bug of the bridge: report it."},
    {"voicebridge_clip_audio_samples_total",
     counter,
     {},
     "Samples (8 kHz) of the bridge's own clips (the fallback) that entered the path to the caller.",
     "Growing: callers hear the fallback instead of the model; look at "
     "voicebridge_response_watchdog_fired_total."},
    {"voicebridge_sent_audio_samples_total",
     counter,
     {},
     "Samples (8 kHz) taken by the transport to Twilio.",
     "Right-hand side of the conservation law; see voicebridge_model_audio_samples_total."},
    {"voicebridge_queued_audio_samples", gauge, kPath,
     "Samples (8 kHz) inside the bridge now: received, and neither sent on nor dropped.",
     "to_caller may hold a whole answer, since the model is faster than speech; to_model should be near "
     "zero. "
     "Growing to_model: OpenAI's socket takes nothing."},
    {"voicebridge_audio_dropped_samples_total",
     counter,
     kDrop,
     "Samples (8 kHz) of audio that were shed, by path and reason.",
     "to_caller barge_in, late_delta and call_ended are normal. stale, too_long, buffer_full, not_ready and "
     "session_lost mean that somebody was not heard: look at that leg.",
     {},
     kDropPairs},
    {"voicebridge_late_deltas_dropped_total",
     counter,
     {},
     "Audio deltas that arrived for a response after its cancellation, and were not played.",
     "Some follow every barge-in. Without barge-ins: look at voicebridge_response_watchdog_fired_total, "
     "whose firing "
     "cancels too."},

    // How it plays.
    {"voicebridge_twilio_unacked_bytes",
     gauge,
     {},
     "Bytes written to Twilio's sockets that the transport has not taken yet, over all calls.",
     "More than a few thousand for seconds: a peer or a proxy reads nothing; calls will end as "
     "pipeline_blockage, "
     "reason transport_blocked."},
    {"voicebridge_playout_late_seconds",
     histogram,
     {},
     "How long a frame had been there, and Twilio had had nothing left to play, when the transport took it.",
     "Above zero the caller has heard a gap, which counts as one late frame: the host is short of processor "
     "time, or the path to Twilio blocked.",
     kLateEdges},
    {"voicebridge_media_forward_seconds", histogram, kPath,
     "Time from audio's arrival in the bridge to its being ready to go out (to_caller: without the playout's "
     "wait).",
     "The median is well under a millisecond. Above 20 ms: the process is short of CPU; add replicas or "
     "lower "
     "the limit of calls.",
     kForwardEdges},
    {"voicebridge_twilio_marks_sent_total",
     counter,
     {},
     "Marks sent to Twilio, the calibration mark included.",
     "Compare with the echoes. Marks without any echo: the stream is one-way (track or verb), or Twilio is "
     "gone."},
    {"voicebridge_twilio_marks_echoed_total", counter, kHow,
     "Mark echoes received: after their audio had time to play, flushed by a clear, or earlier than that.",
     "played is evidence that the caller hears the bot. early without barge-in: Twilio holds none of the "
     "audio; run "
     "linecheck verify-twiml against the bridge."},
    {"voicebridge_clears_sent_total",
     counter,
     {},
     "clear messages sent to Twilio, to stop playback at once.",
     "One per barge-in during playback. Many per call: the caller's line echoes; raise the VAD threshold."},
    {"voicebridge_truncations_sent_total",
     counter,
     {},
     "conversation.item.truncate events sent to OpenAI, telling it what the caller had heard.",
     "About one per clear. None while clears grow: the model believes that it was heard to the end."},
};

}  // namespace

std::span<const Family> audio_families() {
  return kFamilies;
}

}  // namespace metrics
