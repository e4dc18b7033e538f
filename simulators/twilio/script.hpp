#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/core/time.hpp"
#include "simulators/twilio/machine_detection.hpp"
#include "simulators/twilio/twiml.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace simulators::twilio {

using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

/// A sound that the caller can tell from others: a recording, or any pure tone of `hertz`.
struct KnownSound {
  std::string name;
  runtime::audio::Clip clip;
  int hertz = 0;  // 0: the recording
};

// ---- the caller -----------------------------------------------------------------------------------------

/// Says nothing for `length`; the line stays open. `wait` and `silence` differ in what the author means
/// (between steps, or as a turn of its own), not in what goes over the line.
struct Wait {
  Duration length{0};
};
struct Silence {
  Duration length{0};
};
/// Says nothing until `at` after the script's beginning; goes on at once when that is over.
struct WaitUntil {
  Duration at{0};
};
/// The phone sends nothing at all for `length`, not even silence: its network is gone.
struct NoPackets {
  Duration length{0};
};
/// Speaks the clip, verbatim and contiguous, from the next 20 ms frame on. A last frame that the clip does
/// not fill is filled up with silence.
struct Say {
  runtime::audio::Clip clip;
  std::string label;  // what reports call it: the clip's file, or the spoken text
};
/// Presses keys (0-9 * # A-D): `tone` each, `gap` between them. Twilio reports a key at its tone's end and
/// sends silence meanwhile, unless Knobs say otherwise.
struct Press {
  std::string keys;
  Duration gap = 250ms;
  Duration tone = 100ms;
};
/// Listens for `length`; absent: until the call ends.
struct Listen {
  std::optional<Duration> length;
};
/// Goes on when it has happened, or at the latest after `at_most` (the step is then reported as timed out,
/// and the script goes on all the same). The bot "speaks" while audio above -60 dBFS leaves the handset;
/// pauses shorter than `quiet` belong to what it says.
struct WaitFor {
  enum class What {
    bot_speaking,    // the bot is speaking and has been for `lasting`
    bot_finished,    // the bot has spoken since the last step that waited for it, and has been quiet for
                     // `quiet`
    heard_anything,  // the first audible sound of the call, if it has not been yet
    heard_sound,  // `lasting` of the known sound `sound` has been heard so far (all of it, if it is shorter)
    silence,      // the bot has not been audible for `lasting`, all of it since the step began
    call_ended,
  };
  What what = What::bot_finished;
  std::string sound;
  Duration lasting{0};
  Duration quiet = 700ms;
  Duration at_most = 30s;
};
struct HangUp {};

struct Step {
  std::variant<Wait, Say, Silence, Press, Listen, WaitFor, HangUp, WaitUntil, NoPackets> action;
  std::string as;  // the name that expectations use; may be empty
};

/// The steps run one after another. The script begins when somebody begins to listen: with the first stream's
/// `start`, or a `<Record>`'s beep; without either, `CallPlan::script_begins_at_latest` after the answer.
/// After its last step the caller hangs up, whether that is a HangUp or not.
using CallerScript = std::vector<Step>;

/// What the line carries while the caller does not speak.
enum class Packets {
  always,  // line noise: random 0x7F and 0xFF, as live captures show; both decode to zero
  dtx,     // nothing between utterances; timestamps advance, chunk and sequence numbers stay contiguous
  none,    // no media at all, not even while the caller speaks
};

/// What happens to sound and messages between the caller and the bridge. Everything random is seeded; what
/// goes one way stays in order, as TCP keeps it. docs/line.md says where the presets' numbers come from.
struct LineTraits {
  // Between Twilio and the bridge: webhooks, the dial, and every message of a stream.
  Duration latency{0};      // one way
  Duration jitter{0};       // uniform in [0, jitter) on top, anew for every message
  Duration stall_every{0};  // on average; 0: never. A lost segment: what is sent meanwhile comes in one burst
  Duration stall_shortest{0};
  Duration stall_longest{0};
  Duration callbacks_late{
      0};                    // status callbacks: uniform in [0, this], each by itself, so that they overtake
  int upgrade_answered = 0;  // something in between answers each upgrade itself, with this status; 0: nothing
  // Between the caller's phone and Twilio.
  Duration handset_delay{0};      // each way
  double missing = 0;             // share of the caller's frames that never come, 0 to 1
  Duration first_media_later{0};  // after `start`

  bool instant() const {
    return latency == Duration(0) && jitter == Duration(0) && stall_every == Duration(0);
  }
};

// ---- Twilio's side --------------------------------------------------------------------------------------

enum class Direction {
  inbound,
  outbound,
  dialled,  // a third party's leg: the child of another call
};
enum class TrackRules { twilio_docs, incident_report };
/// What a bridge whose audio is swallowed gets back for its marks.
enum class SwallowedMarks {
  none,
  early,  // each echoed at once
};
/// What becomes of the dialling of an outbound call.
enum class Outcome { answered, busy, no_answer, failed };

