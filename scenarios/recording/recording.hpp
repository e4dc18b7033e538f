#pragma once
#include "runtime/audio/g711.hpp"
#include "runtime/core/time.hpp"
#include "simulators/twilio/facts.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scenarios::recording {

using runtime::Duration;
using runtime::TimePoint;

/// So much of an answer, found in what the caller heard, is proof of it: 400 ms.
constexpr std::size_t kProof = 3200;

/// Sound as it was on the wire.
struct Sound {
  runtime::audio::Pcm pcm;
  int rate = 8000;
  /// As it goes over the phone line.
  std::string mulaw() const;
};

/// The caller speaks, with no pause that is long enough to be answered in.
struct Says {
  TimePoint begin, end;
  std::string mulaw;
};
/// The caller presses keys, evenly.
struct Presses {
  TimePoint begin, end;
  std::string keys;
  Duration gap{0};  // between a tone's end and the next tone's beginning
};
using Act = std::variant<Says, Presses>;

/// One item of a response.
struct Output {
  enum class Kind { speech, text, tool } kind = Kind::speech;
  std::string item;  // its id
  Sound sound;
  bool undecodable = false;
  std::string words;  // transcript or text
  std::string tool;
  std::string arguments;  // JSON text
};

struct Response {
  enum class Asked { greeting, caller_finished, text, tool_result, out_of_band, again };
  Asked asked = Asked::greeting;
  std::string input;  // the text, or the tool's name
  TimePoint due, created;
  bool uncreated = false;  // no response.created told of it
  bool never = false;      // nothing at all did: it was due, and did not come
  std::optional<TimePoint> first_audio, last_audio;
  std::vector<Output> outputs;
  std::string status;  // completed, failed, incomplete, cancelled; empty: no response.done came
  std::string reason;  // of an incomplete or cancelled one
  std::string error_type, error_code, error_message;
  /// All of its speech, as it goes over the phone line.
  std::string mulaw() const;
};

/// A function that the model called, and what came back.
struct ToolAnswer {
  std::string tool;
  std::string output;  // as it was given to the model
  Duration took{0};
};

/// One call, from what it left on both wires. Times count from the wires' beginning.
struct Recording {
  bool outbound = false;
  std::string from, to;  // may be empty
  TimePoint began;       // the stream's `start`
  TimePoint ended;
  enum class End { caller, bridge, rest, unknown } end = End::unknown;
  bool of_fakes = false;  // and not of a proxy: it is known who ended it, and what TwiML there was
  bool incident_rules = false;
  bool swallowed = false;  // nothing that the bridge sent could be heard
  std::vector<Act> caller;
  bool line_pauses = false;              // no packets while the caller is silent
  simulators::twilio::TimedAudio heard;  // out of the caller's phone
  std::vector<simulators::twilio::Utterance> bot;
  std::size_t sent_marks = 0, echoed_marks = 0;
  std::size_t caller_frames = 0;
  std::vector<TimePoint> clears;

  std::size_t sessions = 0, configured = 0;
  int refused = 0;  // the status with which a session's upgrade was
  std::vector<Response> responses;
  std::vector<TimePoint> speech_started, truncated;
  std::vector<std::string> texts;  // user's items
  std::vector<ToolAnswer> tools;
  std::map<std::string, std::string> parameters;  // of each tool, as JSON text
  std::string appended;                           // mu-law; empty: in another format
  bool bridge_responds = false;                   // it creates the responses, not the server's turn detection
  std::size_t turns = 0;                          // committed
  std::vector<std::string> notes;                 // what could not be carried over

  /// From the stream's start on without a hole.
  std::string heard_track() const;
};

/// Reads wires.jsonl. `number`: of the call, from 1, where there are several. The error is ready to be shown.
std::variant<Recording, std::string> read_recording(std::string_view wires, std::size_t number);

struct Verdict {
  std::string verdict, reason;  // empty: the wires alone do not tell
};
/// What both wires say of the call: the first that holds, as in docs/verdicts.md.
Verdict verdict_of(const Recording& recording);

}  // namespace scenarios::recording
