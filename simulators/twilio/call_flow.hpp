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
  int refused = 0;         // 0: it is opened; else why not (31941, 31922, 31923, ...)
  int warned = 0;          // opened all the same: with what entry for the debugger
  std::string text;        // of either
  std::string track;       // that it has
  bool swallowed = false;  // opened, and the bridge's audio goes nowhere
  bool breach = false;     // any message of the bridge is recorded as 31924
};
enum class StreamVerb { connect, start };
/// Where the `url` of a `<Stream>` leads, seen from the document at `document_url`: a relative one becomes
/// wss (ws of a document that came over http). What is relative to nothing stays as it stands.
std::string stream_url(const std::string& document_url, const std::string& reference);
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
  runtime::Duration length;
};
struct SoundCommand {
  const Prompt* prompt;  // `<Say>` or `<Play>`
};
struct GatherCommand {
  const GatherVerb* verb;
};
struct RecordCommand {
  const RecordVerb* verb;
};
struct DialCommand {
  const DialVerb* verb;
};
struct EndCommand {
  std::string status = "completed";
  bool apology = false;  // an application error: announced first
};
/// An application error: the fallback URL is asked, else the call ends with an apology. The finding is among
/// take_findings().
struct FailCommand {
  int code = 0;
  std::string url;  // on which it happened
};
using Command = std::variant<FetchCommand, OpenCommand, StopCommand, PassCommand, SoundCommand, GatherCommand,
                             RecordCommand, DialCommand, EndCommand, FailCommand>;

/// What a `<Gather>` collected.
struct Gathered {
  std::string digits;
  std::string finished_on;  // the key that ended it; empty: another reason
  std::string speech;
  bool empty() const { return digits.empty() && speech.empty() && finished_on.empty(); }
};
/// How a `<Record>` ended.
struct Recording {
  bool empty = true;
  runtime::Duration length{0};
  std::string digits;  // the key, or "hangup"
  std::string sid;
  std::string url;
};
/// How a `<Dial>` ended.
struct DialOutcome {
  std::string status;  // completed, busy, no-answer, failed, canceled
  std::string sid;     // of the leg that was answered, or the last one
  runtime::Duration talked{0};
  bool bridged = false;
  std::string recording_url;
};

/// Walks through TwiML as Twilio does, verb by verb. Sans-IO: says what to do, is told how it went.
class CallFlow {
 public:
  /// `document` came from `url` (empty: it came with a REST request, relative urls have nothing to be
  /// relative to). Returns its first command.
  Command run(Document document, std::string url, std::string method);
  /// The command was carried out (Pass, Sound, Stop, Open with start); what comes next.
  Command next();
  /// An Open with connect is over, whatever became of the stream.
  Command stream_over();
  Command gather_over(const Gathered& gathered);
  Command record_over(const Recording& recording);
  Command dial_over(const DialOutcome& outcome);
  /// What `<Record>` tells its action.
  static runtime::net::Form record_parameters(const Recording& recording);

  /// True while nothing but a `<Reject>` as the very first verb has been met: the call need not be answered.
  static bool rejects(const Document& document);
  /// Findings made on the way (bad urls); emptied by the call.
  std::vector<Finding> take_findings();
  /// Names of the verbs begun, in order, of all documents.
  const std::vector<std::string>& verbs() const { return verbs_; }

 private:
  Command begin(const Verb& verb);
  Command sound(Prompt prompt);
  /// Where the verb that ran stands.
  template <class V>
  const V& current() const {
    return std::get<V>(document_.verbs[at_ - 1]);
  }
  Command fetch(const std::string& reference, const std::string& method, bool redirect,
                runtime::net::Form extra);

  Document document_;
  std::size_t at_ = 0;
  std::string url_;
  std::string method_ = "POST";
  Prompt prompt_;  // of the verb that sounds
  std::vector<Finding> findings_;
  std::vector<std::string> verbs_;
};

}  // namespace simulators::twilio
