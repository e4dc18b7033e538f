#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace scenarios::diagnosis {

// The facts that a line of a bridge's log can state. The four markers are spelled the same by every bridge
// that has them; the rest is linecheck-bridge's own, and the lines of the bridge that fell silent.

struct DeltaReceived {  // [RX_AUDIO_DELTA] bytes=N, response_id=ID...
  std::uint64_t bytes = 0;
  std::string response;  // as logged: 20 characters at most
};
struct FirstFrame {  // [TX_FRAME_FIRST] bytes=N, total_frames=1
  std::uint64_t total = 1;
};
struct FrameBatch {  // [TX_FRAME_BATCH] total_frames=N
  std::uint64_t total = 0;
};
struct TrackServed {  // TWIML_TRACK=both_tracks (...)
  std::string track;
};
struct CallVerdict {  // verdict=V reason=R ended_by=...
  std::string verdict, reason;
};
struct ResponseVerdict {  // response=ID verdict=V reason=R
  std::string verdict, reason;
};
struct WatchdogFired {  // watchdog=STAGE
  std::string stage;
};
struct SessionRefused {  // no OpenAI session: reason=R, or: no OpenAI session, and ...: unreachable reason=R
  bool misconfigured = false;
  std::string reason;
};
struct SignatureRefused {};  // signature=wrong peer=... checked_against=...
struct CallRefused {         // call=... refused direction=... limits.calls=N: the line is busy
  std::string reason;        // as in voicebridge_calls_refused_total
};
struct ConnectionsRefused {  // N connections refused: limits.connections=M of one worker are open
  std::uint64_t count = 0;
};
struct StateMissing {  // ... object has no attribute 'NAME'
  std::string attribute;
};
struct Crashed {};  // an exception ended the call, or one was printed
struct OnePath {    // LIVE AUDIO PIPELINE ACTIVE: Twilio -> realtime_audio_in_queue -> ... (single path)
};
struct TwilioSaid {  // twilio says of its stream: code=N, or twilio's debugger: level=... code=N
  std::string code;
};
struct ProcessStarted {};  // linecheck-bridge VERSION starts, public=...
struct NotListening {};    // cannot listen on HOST:PORT (...): another process does
struct StreamStarted {};   // call=... stream=... started [agent=NAME]

using Fact = std::variant<std::monostate, DeltaReceived, FirstFrame, FrameBatch, TrackServed, CallVerdict,
                          ResponseVerdict, WatchdogFired, SessionRefused, SignatureRefused, CallRefused,
                          ConnectionsRefused, StateMissing, Crashed, OnePath, TwilioSaid, ProcessStarted,
                          NotListening, StreamStarted>;

struct LogLine {
  Fact fact;           // monostate: nothing that says where sound went
  std::string call;    // CallSid, or what the bridge calls a call; empty: the line names none
  std::string stream;  // StreamSid; empty: the line names none
  std::string text;    // printable: for showing as evidence
};

/// Reads one line as it came: plain, coloured, or a JSON object (also one wrapped into another, as container
/// runtimes do). What is no UTF-8 is read over; the markers are ASCII.
LogLine read_line(std::string_view raw);

/// `text` with everything that a terminal should not be sent made harmless, cut at `most` bytes.
std::string printable(std::string_view text, std::size_t most);

}  // namespace scenarios::diagnosis
