#include "simulators/twilio/twiml_verbs.hpp"

#include "runtime/core/utf8.hpp"
#include "simulators/twilio/ring_tone.hpp"
#include "simulators/twilio/twiml_element.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace simulators::twilio {
namespace {
using Findings = std::vector<Finding>;

constexpr std::string_view kKeys = "0123456789*#";
constexpr std::size_t kSayLimit = 4096;       // characters
constexpr std::size_t kPollySayLimit = 3000;  // of voices named "Polly..."
constexpr std::size_t kMostParties = 10;
/// What may stand in the text of `<Say>`.
constexpr std::string_view kSsml =
    "break emphasis lang p phoneme prosody s say-as sub w amazon:auto-breaths amazon:domain amazon:effect";

Element element(const pugi::xml_node& node, Findings& findings) {
  return {node, *element_rule(node.name()), findings};
}

// ---- streams -------------------------------------------------------------------------------------------

StreamNoun stream(const Element& at, Findings& findings) {
  StreamNoun noun;
  noun.url = at.text("url");
  noun.name = at.text("name");
  if (at.has("track")) noun.track = at.text("track");
  noun.connector_name = at.text("connectorName");
  noun.asks_for_format = at.has("audioFormat") || at.has("sampleRate");
  noun.status_callback = at.text("statusCallback");
  noun.status_callback_method = at.method("statusCallbackMethod");
  for (const pugi::xml_node& child : at.children()) {
    if (std::string_view(child.name()) != "Parameter") {
      at.reject_child(child, "<Parameter>");
      continue;
    }
    const Element parameter = element(child, findings);
    parameter.must_be_empty();
    if (parameter.text("name").empty()) {
      parameter.warn(12200, "<Parameter> without a name is ignored");
      continue;
    }
    noun.parameters.emplace_back(parameter.text("name"), parameter.text("value"));
  }
  return noun;
}

/// The one `<Stream>` inside; nullopt when there is none.
std::optional<StreamNoun> stream_in(const Element& at, Findings& findings) {
  std::optional<StreamNoun> found;
  for (const pugi::xml_node& child : at.children()) {
    if (std::string_view(child.name()) != "Stream" || found) {
      at.reject_child(child, "one <Stream>");
      continue;
    }
    found = stream(element(child, findings), findings);
  }
  if (!found) at.warn(12200, at.tag() + " without a <Stream> does nothing");
  return found;
}

std::optional<Verb> connect(const Element& at, Findings& findings) {
  auto noun = stream_in(at, findings);
  if (!noun) return std::nullopt;
  return ConnectVerb{std::move(*noun), at.text("action"), at.method("method")};
}
std::optional<Verb> start(const Element& at, Findings& findings) {
  auto noun = stream_in(at, findings);
  if (!noun) return std::nullopt;
  return StartVerb{std::move(*noun)};
}
std::optional<Verb> stop(const Element& at, Findings& findings) {
  auto noun = stream_in(at, findings);
  if (!noun) return std::nullopt;
  return StopVerb{std::move(noun->name)};
}

// ---- sound ---------------------------------------------------------------------------------------------

/// "Google.he-IL-Wavenet-A" names its language; others leave it to the attribute.
std::string language_of(const Element& at) {
  if (at.has("language")) return at.text("language");
  const std::string voice = at.text("voice");
  const auto dot = voice.find('.');
  const auto dash = voice.find('-', dot + 1);
  if (dot == std::string::npos || dash == std::string::npos) return "en-US";
  return voice.substr(dot + 1, voice.find('-', dash + 1) - dot - 1);
}

std::optional<SayVerb> say(const Element& at) {
  SayVerb verb;
  verb.text = at.content(kSsml);
  verb.language = language_of(at);
  verb.loop = at.count("loop", 1, 0);
  const std::size_t limit = at.text("voice").starts_with("Polly.") ? kPollySayLimit : kSayLimit;
  if (verb.text.empty()) {
    at.warn(13520, "<Say> without text");
    return std::nullopt;
  }
  if (const auto length = runtime::utf8_length(verb.text); length > limit) {
    at.warn(13521, "the text of <Say> has " + std::to_string(length) + " characters; at most " +
                       std::to_string(limit) + " are spoken in this voice, so nothing is");
    return std::nullopt;
  }
  return verb;
}

std::optional<PlayVerb> play(const Element& at) {
  PlayVerb verb;
  verb.url = at.content();
  verb.digits = at.keys("digits", "", "0123456789*#ABCDabcdwW");
  verb.loop = at.count("loop", 1, 0);
  std::ranges::transform(verb.digits, verb.digits.begin(),
                         [](char c) { return c >= 'a' && c <= 'd' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (verb.digits.empty() && verb.url.empty()) {
    if (!at.has("digits")) at.warn(12200, "<Play> without a URL or digits plays nothing");
    return std::nullopt;
  }
  return verb;
}

PauseVerb pause(const Element& at, const TwimlDefaults& defaults) {
  at.must_be_empty();
  return {at.seconds("length", defaults.pause)};
}

// ---- what the caller gives -----------------------------------------------------------------------------

void nested_prompts(const Element& at, Findings& findings, const TwimlDefaults& defaults,
                    std::vector<Prompt>& into) {
  for (const pugi::xml_node& child : at.children()) {
    const std::string_view name = child.name();
    if (name == "Say") {
      if (auto verb = say(element(child, findings))) into.emplace_back(std::move(*verb));
    } else if (name == "Play") {
      if (auto verb = play(element(child, findings))) into.emplace_back(std::move(*verb));
    } else if (name == "Pause") {
      into.emplace_back(pause(element(child, findings), defaults));
    } else {
      at.reject_child(child, "<Say>, <Play> and <Pause>");
    }
  }
}

std::optional<Verb> gather(const Element& at, Findings& findings, const TwimlDefaults& defaults) {
  GatherVerb verb;
  const auto inputs = at.choices("input", "dtmf", "dtmf speech");
  verb.dtmf = std::ranges::find(inputs, "dtmf") != inputs.end();
  verb.speech = std::ranges::find(inputs, "speech") != inputs.end();
  verb.action = at.text("action");
  verb.method = at.method("method");
  verb.timeout = at.seconds("timeout", verb.timeout, 0);
  if (at.text("finishOnKey").size() > 1) {
    at.warn(13311, "finishOnKey=\"" + at.text("finishOnKey") + "\" of <Gather> must be one key; # is used");
  } else {
    verb.finish_on_key = at.keys("finishOnKey", verb.finish_on_key, kKeys);
  }
  verb.num_digits = at.count("numDigits", 0);
  verb.speech_timeout = verb.timeout;
  if (at.text("speechTimeout") == "auto") {
    verb.speech_timeout = runtime::Duration(0);
  } else {
    verb.speech_timeout = at.seconds("speechTimeout", verb.speech_timeout);
  }
  verb.max_speech = at.seconds("maxSpeechTime", verb.max_speech);
  verb.barge_in = at.flag("bargeIn", true);
  verb.action_on_empty = at.flag("actionOnEmptyResult", false);
  (void)at.method("partialResultCallbackMethod");
  (void)at.flag("profanityFilter", true);
  nested_prompts(at, findings, defaults, verb.prompts);
  return verb;
}

RecordingTarget recording_target(const Element& at) {
  RecordingTarget target;
  target.url = at.text("recordingStatusCallback");
  target.method = at.method("recordingStatusCallbackMethod");
  target.events = at.choices("recordingStatusCallbackEvent", "completed", "in-progress completed absent");
  return target;
}

std::optional<Verb> record(const Element& at) {
  RecordVerb verb;
  at.must_be_empty();
  verb.action = at.text("action");
  verb.method = at.method("method");
  verb.timeout = at.seconds("timeout", verb.timeout);
  verb.finish_on_key = at.keys("finishOnKey", verb.finish_on_key, kKeys);
  verb.max_length = at.seconds("maxLength", verb.max_length);
  verb.beep = at.flag("playBeep", true);
  verb.trim = at.choice("trim", "trim-silence", "trim-silence do-not-trim") == "trim-silence";
  verb.kept = recording_target(at);
  verb.transcribe_callback = at.text("transcribeCallback");
  verb.transcribe = at.flag("transcribe", !verb.transcribe_callback.empty());
  return verb;
}

// ---- third parties -------------------------------------------------------------------------------------

bool is_number(std::string_view text) {
  const auto digits = text.substr(text.starts_with('+') ? 1 : 0);
  return !digits.empty() && digits.size() <= 15 &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `address` as Twilio dials it, or nullopt and a finding.
std::optional<std::string> dialled(const Element& at, std::string address, bool number) {
  if (number)
    std::erase_if(address,
                  [](char c) { return std::string_view(" -().").find(c) != std::string_view::npos; });
  if (number ? is_number(address) : !address.empty()) return address;
  at.warn(13223, "\"" + address + "\" in " + at.tag() + " is no phone number; write it as +14155551212");
  return std::nullopt;
}

/// Of a `<Client>`: its text, or that of the `<Identity>` in it. Its `<Parameter>`s go to the client's app.
std::string identity(const Element& at, Findings& findings) {
  const pugi::xml_node inner = at.child("Identity");
  if (!inner) return at.content("Parameter");
  for (const pugi::xml_node& child : at.children()) {
    const std::string_view name = child.name();
    if (child != inner && name != "Parameter") at.reject_child(child, "<Identity> and <Parameter>");
  }
  return Element(inner, *element_rule("Identity"), findings).content();
}

std::optional<DialNoun> party(const pugi::xml_node& node, Findings& findings) {
  const Element at = element(node, findings);
  const std::string_view name = node.name();
  DialNoun noun;
  auto address = dialled(at, name == "Client" ? identity(at, findings) : at.content(), name == "Number");
  if (!address) return std::nullopt;
  noun.address = (name == "Client" ? "client:" : "") + *address;
  noun.url = at.text("url");
  noun.method = at.method("method");
  noun.send_digits = at.keys("sendDigits", "", "0123456789*#wW");
  noun.status_callback = at.text("statusCallback");
  noun.status_callback_method = at.method("statusCallbackMethod");
  noun.status_events = at.choices("statusCallbackEvent", "completed", "initiated ringing answered completed");
  return noun;
}

std::optional<Verb> dial(const Element& at, const pugi::xml_node& node, Findings& findings,
                         const TwimlDefaults& defaults) {
  DialVerb verb;
  const bool nested =
      !node.find_child([](const auto& child) { return child.type() == pugi::node_element; }).empty();
  const auto children = nested ? at.children() : std::vector<pugi::xml_node>();
  for (const pugi::xml_node& child : children) {
    const std::string_view name = child.name();
    if (name != "Number" && name != "Client" && name != "Sip") {
      at.reject_child(child, "<Number>, <Client> and <Sip>");
    } else if (verb.parties.size() == kMostParties) {
      at.warn(13250, "more than 10 parties in <Dial>; the rest is ignored");
    } else if (auto noun = party(child, findings)) {
      verb.parties.push_back(std::move(*noun));
    }
  }
  if (!nested) {
    DialNoun noun;
    if (auto address = dialled(at, at.content(), true)) {
      noun.address = *address;
      verb.parties.push_back(std::move(noun));
    }
  }
  verb.action = at.text("action");
  verb.method = at.method("method");
  verb.timeout = at.seconds("timeout", defaults.dial_timeout);
  verb.time_limit = at.seconds("timeLimit", defaults.dial_time_limit);
  verb.hangup_on_star = at.flag("hangupOnStar", false);
  verb.answer_on_bridge = at.flag("answerOnBridge", false);
  verb.sequential = at.flag("sequential", false);
  const std::string record = at.choice("record", "do-not-record",
                                       "true false do-not-record record-from-answer record-from-ringing "
                                       "record-from-answer-dual record-from-ringing-dual");
  verb.record = record != "false" && record != "do-not-record";
  verb.record_dual = record.ends_with("-dual");
  verb.record_trim = at.choice("trim", "do-not-trim", "trim-silence do-not-trim") == "trim-silence";
  verb.record_track = at.choice("recordingTrack", "both", "both inbound outbound");
  verb.kept = recording_target(at);
  const std::string tone = at.choice("ringTone", "automatic", ring_tone_names());
  if (tone != "automatic") verb.ring_tone = tone;
  verb.caller_id = at.text("callerId");
  if (verb.caller_id.starts_with('+') && !is_number(verb.caller_id)) {
    at.warn(13214,
            "callerId=\"" + verb.caller_id + "\" of <Dial> must be a phone number; the caller's is used");
    verb.caller_id.clear();
  }
  return verb;
}

std::optional<Verb> reject(const Element& at) {
  at.must_be_empty();
  return RejectVerb{at.choice("reason", "rejected", "rejected busy")};
}

template <class V>
std::optional<Verb> as_verb(std::optional<V> verb) {
  if (!verb) return std::nullopt;
  return Verb(std::move(*verb));
}

}  // namespace

std::optional<Verb> read_verb(const pugi::xml_node& node, Findings& findings, const TwimlDefaults& defaults) {
  const std::string_view name = node.name();
  const ElementRule* rule = element_rule(name);
  const bool noun = name == "Stream" || name == "Parameter" || name == "Number" || name == "Client" ||
                    name == "Sip" || name == "Identity";
  if (rule == nullptr || noun) {
    findings.push_back(
        {12200, true,
         "<" + std::string(name) +
             "> is no verb that is known here; it is ignored (Connect, Start, Stop, Say, Play, "
             "Pause, Gather, Record, Dial, Redirect, Hangup and Reject are; names are "
             "case-sensitive)"});
    return std::nullopt;
  }
  const Element at(node, *rule, findings);
  if (name == "Connect") return connect(at, findings);
  if (name == "Start") return start(at, findings);
  if (name == "Stop") return stop(at, findings);
  if (name == "Say") return as_verb(say(at));
  if (name == "Play") return as_verb(play(at));
  if (name == "Pause") return pause(at, defaults);
  if (name == "Gather") return gather(at, findings, defaults);
  if (name == "Record") return record(at);
  if (name == "Dial") return dial(at, node, findings, defaults);
  if (name == "Redirect") return RedirectVerb{at.content(), at.method("method")};
  if (name == "Reject") return reject(at);
  at.must_be_empty();
  return HangupVerb{};
}

}  // namespace simulators::twilio