/// Somebody whom a `<Dial>` reaches.
struct ThirdParty {
  std::string name;                     // for reports
  std::string number;                   // as the TwiML dials it; empty: any
  Outcome outcome = Outcome::answered;  // of being rung
  Duration answers_after = 3s;          // or is busy, or fails
  CallerScript script;  // once connected; then it hangs up. Empty: it listens and says nothing
};

/// A moment of a call. Happens at most once.
struct Moment {
  enum class When {
    answered,
    stream_started,   // `start` has been sent
    first_bot_frame,  // the bridge's first media has been received
    bot_audio,        // `after` of the bridge's audio has been received (audio time, not clock time)
    step,             // the step called `step` has begun
  };
  When when = When::stream_started;
  Duration after{0};  // clock time on top of `when`; for bot_audio see there
  std::string step;
};

/// Twilio's end stops reading from the media socket: what the bridge sends fills the buffers between them.
struct StopReading {
  Moment from;
  std::optional<Duration> lasts;  // absent: for ever
};
/// A text message sent to the bridge as it stands; `{streamSid}` in it is replaced by the stream's sid.
struct Inject {
  Moment at;
  std::string text;
  bool before_start = false;  // sent between `connected` and `start`; `at` is then ignored
};
/// Broken messages by name, for scripts. `broken_message` writes them.
enum class BrokenMessage {
  bad_json,
  second_start,
  wrong_sid,
  bad_base64,
  unknown_event,
  wrong_type,
  huge,
  media
};
std::string broken_message(BrokenMessage kind);
/// The media socket's connection is cut, without a close frame.
struct DropConnection {
  Moment at;
};
/// The path between Twilio and the bridge, by where it leads.
enum class Towards { both, bridge, twilio };
/// The path carries nothing of the call's streams; what is sent meanwhile comes in one burst.
struct StallPath {
  Moment from;
  Towards towards = Towards::both;
  std::optional<Duration> lasts;  // absent: for ever
};
using MediaFault = std::variant<StopReading, Inject, DropConnection, StallPath>;

