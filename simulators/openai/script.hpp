#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace simulators::openai {

using runtime::Duration;

// What the fake says and when. Pure data: the scenario's loader fills it in, ScriptPlayer plays it.

/// Audio with its transcript: one message item.
struct Speech {
  std::string mulaw;  // G.711 mu-law, 8 kHz: exactly what a caller on a perfect line hears
  std::string transcript;
};
/// An item that claims to be speech: the transcript streams, and no audio ever does.
struct TranscriptOnly {
  std::string transcript;
};
/// A text item although audio was asked for.
struct TextOnly {
  std::string text;
};
struct ToolCall {
  std::string name;
  std::string arguments = "{}";  // JSON text
};
/// A call of a tool on an MCP server: the service makes it, the client hears of it (openai-realtime.md, 5.4).
struct McpCall {
  std::string server;  // its label among the session's tools
  std::string name;
  std::string arguments = "{}";  // JSON text
  std::string result;
  std::optional<std::string> error;  // in place of a result
  Duration takes{std::chrono::milliseconds(300)};
};
/// Asks the client whether such a call may be made.
struct McpApproval {
  std::string server;
  std::string name;
  std::string arguments = "{}";
};
using Output = std::variant<Speech, TranscriptOnly, TextOnly, ToolCall, McpCall, McpApproval>;

/// A range from which a time is drawn anew, uniformly and seeded; lowest == highest: always that.
struct Span {
  Duration lowest{0};
  Duration highest{0};
};

/// How many times faster than real time audio leaves, in hundredths, drawn anew for every delta.
struct Speed {
  std::int64_t lowest = 1000;
  std::int64_t highest = 1300;
};

/// Speed of an answer, near the server (openai-realtime.md, 7.2). Times count from the moment a response is
/// due, but where another start is named. What is absent depends on the model: see pace_of().
struct Pace {
  Span created{std::chrono::milliseconds(30), std::chrono::milliseconds(90)};
  Span item{std::chrono::milliseconds(300), std::chrono::milliseconds(300)};         // after created
  Span transcript{std::chrono::milliseconds(310), std::chrono::milliseconds(310)};   // after created
  Span audio{std::chrono::milliseconds(430), std::chrono::milliseconds(430)};        // after created
  Span between_words{std::chrono::milliseconds(20), std::chrono::milliseconds(25)};  // of text and arguments
  Speed speed;
  std::optional<Span> between_deltas;                                              // instead of a speed
  std::optional<Span> delta_audio;                                                 // audio in one delta
  std::optional<Span> first_delta_audio;                                           // and in an item's first
  Span done{std::chrono::milliseconds(2), std::chrono::milliseconds(8)};           // after the last delta
  Span rate_limits{std::chrono::milliseconds(10), std::chrono::milliseconds(45)};  // after response.done
  Span cancel{std::chrono::milliseconds(5),
              std::chrono::milliseconds(40)};  // from a cancel to the closing events
  bool interleaves = false;                    // a second item begins before the first is done
};

/// Errors whose code nobody has recorded: a setting says it (open_points.hpp).
enum class OpenCode {
  none,
  wrong_type,
  not_truncatable,
  second_truncation,
  duplicate_item,
  previous_item,
  unknown_call_id,
  transcription_update,
};

struct ErrorBody {
  std::string type = "invalid_request_error";
  std::string code;  // empty: null
  std::string message;
  std::string param = {};  // empty: null
  OpenCode open_code = OpenCode::none;
  bool operator==(const ErrorBody&) const = default;
};

/// How a response ends.
struct Completed {};
struct Failed {  // straight after response.created, no output (6.7), but for Faults::breaks_off
  ErrorBody error{"server_error", "server_error",
                  "The server had an error while processing your request. Sorry about that!", ""};
};
struct Incomplete {  // after all of the outputs, the last item "incomplete"
  std::string reason = "max_output_tokens";
};
struct NeverCreated {};    // the turn is committed and nothing follows
struct CancelledAtBirth {  // response.done {cancelled, turn_detected} is the first or second event of the
                           // response
  bool created_first = true;
};
using Ending = std::variant<Completed, Failed, Incomplete, NeverCreated, CancelledAtBirth>;

/// A moment inside a response.
struct Moment {
  enum class At { created, first_audio, after_audio, after_deltas, done } at = At::created;
  Duration audio{0};       // after_audio: as soon as this much audio of the response was sent
  bool before = false;     // created, first_audio, done: just before that event instead of just after
  std::size_t deltas = 0;  // after_deltas: after so many audio deltas, from 1
};
// Things that happen at a moment.
struct UnknownEvent {};   // an event type that nobody knows
struct MalformedJson {};  // a text frame that is no JSON
struct EmptyDelta {};     // an audio delta with an empty string
struct ErrorEvent {
  ErrorBody error;
};
struct CloseConnection {
  std::uint16_t code = 1011;
  std::string text;
};
struct AbortConnection {};  // cut without a close frame
struct HalfOpen {};         // nothing is read or sent any more, and nobody is told
struct StopReading {
  std::optional<Duration> lasts;  // absent: for ever
};
/// A fault of the whole session begins: its place among the session's faults (behaviour.hpp).
struct BeginFault {
  std::size_t fault = 0;
};
using Happening = std::variant<UnknownEvent, MalformedJson, EmptyDelta, ErrorEvent, CloseConnection,
                               AbortConnection, HalfOpen, StopReading, BeginFault>;
