#pragma once
#include "simulators/twilio/measurement.hpp"
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::twilio {

/// Mu-law audio with the moment of each piece. One string and an index: a long call is tens of thousands of
/// frames.
struct TimedAudio {
  enum class Kind : std::uint8_t { line, speech, keys };  // of what is sent to the bridge; else `line`
  struct Piece {
    TimePoint at;        // sent, arrived, or began to sound
    std::size_t offset;  // into `mulaw`
    std::size_t bytes;
    Kind kind = Kind::line;
  };
  std::string mulaw;
  std::vector<Piece> pieces;

  void append(TimePoint at, std::string_view bytes, Kind kind = Kind::line);
  std::string_view bytes_of(const Piece& piece) const {
    return std::string_view(mulaw).substr(piece.offset, piece.bytes);
  }
  /// The bytes of every piece of `kind`, joined: what the caller said, verbatim.
  std::string joined(Kind kind) const;
};

struct StatusChange {
  TimePoint at;
  std::string
      status;  // queued, initiated, ringing, in-progress, completed, busy, no-answer, failed, canceled
};

struct TwilioError {
  TimePoint at;
  int code = 0;  // of the error dictionary: 31941, 12200, ...
  bool warning = false;
  std::string text;  // what was wrong, where
};

struct HttpExchange {
  enum class Purpose {
    voice,
    redirect,
    action,
    fallback,
    media,    // the file of a `<Play>`
    whisper,  // the TwiML of a `<Number url>`
    status_callback,
    stream_callback,
    recording_callback,
    transcription_callback,
    amd_callback,
    debugger,
  };
  Purpose purpose = Purpose::voice;
  TimePoint asked_at;
  std::optional<TimePoint> answered_at;
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> form;
  std::vector<std::pair<std::string, std::string>> headers;  // sent
  int status = 0;                                            // 0: no answer
  std::vector<std::pair<std::string, std::string>> answer_headers;
  std::string content_type;
  std::string body;   // of the answer
  std::string error;  // why there was none
};

struct MarkFact {
  enum class How { played, cleared, empty_queue, swallowed_early, on_stop, none };
  std::string name;
  TimePoint received_at;
  std::size_t after_bytes = 0;         // audio received on this stream before it
  How how = How::none;                 // `none`: no echo (yet)
  std::optional<TimePoint> played_at;  // the playhead reached it: exact
  std::optional<TimePoint> echoed_at;
  std::optional<TimePoint> carried_at;  // the line had the echo at the bridge, stalls of the script's apart
};

/// While it lasted, one way of the path carried nothing, as the script had it: Twilio took nothing from the
/// connection (`towards_bridge` false), or what it wrote was not delivered.
struct StallFact {
  TimePoint from;
  std::optional<TimePoint> until;  // absent: to the end
  bool towards_bridge = false;
};

struct ClearFact {
  TimePoint at;
  std::size_t dropped_bytes = 0;  // audio that the caller will never hear
  std::size_t marks_echoed = 0;
};

/// Audio that came when the playback buffer was full (31931): nobody will hear it.
struct DiscardFact {
  TimePoint at;
  std::size_t offset = 0;  // into what was received
  std::size_t bytes = 0;
};

struct KeyFact {
  TimePoint at;
  char key = 0;
};

enum class StreamEnd { call_ended, bridge_closed, connection_lost, protocol_error, stopped, not_opened };

struct StreamFacts {
  std::string sid;
  std::string url;
  std::string verb;   // "Connect" or "Start"
  std::string track;  // the attribute's value; empty when absent
  std::string name;   // the attribute's value; empty when absent
  std::vector<std::pair<std::string, std::string>> parameters;
  bool swallowed = false;               // the bridge's audio goes nowhere
  std::optional<TimePoint> dialled_at;  // none: never dialled (31941, a bad url)
  int handshake_status = 0;             // 101, another status, or 0 when nothing answered
  std::string handshake_error;
  std::optional<TimePoint> started_at;  // `start` was sent
  std::optional<TimePoint> ended_at;
  bool stopping = false;  // through the REST API
  int error = 0;          // its last error's code; 0: none. Warnings are no errors
  StreamEnd end = StreamEnd::not_opened;
  std::optional<std::uint16_t> bridge_close_code;  // of the bridge's close frame
  std::optional<std::uint16_t> our_close_code;
  std::uint64_t first_timestamp_ms = 0;
  TimedAudio sent;      // exactly what went to the bridge, idle line included; `at`: handed over
  TimedAudio received;  // verbatim what the bridge sent, also when swallowed
  std::vector<MarkFact> marks;
  std::vector<ClearFact> clears;
  std::vector<DiscardFact> discards;  // in order; neighbours are one
  std::vector<KeyFact> keys;          // sent as `dtmf`
  std::vector<StallFact> stalls;
  std::size_t messages_received = 0;
  std::size_t media_bytes = 0;  // of the messages that carried `received`
  std::size_t rejected_messages = 0;
  std::size_t discarded_caller_frames = 0;  // 31930
  std::size_t lost_caller_frames = 0;       // by the line, as the plan has it
  std::size_t payload_headers = 0;          // payloads that begin like a sound file
};

/// Of a `<Record transcribe>`: the words that the caller's script has for what was said meanwhile.
struct Transcription {
  std::string sid;
  std::string text;
  std::string status;  // completed, failed: what it is once it is over
  TimePoint over_at;   // in-progress until then
};

/// What a `<Record>`, a `<Dial record>` or `Record=true` of a create kept.
struct RecordingFacts {
  std::string sid;
  std::string url;
  TimePoint began_at;
  std::string mulaw;   // the first channel, or the only one
  std::string source;  // RecordVerb, DialVerb, OutboundAPI
  std::string track = "inbound";
  std::string second;    // the other channel, as long as the first; empty: mono
  bool running = false;  // no audio yet: it comes when the recording ends
  std::optional<Transcription> transcription;

  unsigned channels() const { return second.empty() ? 1 : 2; }
  /// Whole seconds; one at least, unless there is nothing.
  std::int64_t seconds() const;
};

struct StepFacts {
  std::size_t index = 0;
  std::string as;
  std::string what;  // "say hello.wav", for reports
  std::optional<TimePoint> began_at;
  std::optional<TimePoint> ended_at;
  bool timed_out = false;  // a wait_for that gave up
  Duration late{0};        // a wait_until: it began so long after the moment that it waits for
};

enum class EndedBy { caller, bridge, rest, twilio, time_limit, not_answered };

/// All that a call did, seen from Twilio. Append-only; grows while the call runs.
struct CallFacts {
  std::string sid;
  std::string account_sid;
  std::string application_sid;  // that it was created with; empty: none
  std::string party;            // the third party's name
  Direction direction = Direction::inbound;
  TrackRules rules = TrackRules::twilio_docs;
  std::string from;
  std::string to;
  std::vector<std::pair<std::string, std::string>> parameters;  // that the plan has of its requests
  std::string parent_sid;  // of the call that dialled this leg; empty: none
  TimePoint placed_at;
  std::optional<TimePoint> dialled_at;  // outbound: when it left the queue
  std::optional<TimePoint> answered_at;
  std::optional<TimePoint> script_began_at;
  std::optional<TimePoint> ended_at;
  EndedBy ended_by = EndedBy::caller;  // once ended
  std::string end_status;              // from then on: the status that comes when its streams are closed
  std::string answered_by;             // answering machine detection's verdict; empty: none (yet)
  Duration detected_after{0};          // from the answer
  std::vector<StatusChange> statuses;
  std::vector<HttpExchange> http;
  std::vector<std::pair<TimePoint, std::string>> documents;  // TwiML executed
  std::vector<std::string> verbs;                            // executed, in order: "Connect", "Redirect", ...
  std::vector<TwilioError> errors;
  std::vector<std::string> notices;  // what Twilio does not report, and its user wants to know
  std::vector<std::unique_ptr<StreamFacts>> streams;  // every attempt, in order; addresses are stable
  std::vector<std::unique_ptr<CallFacts>> children;   // the legs of its `<Dial>`s, in order
  std::vector<RecordingFacts> recordings;
  std::vector<StepFacts> steps;         // one per step of the script, from the start
  std::set<std::size_t> faults_struck;  // places among the plan's
  TimedAudio heard;  // what left the handset: each piece is contiguous sound, its `at` exact to the sample
  Measurement measured;  // brought up to date every 20 ms and when the call ends

  /// "queued" of a leg that waits until those before it in its `<Dial>` were rung in vain.
  const std::string& status() const;
  /// The stream that was opened and started last; null when none was.
  const StreamFacts* stream() const;
  const StepFacts* step(std::string_view as) const;
  bool has_error(int code) const;
};

}  // namespace simulators::twilio
