#include "simulators/twilio/verify_twiml.hpp"

#include <utility>

namespace simulators::twilio {
namespace {

constexpr int kMaxSteps = 50;
constexpr const char* kApplicationError = "the caller hears an application error";
/// Stands for whoever will serve a file.
constexpr const char* kSomeServer = "https://the-server-of-this-file/";

std::string name_of(TrackRules rules) {
  return rules == TrackRules::twilio_docs ? "twilio_docs" : "incident_report";
}

class Walk {
 public:
  Walk(TrackRules rules, const FetchDocument& fetch, bool plain_ws) : fetch_(fetch), plain_ws_(plain_ws) {
    judgement_.rules = rules;
  }

  TwimlJudgement run(const ServedDocument& document, const std::string& url) {
    from_file_ = url.empty();
    Command command = read(document, url, "POST");
    for (int step = 0; !done_; ++step) {
      take_findings();
      if (step == kMaxSteps) {
        conclude(false,
                 "the TwiML goes round in circles: no stream after " + std::to_string(kMaxSteps) + " steps");
        break;
      }
      command = take(command);
    }
    take_findings();
    return std::move(judgement_);
  }

 private:
  Command read(const ServedDocument& document, const std::string& url, const std::string& method) {
    document_url_ = url.empty() ? kSomeServer : url;
    if (document.error.empty()) {
      return flow_.run(read_answer({document.status, document.content_type, false}, document.body), url,
                       method);
    }
    Document nothing;
    nothing.fatal = true;
    nothing.findings.push_back({11200, false, method + " " + url + ": " + document.error});
    return flow_.run(std::move(nothing), url, method);
  }

  Command take(const Command& command) {
    if (const auto* open = std::get_if<OpenCommand>(&command)) return take_stream(*open);
    if (const auto* fetched = std::get_if<FetchCommand>(&command)) {
      note(fetched->method + " " + fetched->url);
      const FetchCommand request = *fetched;
      return read(fetch_(request.url, request.method), request.url, request.method);
    }
    if (std::holds_alternative<RecordCommand>(command)) {
      note("<Record> takes the caller's words");
      conclude(false,
               "a <Record> stands ahead of the stream: for a caller who speaks the verbs after it are never "
               "reached; remove it, or put it after </Connect>");
      return command;
    }
    if (const auto* end = std::get_if<EndCommand>(&command)) {
      conclude(false, end->apology ? std::string(kApplicationError) : ending());
      return command;
    }
    if (const auto* failed = std::get_if<FailCommand>(&command)) {
      const bool nowhere = from_file_ && failed->code == 15004;
      conclude(false, nowhere ? "\"" + failed->url +
                                    "\" is relative, and a file has no address: what follows cannot be told "
                                    "from here. Give the url of the bridge that serves it instead of FILE"
                              : kApplicationError);
      return command;
    }
    if (const auto* gather = std::get_if<GatherCommand>(&command)) {
      note("<Gather> listens; for a caller who gives it nothing the call goes on after it" +
           std::string(gather->verb->action_on_empty ? " with its action" : ""));
      return flow_.gather_over({});
    }
    if (std::holds_alternative<DialCommand>(command)) {
      note("<Dial> rings, and nobody answers");
      return flow_.dial_over({"no-answer", "", {}, false, ""});
    }
    if (std::holds_alternative<SoundCommand>(command)) note("something else is heard");
    if (const auto* passed = std::get_if<PassCommand>(&command)) {
      note("something else takes " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(passed->length).count()) + " s");
    }
    return flow_.next();
  }

  Command take_stream(const OpenCommand& open) {
    const bool connect = open.verb == StreamVerb::connect;
    Knobs live;
    live.plain_ws = plain_ws_;
    StreamNoun noun = *open.noun;
    noun.url = stream_url(document_url_, noun.url);
    const auto ruling = rule_stream(judgement_.rules, open.verb, noun, live);
    const std::string shown = std::string(connect ? "<Connect>" : "<Start>") + "<Stream track=\"" +
                              noun.track.value_or("(none: inbound_track)") + "\" url=\"" + noun.url + "\">";
    if (ruling.refused != 0) {
      judgement_.findings.push_back({ruling.refused, false, ruling.text});
      refused_ = true;
      note(shown + ": refused with " + std::to_string(ruling.refused) + ", no socket is opened");
      return connect ? flow_.stream_over() : flow_.next();
    }
    if (!connect) {
      one_way_ = true;
      note(shown + ": one-way, what the bridge sends is discarded");
      return flow_.next();
    }
    note(shown +
         (ruling.swallowed ? ": opened, the bridge's audio is swallowed" : ": opened, sound both ways"));
    if (ruling.swallowed) {
      conclude(false, "the stream opens and the caller hears nothing: under " + name_of(judgement_.rules) +
                          " the track must be both_tracks");
    } else {
      judgement_.healed = refused_;
      conclude(true, refused_ ? "sound both ways, at the second attempt: the first stream was refused"
                              : "sound both ways");
    }
    return EndCommand{};
  }

  std::string ending() const {
    if (one_way_) return "the caller hears nothing: <Start><Stream> is one-way, use <Connect><Stream>";
    if (refused_)
      return "the caller hears nothing: the stream is refused and nothing follows that opens another";
    return "the call ends without a stream";
  }
  void note(std::string text) { judgement_.steps.push_back(std::move(text)); }
  void conclude(bool sound, std::string text) {
    judgement_.carries_sound = sound;
    judgement_.conclusion = std::move(text);
    done_ = true;
  }
  void take_findings() {
    for (Finding& finding : flow_.take_findings()) {
      const bool untrue = from_file_ && finding.code == 15004;  // once it is served, there is an address
      if (!untrue) judgement_.findings.push_back(std::move(finding));
    }
  }

  const FetchDocument& fetch_;
  const bool plain_ws_;
  CallFlow flow_;
  bool from_file_ = false;
  std::string document_url_;
  TwimlJudgement judgement_;
  bool refused_ = false;
  bool one_way_ = false;
  bool done_ = false;
};

}  // namespace

TwimlJudgement verify_twiml(const ServedDocument& document, const std::string& url, TrackRules rules,
                            const FetchDocument& fetch, bool plain_ws) {
  return Walk(rules, fetch, plain_ws).run(document, url);
}

}  // namespace simulators::twilio