/// Points that no source settles, and sizes. Defaults are the reference's.
struct Knobs {
  Duration connect_timeout = 5s;
  Duration upgrade_timeout = 5s;
  Duration webhook_timeout = 15s;
  Duration first_timestamp_min = 60ms;  // of the first media message, uniform
  Duration first_timestamp_max = 250ms;
  Duration timestamp_jitter = 2ms;        // of later ones: a grid of 20 ms, give or take half of this
  Duration caller_answers_after = 0ms;    // inbound: from dialling to the voice webhook
  Duration outbound_rings_after = 200ms;  // created -> initiated -> ringing
  Duration outbound_answers_after = 1s;   // ringing -> answered (or busy, failed)
  Duration outbound_ring_timeout = 60s;   // ringing -> no-answer, unless the REST call set Timeout
  Duration ring_extension = 0s;           // on top of either: the live service may ring 5 s longer
  Duration playback_limit = 10min;        // of queued audio; beyond, 31931 and new audio is discarded
  Duration upstream_limit = 5s;           // of caller audio that the bridge has not taken; beyond, 31930
  std::size_t message_limit_bytes = 1U << 20U;
  unsigned track_limit = 4;        // of a call's one-way streams that run at once; 0: none
  unsigned both_tracks_count = 2;  // how many of them a stream with both_tracks takes
  unsigned detection_tracks = 1;   // how many of them `AsyncAmd` takes until its verdict
  int track_limit_code = 31900;    // one stream more is refused with it
  /// A track that its verb does not allow: no socket is opened, or one is, as without the attribute. Either
  /// way 31941.
  enum class WrongTrack { refused, warned } wrong_track = WrongTrack::refused;
  bool tracks_in_any_case = false;    // "Inbound_Track" is a track
  bool outbound_track_first = false;  // in `start.tracks` of both
  bool refused_stream_told = true;    // a stream that is never dialled has its `stream-error` callback
  bool stream_query_refused = false;  // a query in a stream's url: 31920; false: dialled without it
  bool stream_format_warned = false;  // `audioFormat` and `sampleRate` of a stream: 12200; false: ignored
  bool private_hosts = true;       // streams to them are dialled; false: 31904, as the live service answers
  unsigned handshake_retries = 0;  // after a handshake that failed
  bool letter_keys = true;         // A to D are reported as `dtmf`
  bool empty_payload_refused = false;  // media without audio: 31951; false: no audio is queued
  bool extra_fields_ignored = false;   // of the bridge's messages; false: 31951
  /// The path carries nothing either way: so long until Twilio takes the connection for broken (31903);
  /// absent: for ever.
  std::optional<Duration> silent_drop_after;
  /// Chunk and sequence numbers of frames that were lost, upstream or by overflow: left out, or never given.
  enum class LossNumbers { contiguous, skipped } loss_numbers = LossNumbers::contiguous;
  bool harsh_playback = false;      // a frame that is not full when its turn comes is filled up with silence
  Duration rtp_timeout = 30s;       // without a packet from the phone: 31953
  bool keys_at_tone_start = false;  // `dtmf` when the key's tone begins, not when it ends
  bool keys_audible = false;        // the tones stay in the caller's media
  /// incident_report, `<Connect>` with both_tracks: what the caller hears comes back as the outbound track.
  bool outbound_media = false;
  /// A message on a one-way stream: discarded, or the socket is closed with 1002. Either way 31924.
  enum class OneWayMessage { discard, close_1002 } one_way_message = OneWayMessage::discard;
  enum class Close { code_1000, no_code, abrupt } close = Close::code_1000;  // how Twilio ends a stream
  Duration close_timeout = 2s;
  enum class Garbage { warn, close_1002 } garbage = Garbage::warn;
  bool bad_utf8_as_rfc = false;  // a text that is no UTF-8: closed with 1007; false: 1002, as other breaches
  enum class LongParameter { truncate, drop, fail } long_parameter = LongParameter::truncate;
  bool stream_error_on_close = false;  // the stream callback's event when the bridge closes first
  std::string stream_error_text = "Stream signal error, code: {code}";  // `StreamError`
  bool stream_error_code = true;                                        // `StreamErrorCode` comes with it
  bool echo_marks_on_stop = false;  // those still pending when the stream ends
  enum class Signature { right, wrong, none } signature = Signature::right;  // wrong: with another auth token
  bool sign_url_with_slash = false;  // the upgrade's signature covers the url with "/" appended
  bool plain_ws = true;              // `ws://` is dialled; false: 31922, as the live service answers
  bool pause_delays_answer = true;   // a `<Pause>` as the very first verb: it rings meanwhile
  bool unsigned_params = false;      // CallToken and StirVerstat are added after signing
  bool idempotency_token = true;     // webhooks carry I-Twilio-Idempotency-Token
  bool accept_gzip = true;           // and Accept-Encoding: gzip; such answers are unpacked
  enum class CallToken { json, url_encoded, absent } call_token = CallToken::json;
  bool unknown_parameter = false;  // webhooks carry a parameter that nobody documents, under a random name
  /// A live call that is moved to another document plays first what its stream has queued, unless that is
  /// cleared. False: at once.
  bool drain_before_redirect = false;
  Duration ping_every{0};      // of the media socket; 0: never
  bool sign_fragment = false;  // a webhook's signature covers the fragment of its url, which is never sent
  /// What becomes of a call whose `<Play>` cannot be fetched or played: an application error (fallback url,
  /// apology), or the next verb.
  enum class Unplayable { apology, skip } unplayable = Unplayable::apology;
  Duration callback_delay_max{0};        // each callback is late by up to this, and may overtake others
  unsigned callback_repeat_percent = 0;  // of callbacks that arrive twice
  Duration apology = 4s;                 // "an application error has occurred", before the line goes dead
  TwimlDefaults twiml;
  Duration transcribed_after = 5s;          // `<Record transcribe>`: from the recording's end to its text
  std::optional<int> receive_buffer_bytes;  // SO_RCVBUF of the media socket

  bool operator==(const Knobs&) const = default;
};

struct CallPlan {
  Direction direction = Direction::inbound;
  std::string from = "+14158675310";
  std::string to = "+18005551212";
  /// The number's configuration (inbound). An outbound call's come with the REST request.
  std::string voice_url;
  std::string voice_method = "POST";
  /// Asked when TwiML cannot be fetched or read; empty: an apology. May be relative to `voice_url`.
  std::string fallback_url;
  std::string fallback_method = "POST";
  std::string status_callback;  // empty: none
  std::string status_callback_method = "POST";
  std::vector<std::string> status_events{"completed"};
  std::string debugger_url;  // for this call; empty: the account's. May be relative to `voice_url`
  /// Of the call's requests: besides Twilio's own, or instead of those of the same name.
  std::vector<std::pair<std::string, std::string>> parameters;

  TrackRules rules = TrackRules::twilio_docs;
  SwallowedMarks swallowed_marks = SwallowedMarks::none;
  Outcome outcome = Outcome::answered;  // outbound only
  Answerer answerer;                    // outbound only: what answering machine detection finds
  Packets packets = Packets::always;
  LineTraits line;
  CallerScript caller;
  std::vector<ThirdParty> others;  // nobody answers at other numbers
  std::vector<KnownSound> sounds;  // names differ
  Duration script_begins_at_latest = 5s;
  std::vector<MediaFault> faults;
  std::optional<Duration> time_limit;  // Twilio ends the call; absent: 4 h
  Knobs knobs;
};

}  // namespace simulators::twilio