struct Insertion {
  Moment moment;
  Happening what;
  std::optional<std::size_t> fault = {};  // its place among the script's faults
};

/// The stream of audio deltas stands still, then goes on (or never does; then no response.done comes either).
struct Stall {
  std::optional<std::size_t> after_deltas;  // one of the two; none: before the first delta
  std::optional<Duration> after_audio;
  std::optional<Duration> lasts;          // absent: for ever
  std::optional<std::size_t> fault = {};  // the place among the script's faults of the one that it is
};

enum class AudioFormat { pcm, pcmu, pcma };

/// From where in a response's audio something is so: after so many deltas, and so much audio, were sent.
struct Onset {
  std::size_t deltas = 0;
  Duration audio{0};
  std::optional<std::size_t> fault = {};  // as of Stall
};

struct Faults {
  std::optional<Onset> undecodable;     // audio deltas are text that is no base64
  std::optional<Onset> silent;          // audio deltas are pure silence
  std::optional<AudioFormat> speak_as;  // audio in this format whatever the session says (loud static)
  Onset speak_as_from;
  std::optional<Onset> unheard;    // no more audio deltas; the transcript goes on
  std::optional<Onset> no_deltas;  // no more deltas of any kind
  std::optional<Onset> trickle;    // 20 ms of audio in a delta, in real time
  std::optional<Onset> burst;      // audio deltas without a pause between them
  std::optional<Onset> oversized;  // all that is left of an item's audio in one delta
  // Where a failed or incomplete response breaks off, at the latest at its end; absent: a failed one straight
  // after response.created, an incomplete one after all of its outputs.
  std::optional<Onset> breaks_off;
  std::optional<Stall> stall;
  bool never_ends = false;            // everything up to response.done: it stays active until it is cancelled
  bool done_lost = false;             // it ends as any other, and response.done is not sent
  Duration created_later{0};          // added to Pace::created
  Duration first_audio_later{0};      // added to Pace::audio, item by item's first delta only in the first
  std::optional<Onset> empty_deltas;  // an empty audio delta before each
  std::optional<Onset> repeated_deltas;   // each audio delta is sent twice
  std::optional<Onset> reordered_deltas;  // audio deltas change places, two by two
  std::size_t deltas_after_done = 0;      // of a response that ends by itself: its last delta again
  // After a cancel, by client or server: so many deltas of the cancelled response still come before its
  // response.done, and so many after it. Deltas beyond the end of its audio repeat its last one.
  std::size_t late_deltas_before_done = 0;
  std::size_t late_deltas_after_done = 0;
  std::optional<std::size_t> late_before_fault, late_after_fault, cancel_fault;  // as of Stall
  enum class Cancel {
    confirmed,    // as the service does it
    unconfirmed,  // deltas stop, response.done never comes: the session is stuck
    ignored,      // the response goes on as if nobody had cancelled
  } cancel = Cancel::confirmed;
  bool beta_names = false;                  // response.audio.delta and alike (section 9)
  std::optional<std::int64_t> tokens_left;  // what rate_limits.updated says of them
  std::optional<std::size_t> limits_fault;  // as of Stall
  std::vector<Insertion> insertions;
};

/// What becomes of the caller's words that a reply answers, where the session
/// asks for them in writing.
struct Transcribed {
  enum class Outcome { completed, failed, absent } outcome = Outcome::completed;
  std::string text;               // empty: as without this
  std::optional<Duration> after;  // the turn's commit; absent: as without this
};

struct Reply {
  std::vector<Output> outputs;
  Ending ending = Completed{};
  Faults faults;
  std::optional<Pace> pace;  // instead of the session's
  // False: items are finished one after the other; true: a second item begins before the first is done (6.3).
  // Absent: as the session's model has it.
  std::optional<bool> interleaved;
  std::optional<Transcribed> transcription;  // of the turn that it answers, instead of the session's
};

/// Which demand for a response a rule answers.
struct When {
  enum class Kind {
    greeting,         // response.create before any caller's turn
    caller_finished,  // a turn was committed, by VAD or by the client
    heard,            // such a turn in which `sound` was to be heard
    text,             // a text item of the user (keys that the caller pressed)
    tool_result,      // the output of a tool call, or the approval that an McpApproval asked for
    again,            // one more response with nothing new said since the last
    out_of_band,      // response.create with conversation "none"
    any,              // all but out_of_band
  } kind = Kind::any;
  std::string text;     // Kind::text: what the item must hold; empty: any
  bool exact = false;   // Kind::text: the whole item, not a part of it
  std::string sound;    // Kind::heard: mu-law
  std::string tool;     // Kind::tool_result: the tool's name; empty: any
  std::size_t nth = 0;  // only the nth demand that matches the rest, from 1; 0: each
};

struct Rule {
  When when;
  bool every_time = false;  // `times: any`; else used once
  Reply reply;
  std::string as;  // the reply's name in facts and expectations; may be empty
};

/// Rules are looked at in order and the first unused one that matches answers. A retry (another response with
/// nothing new said since) gets a rule of its own kind, else the one that its turn got, until that was heard.
/// Without a matching rule: SmallTalk.
struct Script {
  std::vector<Rule> rules;
};

}  // namespace simulators::openai
