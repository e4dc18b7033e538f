#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace simulators::twilio {

/// What attributes that are absent stand for, where Twilio does not say it.
struct TwimlDefaults {
  runtime::Duration pause = std::chrono::seconds(1);
  runtime::Duration dial_timeout = std::chrono::seconds(30);
  runtime::Duration dial_time_limit = std::chrono::hours(4);
  bool operator==(const TwimlDefaults&) const = default;
};

/// `<Stream>` under `<Connect>` or `<Start>`, as it stands in the document.
struct StreamNoun {
  std::string url;
  std::string name;
  std::optional<std::string> track;
  std::string connector_name;    // of a connector that no account of the fake has
  bool asks_for_format = false;  // by audioFormat or sampleRate: it stays mu-law, 8 kHz
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct ConnectVerb {
  StreamNoun stream;
  std::string action;  // empty: none
  std::string method = "POST";
};
struct StartVerb {
  StreamNoun stream;
};
struct StopVerb {
  std::string name;
};

// ---- what the caller hears -------------------------------------------------------------------------------

struct SayVerb {
  std::string text;
  std::string language = "en-US";
  unsigned loop = 1;  // 0: until the call ends or is told otherwise
};
struct PlayVerb {
  std::string url;
  std::string digits;  // DTMF instead of a file; `w` is half a second of silence, `W` a whole one
  std::string file;    // the file itself, when it was the webhook's answer
  unsigned loop = 1;   // 0: as above
};
struct PauseVerb {
  runtime::Duration length{0};
};
/// May also stand inside a `<Gather>`.
using Prompt = std::variant<SayVerb, PlayVerb, PauseVerb>;

struct RedirectVerb {
  std::string url;  // empty: the current document again
  std::string method = "POST";
};
struct HangupVerb {};
struct RejectVerb {
  std::string reason = "rejected";
};

// ---- what the caller gives -------------------------------------------------------------------------------

struct GatherVerb {
  std::vector<Prompt> prompts;  // heard while it listens
  bool dtmf = true;
  bool speech = false;
  std::string action;  // empty: the current document again
  std::string method = "POST";
  runtime::Duration timeout = std::chrono::seconds(5);
  std::string finish_on_key = "#";     // empty: none
  unsigned num_digits = 0;             // 0: any number
  runtime::Duration speech_timeout{};  // of silence after speech; zero: "auto"
  runtime::Duration max_speech = std::chrono::seconds(60);
  bool barge_in = true;  // speech ends the prompts (a key always does)
  bool action_on_empty = false;
};
/// Who hears of a recording.
struct RecordingTarget {
  std::string url;  // empty: nobody
  std::string method = "POST";
  std::vector<std::string> events{"completed"};  // of in-progress, completed, absent
};
struct RecordVerb {
  std::string action;  // empty: the current document again
  std::string method = "POST";
  runtime::Duration timeout = std::chrono::seconds(5);
  std::string finish_on_key = "1234567890*#";
  runtime::Duration max_length = std::chrono::seconds(3600);
  bool beep = true;
  bool trim = true;  // silence at both ends
  RecordingTarget kept;
  bool transcribe = false;
  std::string transcribe_callback;  // empty: nobody is told
};

// ---- a third party ---------------------------------------------------------------------------------------

/// `<Number>`, `<Client>` or `<Sip>`, or the text of `<Dial>` itself.
struct DialNoun {
  std::string address;
  std::string url;  // TwiML that the third party hears before it is connected; empty: none
  std::string method = "POST";
  std::string send_digits;
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::string> status_events{"completed"};
};
struct DialVerb {
  std::vector<DialNoun> parties;
  std::string action;  // empty: the next verb
  std::string method = "POST";
  runtime::Duration timeout{0};
  runtime::Duration time_limit{0};
  std::string caller_id;  // empty: the caller's number
  bool hangup_on_star = false;
  bool answer_on_bridge = false;
  std::string ring_tone;  // a name that ring_tone() knows; empty: that of the United States
  bool sequential = false;
  bool record = false;
  bool record_trim = false;           // silence at both ends
  std::string record_track = "both";  // or inbound (the caller's voice), outbound (the third party's)
  bool record_dual = false;  // the caller's voice in the first channel, the third party's in the second
  RecordingTarget kept;
};

using Verb = std::variant<ConnectVerb, StartVerb, StopVerb, SayVerb, PlayVerb, PauseVerb, RedirectVerb,
                          HangupVerb, RejectVerb, GatherVerb, RecordVerb, DialVerb>;
std::string_view verb_name(const Verb& verb);

/// An entry for the debugger.
struct Finding {
  int code = 0;
  bool warning = false;
  std::string text;
};

/// A webhook's answer, read. With `fatal` there is nothing to execute: the fallback URL is asked, or the
/// caller hears an apology.
struct Document {
  std::vector<Verb> verbs;
  std::vector<Finding> findings;
  bool fatal = false;
};

/// The TwiML of `text`: unknown parts are left out with a warning (12200), broken XML is fatal.
Document read_twiml(std::string_view text, const TwimlDefaults& defaults = {});

/// What of an HTTP answer decides how it is read.
struct AnswerHead {
  int status = 200;
  std::string_view content_type;
  bool chunked = false;
};
/// The same for a whole HTTP answer: status, type and size decide first (11200, 12300, 11750, 11770). Audio
/// is played, text that is no TwiML is read aloud.
Document read_answer(const AnswerHead& head, std::string_view body, const TwimlDefaults& defaults = {});

}  // namespace simulators::twilio
