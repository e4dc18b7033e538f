#include "simulators/twilio/call_flow.hpp"

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {
using runtime::Duration;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

bool is_track(std::string_view track) {
  return track == "inbound_track" || track == "outbound_track" || track == "both_tracks";
}

StreamRuling refuse(int code, std::string text) {
  return {code, std::move(text), false, false};
}

}  // namespace

StreamRuling rule_stream(TrackRules rules, StreamVerb verb, const StreamNoun& noun, const Knobs& knobs) {
  const std::string track = noun.track.value_or("inbound_track");
  const bool connect = verb == StreamVerb::connect;
  if (connect && rules == TrackRules::twilio_docs && track != "inbound_track") {
    return refuse(31941, "track=\"" + track + "\" under <Connect>: only inbound_track is supported there");
  }
  if (!is_track(track)) {
    return refuse(31941, "track=\"" + track + "\": must be inbound_track, outbound_track or both_tracks");
  }
  if (connect && rules == TrackRules::incident_report && track == "outbound_track") {
    return refuse(31941, "track=\"outbound_track\" under <Connect>");
  }
  const auto url = runtime::net::parse_url(noun.url);
  if (!url) return refuse(31923, "url=\"" + noun.url + "\" is malformed; it must be wss://HOST/PATH");
  if (url->scheme != "wss" && !(url->scheme == "ws" && knobs.plain_ws)) {
    return refuse(31922, "url=\"" + noun.url + "\": the scheme must be wss");
  }
  StreamRuling ruling;
  if (!connect) {
    ruling.swallowed = true;
    ruling.breach = rules == TrackRules::twilio_docs;
  } else if (rules == TrackRules::incident_report) {
    ruling.swallowed = track != "both_tracks";
  }
  return ruling;
}

Command CallFlow::run(Document document, std::string url, std::string method) {
  document_ = std::move(document);
  url_ = std::move(url);
  method_ = std::move(method);
  at_ = 0;
  dial_pending_ = false;
  for (Finding& finding : document_.findings) findings_.push_back(std::move(finding));
  document_.findings.clear();
  if (document_.fatal) return EndCommand{"completed", true};
  if (rejects(document_)) {
    verbs_.emplace_back("Reject");
    const auto& reason = std::get<RejectVerb>(document_.verbs.front()).reason;
    return EndCommand{reason == "busy" ? "busy" : "no-answer", false};
  }
  return next();
}

bool CallFlow::rejects(const Document& document) {
  return !document.verbs.empty() && std::holds_alternative<RejectVerb>(document.verbs.front());
}

Command CallFlow::next() {
  if (std::exchange(dial_pending_, false)) {
    const auto& dial = std::get<DialVerb>(document_.verbs[at_ - 1]);
    return fetch(dial.action, dial.method, false,
                 {{"DialCallStatus", "no-answer"}, {"DialCallDuration", "0"}});
  }
  if (at_ >= document_.verbs.size()) return EndCommand{};
  const Verb& verb = document_.verbs[at_++];
  verbs_.emplace_back(verb_name(verb));
  return begin(verb);
}

Command CallFlow::begin(const Verb& verb) {
  return std::visit(
      Overloaded{
          [](const ConnectVerb& v) -> Command {
            return OpenCommand{&v.stream, StreamVerb::connect};
          },
          [](const StartVerb& v) -> Command {
            return OpenCommand{&v.stream, StreamVerb::start};
          },
          [](const StopVerb& v) -> Command { return StopCommand{v.name}; },
          [](const SayVerb& v) -> Command {
            const auto loops = v.loop == 0 ? 1000U : std::min(v.loop, 1000U);  // 0: until the call ends
            return PassCommand{reading_time(v.text) * loops};
          },
          [](const PauseVerb& v) -> Command { return PassCommand{v.length}; },
          [this](const RedirectVerb& v) -> Command { return fetch(v.url, v.method, true, {}); },
          [](const HangupVerb&) -> Command { return EndCommand{}; },
          [](const RejectVerb&) -> Command { return EndCommand{}; },  // too late to reject: it hangs up
          [](const RecordVerb& v) -> Command { return RecordCommand{&v}; },
          [this](const DialVerb& v) -> Command {
            dial_pending_ = !v.action.empty();
            return PassCommand{v.timeout};
          },
      },
      verb);
}

Command CallFlow::stream_over() {
  const auto& connect = std::get<ConnectVerb>(document_.verbs[at_ - 1]);
  return connect.action.empty() ? next() : fetch(connect.action, connect.method, false, {});
}

Command CallFlow::record_over(const Recording& recording) {
  if (recording.empty) return next();
  const auto& record = std::get<RecordVerb>(document_.verbs[at_ - 1]);
  const auto length = std::chrono::duration_cast<std::chrono::seconds>(recording.length).count();
  runtime::net::Form extra{{"RecordingDuration", std::to_string(std::max<decltype(length)>(length, 1))}};
  if (!recording.digits.empty()) extra.emplace_back("Digits", recording.digits);
  return fetch(record.action, record.method, false, std::move(extra));
}

Command CallFlow::fetch(const std::string& reference, const std::string& method, bool redirect,
                        runtime::net::Form extra) {
  if (reference.empty() && !url_.empty()) return FetchCommand{url_, method_, redirect, std::move(extra)};
  const auto base = runtime::net::parse_url(url_);
  const auto url = base ? runtime::net::resolve_url(*base, reference) : runtime::net::parse_url(reference);
  if (url && (url->scheme == "http" || url->scheme == "https")) {
    return FetchCommand{url->text(), method, redirect, std::move(extra)};
  }
  findings_.push_back(
      {11100, false, "\"" + reference + "\" is no http or https url, also not relative to \"" + url_ + "\""});
  return EndCommand{"completed", true};
}

std::vector<Finding> CallFlow::take_findings() {
  return std::exchange(findings_, {});
}

}  // namespace simulators::twilio
