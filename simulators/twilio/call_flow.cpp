#include "simulators/twilio/call_flow.hpp"

#include "runtime/core/overloaded.hpp"
#include "simulators/twilio/private_host.hpp"
#include "simulators/twilio/user_info.hpp"

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {
using runtime::Duration;

bool is_track(std::string_view track) {
  return track == "inbound_track" || track == "outbound_track" || track == "both_tracks";
}

StreamRuling refuse(int code, std::string text) {
  StreamRuling ruling;
  ruling.refused = code;
  ruling.text = std::move(text);
  return ruling;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// Why a stream cannot have `track`; empty: it can.
std::string wrong_track(TrackRules rules, bool connect, const std::string& track) {
  if (connect && rules == TrackRules::twilio_docs && track != "inbound_track")
    return "track=\"" + track + "\" under <Connect>: only inbound_track is supported there";
  if (!is_track(track))
    return "track=\"" + track + "\": must be inbound_track, outbound_track or both_tracks";
  if (connect && rules == TrackRules::incident_report && track == "outbound_track")
    return "track=\"outbound_track\" under <Connect>";
  return {};
}

/// Why the url of a stream is not dialled.
std::optional<StreamRuling> refuse_url(const std::string& text, const Knobs& knobs) {
  const auto url = runtime::net::parse_url(text);
  if (!url && text.starts_with('/')) {
    return refuse(31923,
                  "url=\"" + text +
                      "\" is relative, and the TwiML came with a request: there is no document that it "
                      "could be relative to; it must be wss://HOST/PATH");
  }
  if (!url) return refuse(31923, "url=\"" + text + "\" is malformed; it must be wss://HOST/PATH");
  if (url->scheme != "wss" && !(url->scheme == "ws" && knobs.plain_ws))
    return refuse(31922, "url=\"" + text + "\": the scheme must be wss");
  if (knobs.stream_query_refused && text.find('?') != std::string::npos)
    return refuse(31920, "url=\"" + text + "\" has a query; a <Parameter> carries what it says");
  if (!knobs.private_hosts && is_private_host(url->host))
    return refuse(31904, "url=\"" + text + "\": " + url->host + " cannot be reached from outside");
  return std::nullopt;
}

}  // namespace

std::string stream_url(const std::string& document_url, const std::string& reference) {
  const auto base = runtime::net::parse_url(without_user_info(document_url));
  if (!base || reference.empty() || runtime::net::parse_url(reference)) return reference;
  auto resolved = runtime::net::resolve_url(*base, reference);
  if (!resolved) return reference;
  resolved->scheme = resolved->secure() ? "wss" : "ws";
  return resolved->text();
}

StreamRuling rule_stream(TrackRules rules, StreamVerb verb, const StreamNoun& noun, const Knobs& knobs) {
  if (!noun.connector_name.empty()) {
    return refuse(31940, "connectorName=\"" + noun.connector_name + "\": the account has no such connector");
  }
  const bool connect = verb == StreamVerb::connect;
  StreamRuling ruling;
  ruling.track = noun.track.value_or("inbound_track");
  if (knobs.tracks_in_any_case) ruling.track = lower(std::move(ruling.track));
  if (auto problem = wrong_track(rules, connect, ruling.track); !problem.empty()) {
    if (knobs.wrong_track == Knobs::WrongTrack::refused) return refuse(31941, std::move(problem));
    ruling.warned = 31941;
    ruling.text = std::move(problem);
    ruling.track = "inbound_track";
  }
  if (auto refused = refuse_url(noun.url, knobs)) return *std::move(refused);
  if (!connect) {
    ruling.swallowed = true;
    ruling.breach = rules == TrackRules::twilio_docs;
  } else if (rules == TrackRules::incident_report) {
    ruling.swallowed = ruling.track != "both_tracks";
  }
  return ruling;
}

Command CallFlow::run(Document document, std::string url, std::string method) {
  document_ = std::move(document);
  url_ = std::move(url);
  method_ = std::move(method);
  at_ = 0;
  const int fatal = document_.fatal ? document_.findings.back().code : 0;
  for (Finding& finding : document_.findings) findings_.push_back(std::move(finding));
  document_.findings.clear();
  if (fatal != 0) return FailCommand{fatal, url_};
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
  if (at_ >= document_.verbs.size()) return EndCommand{};
  const Verb& verb = document_.verbs[at_++];
  verbs_.emplace_back(verb_name(verb));
  return begin(verb);
}

Command CallFlow::begin(const Verb& verb) {
  return std::visit(
      runtime::Overloaded{
          [](const ConnectVerb& v) -> Command {
            return OpenCommand{&v.stream, StreamVerb::connect};
          },
          [](const StartVerb& v) -> Command {
            return OpenCommand{&v.stream, StreamVerb::start};
          },
          [](const StopVerb& v) -> Command { return StopCommand{v.name}; },
          [this](const SayVerb& v) -> Command { return sound(v); },
          [this](const PlayVerb& v) -> Command { return sound(v); },
          [](const PauseVerb& v) -> Command { return PassCommand{v.length}; },
          [this](const RedirectVerb& v) -> Command { return fetch(v.url, v.method, true, {}); },
          [](const HangupVerb&) -> Command { return EndCommand{}; },
          [](const RejectVerb&) -> Command { return EndCommand{}; },  // too late to reject: it hangs up
          [](const GatherVerb& v) -> Command { return GatherCommand{&v}; },
          [](const RecordVerb& v) -> Command { return RecordCommand{&v}; },
          [](const DialVerb& v) -> Command { return DialCommand{&v}; },
      },
      verb);
}

Command CallFlow::sound(Prompt prompt) {
  prompt_ = std::move(prompt);
  return SoundCommand{&prompt_};
}

Command CallFlow::stream_over() {
  const auto& connect = current<ConnectVerb>();
  return connect.action.empty() ? next() : fetch(connect.action, connect.method, false, {});
}

Command CallFlow::gather_over(const Gathered& gathered) {
  const auto& gather = current<GatherVerb>();
  if (gathered.empty() && !gather.action_on_empty) return next();
  runtime::net::Form extra;
  if (gathered.speech.empty()) {
    extra.emplace_back("Digits", gathered.digits);
    extra.emplace_back("FinishedOnKey", gathered.finished_on);
  } else {
    extra.emplace_back("Confidence", "0.9");
    extra.emplace_back("SpeechResult", gathered.speech);
  }
  return fetch(gather.action, gather.method, false, std::move(extra));
}

runtime::net::Form CallFlow::record_parameters(const Recording& recording) {
  const auto length = std::chrono::duration_cast<std::chrono::seconds>(recording.length).count();
  runtime::net::Form extra{{"RecordingDuration", std::to_string(std::max<decltype(length)>(length, 1))},
                           {"RecordingSid", recording.sid},
                           {"RecordingUrl", recording.url}};
  if (!recording.digits.empty()) extra.emplace_back("Digits", recording.digits);
  return extra;
}

Command CallFlow::record_over(const Recording& recording) {
  if (recording.empty) return next();
  const auto& record = current<RecordVerb>();
  return fetch(record.action, record.method, false, record_parameters(recording));
}

Command CallFlow::dial_over(const DialOutcome& outcome) {
  const auto& dial = current<DialVerb>();
  if (dial.action.empty()) return next();
  runtime::net::Form extra{{"DialBridged", outcome.bridged ? "true" : "false"},
                           {"DialCallSid", outcome.sid},
                           {"DialCallStatus", outcome.status}};
  if (outcome.bridged) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(outcome.talked).count();
    extra.emplace_back("DialCallDuration", std::to_string(seconds));
  }
  if (!outcome.recording_url.empty()) extra.emplace_back("RecordingUrl", outcome.recording_url);
  return fetch(dial.action, dial.method, false, std::move(extra));
}

Command CallFlow::fetch(const std::string& reference, const std::string& method, bool redirect,
                        runtime::net::Form extra) {
  if (reference.empty() && !url_.empty()) return FetchCommand{url_, method_, redirect, std::move(extra)};
  if (const auto url = resolve_web_url(url_, reference)) {
    // A fragment holds connection overrides: it goes along.
    const auto fragment = reference.find('#');
    return FetchCommand{*url + (fragment == std::string::npos ? "" : reference.substr(fragment)), method,
                        redirect, std::move(extra)};
  }
  if (url_.empty() && reference.find("://") == std::string::npos) {
    findings_.push_back({15004, false,
                         "\"" + reference +
                             "\" is relative, and this TwiML has no url of its own that it could be "
                             "relative to; use an absolute url"});
    return FailCommand{15004, reference};
  }
  findings_.push_back(
      {11100, false, "\"" + reference + "\" is no http or https url, also not relative to \"" + url_ + "\""});
  return FailCommand{11100, reference};
}

std::vector<Finding> CallFlow::take_findings() {
  return std::exchange(findings_, {});
}

}  // namespace simulators::twilio
