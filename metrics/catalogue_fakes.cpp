#include "metrics/catalogue_parts.hpp"

#include <array>

namespace metrics {
namespace {

using Values = std::string_view;
constexpr auto counter = Kind::counter;
constexpr auto gauge = Kind::gauge;

constexpr Label kCall[]{{"call"}};
constexpr Label kSound[]{{"call"}, {"sound"}};
/// Of Twilio's error dictionary: those that a bridge can bring about. Others appear when they happen.
constexpr Values kTwilioCodes[]{"11200", "11205", "11215", "12100", "12200", "12300", "15000",
                                "15004", "31901", "31902", "31903", "31904", "31910", "31920",
                                "31921", "31922", "31923", "31924", "31930", "31931", "31940",
                                "31941", "31950", "31951", "31952", "31953"};
constexpr Label kTwilioCode[]{{"code", kTwilioCodes, true}};
constexpr Values kFileKinds[]{"wav", "au", "mp3"};
constexpr Label kFileKind[]{{"kind", kFileKinds}};
constexpr Values kStatuses[]{"completed", "cancelled", "incomplete", "failed"};
constexpr Label kStatus[]{{"status", kStatuses}};
constexpr Values kOpenaiCodes[]{"beta_api_shape_disabled",
                                "cannot_update_voice",
                                "conversation_already_has_active_response",
                                "input_audio_buffer_commit_empty",
                                "insufficient_quota",
                                "integer_below_min_value",
                                "invalid_api_key",
                                "invalid_event",
                                "invalid_json",
                                "invalid_model",
                                "invalid_type",
                                "invalid_value",
                                "missing_model",
                                "missing_required_parameter",
                                "none",
                                "rate_limit_exceeded",
                                "response_cancel_not_active",
                                "server_error",
                                "session_expired",
                                "unknown_parameter"};
constexpr Label kOpenaiCode[]{{"code", kOpenaiCodes, true}};

constexpr Family kTwilio[]{
    {"fake_twilio_calls_total",
     counter,
     {},
     "Calls that the fake Twilio placed, inbound and outbound.",
     "Zero: the scenario has no caller, or the bridge never asked for its outbound call."},
    {"fake_twilio_calls_forgotten_total",
     counter,
     {},
     "Ended calls that the fake Twilio no longer remembers: beyond --keep, or forgotten by /reset.",
     "Rises on a server that runs long. Their facts, recordings and audio cannot be asked for any more."},
    {"fake_twilio_webhooks_total",
     counter,
     {},
     "HTTP requests that the fake Twilio sent to the bridge.",
     "Two or more a call: the voice webhook and what follows the stream. Zero: no call began."},
    {"fake_twilio_media_sent_total",
     counter,
     {},
     "Media frames of the caller's side sent to the bridge.",
     "50 a second of stream. Zero: no stream was opened; see fake_twilio_errors_total."},
    {"fake_twilio_media_received_total",
     counter,
     {},
     "Media messages received from the bridge, swallowed ones "
     "included.",
     "Zero although the model spoke: the bridge sends nothing; compare fake_openai_audio_deltas_sent_total."},
    {"fake_twilio_outbound_media_sent_total",
     counter,
     {},
     "Media frames of the outbound track sent to the bridge: what the caller hears, on streams that carry "
     "it.",
     "Above zero: a bridge that takes them for the caller's audio hears itself speak."},
    {"fake_twilio_caller_frames_lost_total",
     counter,
     {},
     "Frames of the caller that the scripted line lost before they reached the bridge.",
     "Zero unless the scenario's line loses some."},
    {"fake_twilio_odd_payloads_total",
     counter,
     {},
     "Media payloads of the bridge that are no multiple of 160 bytes (20 ms).",
     "Allowed, but a player that takes whole frames fills up the rest with silence: heard as clicks."},
    {"fake_twilio_payload_headers_total", counter, kFileKind,
     "Media payloads of the bridge that begin like a sound file.",
     "Above zero: the header is played as noise, and the audio behind it may be in another format."},
    {"fake_twilio_audio_bytes_received_total",
     counter,
     {},
     "Bytes of mu-law audio received from the bridge, after base64 decoding.",
     "Compare with the bridge's voicebridge_twilio_audio_bytes_sent_total: both count the same audio."},
    {"fake_twilio_swallowed_audio_bytes_total",
     counter,
     {},
     "Bytes of audio received on streams whose audio the caller cannot hear (track or verb).",
     "Above zero: the TwiML makes the stream one-way; run linecheck verify-twiml."},
    {"fake_twilio_marks_received_total",
     counter,
     {},
     "Marks received from the bridge.",
     "Zero: the bridge cannot know what was heard."},
    {"fake_twilio_marks_echoed_total",
     counter,
     {},
     "Marks echoed to the bridge, played or flushed.",
     "Fewer than received: audio was still queued, or swallowed, when the stream ended."},
    {"fake_twilio_clears_received_total",
     counter,
     {},
     "clear messages received from the bridge.",
     "Zero after a barge-in: the bot talked over its caller."},
    {"fake_twilio_errors_total", counter, kTwilioCode,
     "Errors and warnings of Twilio's dictionary that the bridge brought about, by code.",
     "Look the code up in Twilio's error dictionary; the call's report says what was wrong and where."},
    {"caller_heard_seconds", gauge, kCall,
     "Time in which anything, silence included, was played to the caller.",
     "Zero: nothing of the bot reached the handset."},
    {"caller_heard_speech_seconds", gauge, kCall,
     "Time in which the bot was loud (20 ms windows with a peak above -60 dBFS) at the caller's handset.",
     "Zero: the caller heard silence, whatever the bridge counted; the verdict names the leg."},
    {"caller_first_audio_seconds", gauge, kCall,
     "Time from the answer to the bot's first sound at the handset; absent until there is one.",
     "Long: look at the model's latency, then at the bridge's voicebridge_first_audio_seconds."},
    {"caller_longest_gap_seconds", gauge, kCall,
     "Longest silence inside a stretch in which the bot's audio was playing: an underrun of Twilio's buffer.",
     "Above zero: frames came late or not at all; look at voicebridge_playout_late_seconds."},
    {"caller_longest_silence_seconds", gauge, kCall,
     "Longest time since the answer in which neither the bot nor the caller spoke.",
     "Above a few seconds a caller hangs up: look at the model's answers around it."},
    {"caller_talk_over_seconds", gauge, kCall, "Time in which the bot was loud while the caller spoke.",
     "Above half a second after a barge-in: the clear came late or not at all."},
    {"caller_underruns_total", counter, kCall,
     "Times at which playback ran empty inside an utterance of the bot.",
     "Above zero: see caller_longest_gap_seconds."},
    {"caller_interruptions_total", counter, kCall,
     "Times at which the caller began to speak inside an utterance of the bot that went on.",
     "Zero in a scenario about barge-in: the bot was not speaking when the caller did."},
    {"caller_kept_talking_seconds", gauge, kCall,
     "Of those, the longest time from the caller's first sound to the end of the bot's utterance.",
     "Above a second: the barge-in was noticed late, or no clear was sent; see "
     "voicebridge_barge_in_clear_seconds."},
    {"caller_stale_audio_seconds", gauge, kCall,
     "Time in which the bot was loud, after the caller had begun, with audio that was in Twilio's buffer "
     "before.",
     "Above the bridge's lead: it fills the buffer far ahead and does not clear it."},
    {"caller_speech_level_dbfs", gauge, kCall,
     "RMS level of the bot's loud windows, in dB of full scale; absent until there is one.",
     "Speech lies between -30 and -15. Far above: static, the wrong codec or a file's header in the "
     "payload."},
    {"caller_clipped_samples_total", counter, kCall,
     "Samples of the bot's loud windows at the end of mu-law's range (bytes 0x00 and 0x80).",
     "More than a few: the audio was amplified too far, or is no mu-law."},
    {"caller_static_seconds", gauge, kCall,
     "Of the bot's loud windows of 20 ms those that are noise near full scale: above -9 dBFS, with a flat "
     "spectrum.",
     "A fifth of what is heard or more: the payload is no mu-law. Set audio/pcmu for the model's output."},
    {"caller_cut_utterances_total", counter, kCall,
     "Utterances of the bot that begin or end in the middle of a sound (the first or last 1 ms above -28 "
     "dBFS) although the caller neither interrupted nor hung up.",
     "Above zero: audio was dropped at an edge, or the call ended before the bot was done."},
    {"caller_sound_heard_seconds", gauge, kSound,
     "How much of a sound that the caller knows was heard, bit for bit, each part once; of a pure tone: all "
     "of it.",
     "Zero: it was not played, or changed on its way."},
    {"caller_sound_heard_share", gauge, kSound,
     "The same as a share of the sound's audible extent, 0 to 1; 1: every sample.",
     "Below 1 although nobody interrupted: audio was lost between the model and the handset."},
    {"caller_sound_resembled_seconds", gauge, kSound,
     "caller_sound_heard_seconds, and what is the sound by its shape: at another level, through another "
     "codec, resampled. Exact to 20 ms at either end of a part.",
     "Zero: it was not played. Above caller_sound_heard_seconds: the bridge changes the samples."},
    {"caller_sound_resembled_share", gauge, kSound,
     "The same as a share of the sound's audible extent, 0 to 1.",
     "Below 0.95 although nobody interrupted: audio was lost, or changed beyond what a codec does."},
    {"caller_sound_heard_offset_seconds", gauge, kSound,
     "Where in the sound's audible extent hearing it began.", "Above zero: its beginning was lost."},
    {"caller_sound_first_heard_seconds", gauge, kSound,
     "Time from the answer to the first of it at the handset; absent until then.",
     "Later than caller_first_audio_seconds: something else was heard before it."},
};

constexpr Family kOpenai[]{
    {"fake_openai_sessions_total",
     counter,
     {},
     "Realtime sessions asked for, refused ones included.",
     "Zero: the bridge never dialled; more than one a call: it dialled again."},
    {"fake_openai_appends_received_total",
     counter,
     {},
     "input_audio_buffer.append events received.",
     "Zero: no caller audio reached the model."},
    {"fake_openai_audio_bytes_received_total",
     counter,
     {},
     "Bytes of caller audio received, after base64 decoding, in the session's input format.",
     "Compare with voicebridge_openai_audio_bytes_sent_total: both count the same audio."},
    {"fake_openai_speech_started_total",
     counter,
     {},
     "Times at which the fake's turn detection heard the caller begin.",
     "Zero although the caller spoke: the audio is silence, noise or in the wrong format."},
    {"fake_openai_responses_total", counter, kStatus, "Responses that are done, by status.",
     "failed and incomplete come from the script; completed without deltas is the incident's silence."},
    {"fake_openai_audio_deltas_sent_total",
     counter,
     {},
     "Audio deltas sent to the bridge.",
     "Zero: the script lets the model say nothing."},
    {"fake_openai_audio_bytes_sent_total",
     counter,
     {},
     "Bytes of audio in those deltas, before base64.",
     "Compare with voicebridge_openai_audio_bytes_received_total: both count the same audio."},
    {"fake_openai_cancels_received_total",
     counter,
     {},
     "response.cancel events received.",
     "With interrupt_response: true a barge-in needs none; each is a cancel of the watchdog's."},
    {"fake_openai_truncates_received_total",
     counter,
     {},
     "conversation.item.truncate events received.",
     "One per interrupted answer. Zero: the model believes that it was heard."},
    {"fake_openai_errors_sent_total", counter, kOpenaiCode, "error events sent to the bridge, by code.",
     "Any that the script did not ask for is a breach of the protocol by the bridge: the report quotes it."},
};

constexpr Values kIntruderAnswers[]{"refused", "closed", "taken"};
constexpr Label kIntruderAnswer[]{{"answer", kIntruderAnswers}};
constexpr Family kIntruder[]{
    {"intruder_streams_total", counter, kIntruderAnswer,
     "Media streams that somebody who is not Twilio opened at the bridge (do: intrude), by what the bridge "
     "did: refused the upgrade, closed after start, or took the stream.",
     "Taken above zero: whoever has seen one call's stream can hear and speak in its name."},
    {"intruder_close_code",
     gauge,
     {},
     "The close code that the bridge sent to the last of them; 1006: none, the connection was cut.",
     "Other than 1008, policy violation: the bridge takes a stranger for something else."},
};

}  // namespace

std::span<const Family> intruder_families() {
  return kIntruder;
}
std::span<const Family> twilio_families() {
  return kTwilio;
}
std::span<const Family> openai_families() {
  return kOpenai;
}

}  // namespace metrics
