#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/script.hpp"
#include "simulators/twilio/twiml.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace simulators::twilio {

/// What becomes of a `<Stream>`.
struct StreamRuling {
  int refused = 0;         // 0: it is opened; else why not (31941, 31922, 31923)
  std::string text;        // for the debugger
  bool swallowed = false;  // opened, and the bridge's audio goes nowhere
  bool breach = false;     // any message of the bridge is recorded as 31924
};
enum class StreamVerb { connect, start };
/// The two sets of track rules (design.md, "Track rules").
StreamRuling rule_stream(TrackRules rules, StreamVerb verb, const StreamNoun& noun, const Knobs& knobs);

// What a call does next. The text and nouns belong to the flow and live until its next command.
struct FetchCommand {
  std::string url;
  std::string method;
  bool redirect = true;      // false: an `action`
  runtime::net::Form extra;  // parameters besides the call's own
};
struct OpenCommand {
  const StreamNoun* noun;
  StreamVerb verb;  // connect: blocks until the stream is over; start: goes on at once
};
struct StopCommand {
  std::string name;
};
struct PassCommand {
  runtime::Duration length;  // audio that the fake does not speak, or a pause
};
struct RecordCommand {
  const RecordVerb* verb;
};
struct EndCommand {
  std::string status = "completed";
  bool apology = false;  // an application error: announced first
};
using Command = std::variant<FetchCommand, OpenCommand, StopCommand, PassCommand, RecordCommand, EndCommand>;

/// How a `<Record>` ended.
struct Recording {
  bool empty = true;
  runtime::Duration length{0};
  std::string digits;  // the key, or "hangup"
};

/// Walks through TwiML as Twilio does, verb by verb. Sans-IO: says what to do, is told how it went.
class CallFlow {
 public:
  /// `document` came from `url` (empty: it came with a REST request, relative urls have nothing to be
  /// relative to). Returns its first command.
  Command run(Document document, std::string url, std::string method);
  /// The command was carried out (Pass, Stop, Open with start); what comes next.
  Command next();
  /// An Open with connect is over, whatever became of the stream.
  Command stream_over();
  Command record_over(const Recording& recording);

  /// True while nothing but a `<Reject>` as the very first verb has been met: the call need not be answered.
  static bool rejects(const Document& document);
  /// Findings made on the way (bad urls); emptied by the call.
  std::vector<Finding> take_findings();
  /// Names of the verbs begun, in order, of all documents.
  const std::vector<std::string>& verbs() const { return verbs_; }

 private:
  Command begin(const Verb& verb);
  Command fetch(const std::string& reference, const std::string& method, bool redirect,
                runtime::net::Form extra);

  Document document_;
  std::size_t at_ = 0;
  std::string url_;
  std::string method_ = "POST";
  bool dial_pending_ = false;  // a `<Dial>` that rang and has an action
  std::vector<Finding> findings_;
  std::vector<std::string> verbs_;
};

}  // namespace simulators::twilio
