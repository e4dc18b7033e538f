#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/http_plan.hpp"
#include "scenarios/engine/source.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scenarios::engine {

namespace promql {
class Query;
}

using runtime::Duration;

/// When something must hold. Without any of these: at the end of the scenario.
struct Window {
  enum class Mode {
    at_end,  // when everything is over
    within,  // at some moment in [from, to], counted from the anchor
    always,  // at every moment in [from, to]
    never,   // at no moment in [from, to]
  } mode = Mode::at_end;
  std::optional<std::string> after;  // a step, reply or fault by its `as`; absent: the scenario's start
  Duration from{0};
  std::optional<Duration> to;  // absent: the scenario's end
};

/// `verdict:`. Must hold for every call, or for `call` alone.
struct VerdictCheck {
  std::string verdict;
  std::string reason;               // empty: any
  std::optional<std::size_t> call;  // from 1
};

/// A PromQL expression.
struct QueryCheck {
  std::string text;
  Mark text_at;  // where the text starts in the file, for errors inside of it
  std::shared_ptr<const promql::Query> query;
};

/// Audio that a check names: a model's reply or a caller's step by its `as`, or a clip.
struct NamedAudio {
  std::string name;   // as written
  std::string mulaw;  // all of it, as the script has it
};

/// `heard:` what came out of the caller's handset.
struct HeardCheck {
  NamedAudio audio;
  bool complete = false;            // from its first byte to its last, bit for bit, without a gap
  bool only = false;                // and nothing else that is audible
  bool alike = false;               // by its shape: at another level, through another codec, resampled
  bool absent = false;              // `not_heard:` no 200 ms of it, wherever
  bool nothing = false;             // `heard: nothing`: silence from beginning to end
  std::optional<Duration> silence;  // instead of `audio`: nothing audible for so long, in one go
  std::optional<std::size_t> call;
};

/// `model_received:` what reached the fake OpenAI.
struct ModelReceivedCheck {
  std::optional<NamedAudio>
      audio;  // speech: a caller's step or a clip, 400 ms of it bit for bit in what was appended
  std::optional<std::string> text;         // a user's text item that holds this
  std::optional<std::string> tool_output;  // output of this tool came back
  /// `session: {audio.input.transcription.language: he}`: dotted path -> JSON text, in the last
  /// session.update.
  std::vector<std::pair<std::string, std::string>> session;
  /// `truncate: heard`: every conversation.item.truncate names no more than what the caller had heard of that
  /// item, and at most `tolerance` less.
  bool complete = false;  // all of that speech, without a gap
  bool truncate_heard = false;
  Duration tolerance{0};
  std::optional<std::size_t> call;
};

/// `tool_called:` functions that the model called, and whose output came back.
struct ToolCalledCheck {
  std::string name;
  std::optional<std::string> arguments;    // JSON text: what they hold, among more
  std::optional<std::string> output_json;  // JSON text: what the output holds, among more
  std::string output;                      // a part of it
  std::optional<std::size_t> times;        // exactly; absent: at least once
  std::optional<std::size_t> call;
};

/// `call:` how the call went at Twilio.
struct CallCheck {
  std::optional<std::string> ended_by;  // caller, bridge, twilio
  std::optional<std::string> status;    // completed, busy, no-answer, failed
  std::optional<std::vector<int>> twilio_errors;
  std::optional<std::size_t> streams;             // how many media streams were opened
  std::optional<int> stream_close_code;           // the bridge's close frame on the last media stream
  std::optional<int> openai_close_code;           // and on the last OpenAI session
  std::optional<std::vector<int>> debugger_told;  // the codes that the Debugger's webhook was asked to take
  std::optional<std::string> dialed;              // a leg to this address was rung
  std::optional<std::pair<Duration, Duration>> silence_before_end;
  std::optional<std::size_t> call;
};

/// `twiml:` what the bridge served to start the stream.
struct TwimlCheck {
  std::optional<std::string> track;
  std::vector<std::string> parameters;  // <Parameter> names that must be there
  std::optional<bool> carries_sound;    // verify-twiml under the scenario's track rules
  std::optional<std::string> contains;
};

/// `order:` messages on both wires, each after the one before; others may stand between.
struct OrderCheck {
  std::vector<std::string> messages;  // "openai.speech_started", "twilio.clear"
  std::optional<std::size_t> call;
};

/// `log:` the bridge's own log lines.
struct LogCheck {
  std::string contains;              // one of the two
  std::string matches;               // ECMAScript regular expression, found anywhere in the line
  std::optional<std::size_t> count;  // exactly; absent: at least once
};

/// `http_received:` what the bridge asked of a server of the scenario's.
struct HttpReceivedCheck {
  std::string server;
  std::optional<HttpRoute> request;  // without answers
  std::optional<std::string> json;   // JSON text: what the body holds, among more
  std::string contains;              // a part of the body
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::size_t> times;  // exactly; absent: at least once
};

/// `visitor:` what came of somebody at the bridge's doors.
struct VisitorCheck {
  static constexpr int kUnanswered = 0;  // as a status
  std::string name;
  std::optional<int> status;
  std::string contains;                                        // a part of the answer's body
  std::optional<std::pair<Duration, Duration>> closed_within;  // since it came
  std::optional<std::size_t> times;                            // connections, exactly; absent: all
};

/// `bridge:` what became of one of its processes.
struct BridgeCheck {
  std::size_t replica = 1;
  std::optional<int> exit_code;
  std::optional<bool> running;
};

/// `recording:` what the bridge kept of a call on the disk: caller left, bot right.
struct RecordingCheck {
  bool none = false;                    // `recording: none`: no file
  std::vector<NamedAudio> caller, bot;  // in the order of the call
  Duration tolerance{0};                // between a sound's place in the file and in the call
  std::optional<std::size_t> call;
};

/// An alert of metrics/alerts that a Prometheus which watches this scenario raises.
struct ExpectedAlert {
  std::string name;
  Duration from{0}, to{0};  // not before, and by then, after the scenario's start
  bool pages = false;       // it is the one that is left when causes have inhibited symptoms
};

/// `alert:` what the run raises, until ten minutes after it; `alerts:` all that it raises while it lasts.
struct AlertCheck {
  std::optional<std::vector<std::string>> pages, tickets;  // exactly these; absent: whichever
  bool none = false;                                       // no alert at all
  std::optional<std::vector<ExpectedAlert>> during;        // `alerts:`, and nothing else is asked
};

using Check = std::variant<VerdictCheck, QueryCheck, HeardCheck, ModelReceivedCheck, ToolCalledCheck,
                           CallCheck, TwimlCheck, OrderCheck, LogCheck, HttpReceivedCheck, VisitorCheck,
                           BridgeCheck, RecordingCheck, AlertCheck>;

struct Expectation {
  Mark at;
  std::string text;  // as it reads in a report, one line
  Window window;
  Check check;
};

}  // namespace scenarios::engine
