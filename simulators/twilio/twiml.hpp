#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace simulators::twilio {

/// `<Stream>` under `<Connect>` or `<Start>`, as it stands in the document.
struct StreamNoun {
  std::string url;
  std::string name;
  std::optional<std::string> track;
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
/// Takes the time that reading `text` aloud takes; nothing is heard.
struct SayVerb {
  std::string text;
  unsigned loop = 1;
};
struct PauseVerb {
  runtime::Duration length = std::chrono::seconds(1);
};
struct RedirectVerb {
  std::string url;  // empty: the current document again
  std::string method = "POST";
};
struct HangupVerb {};
struct RejectVerb {
  std::string reason = "rejected";
};
struct RecordVerb {
  std::string action;  // empty: the current document again
  std::string method = "POST";
  runtime::Duration timeout = std::chrono::seconds(5);
  std::string finish_on_key = "1234567890*#";
  runtime::Duration max_length = std::chrono::seconds(3600);
  bool beep = true;
};
/// Nobody answers here: it rings for `timeout`.
struct DialVerb {
  std::string number;
  std::string action;
  std::string method = "POST";
  runtime::Duration timeout = std::chrono::seconds(30);
};
using Verb = std::variant<ConnectVerb, StartVerb, StopVerb, SayVerb, PauseVerb, RedirectVerb, HangupVerb,
                          RejectVerb, RecordVerb, DialVerb>;
std::string_view verb_name(const Verb& verb);

/// An entry for the debugger.
struct Finding {
  int code = 0;
  bool warning = false;
  std::string text;
};

/// A webhook's answer, read. With `fatal` there is nothing to execute: the caller hears an apology.
struct Document {
  std::vector<Verb> verbs;
  std::vector<Finding> findings;
  bool fatal = false;
};

/// The TwiML of `text`: unknown parts are left out with a warning (12200), broken XML is fatal.
Document read_twiml(std::string_view text);
/// The same for a whole HTTP answer: status, type and size decide first (11200, 12300, 11750).
Document read_answer(int status, std::string_view content_type, std::string_view body);

/// How long reading `text` aloud takes, at about 15 characters a second.
runtime::Duration reading_time(std::string_view text);

}  // namespace simulators::twilio
