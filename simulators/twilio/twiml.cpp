#include "simulators/twilio/twiml.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>

namespace simulators::twilio {
namespace {
using namespace std::chrono_literals;
using runtime::Duration;

class Reader {
 public:
  explicit Reader(Document& into) : document_(into) {}

  void verbs(const pugi::xml_node& response) {
    for (const pugi::xml_node& node : response.children()) {
      if (node.type() == pugi::node_element) {
        verb(node);
      } else if (is_text(node)) {
        warn(12200,
             "text outside of any verb: \"" + std::string(node.value()).substr(0, 40) + "\" is ignored");
      }
    }
  }

 private:
  static bool is_text(const pugi::xml_node& node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
  }
  void warn(int code, std::string text) { document_.findings.push_back({code, true, std::move(text)}); }
  static std::string tag(const pugi::xml_node& node) { return "<" + std::string(node.name()) + ">"; }

  void verb(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    if (name == "Connect") return connect(node);
    if (name == "Start") return start(node);
    if (name == "Stop") return stop(node);
    if (name == "Say") return say(node);
    if (name == "Pause") return pause(node);
    if (name == "Redirect") return redirect(node);
    if (name == "Hangup") return add(node, {}, HangupVerb{});
    if (name == "Reject") return reject(node);
    if (name == "Record") return record(node);
    if (name == "Dial") return dial(node);
    warn(12200, tag(node) +
                    " is no verb that is known here; it is ignored (Connect, Start, Stop, Say, Pause, "
                    "Redirect, Hangup, Reject, Record and Dial are; names are case-sensitive)");
  }

  void add(const pugi::xml_node& node, std::initializer_list<std::string_view> known, Verb verb) {
    check_attributes(node, known);
    document_.verbs.push_back(std::move(verb));
  }

  void check_attributes(const pugi::xml_node& node, std::initializer_list<std::string_view> known) {
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (std::find(known.begin(), known.end(), attribute.name()) != known.end()) continue;
      warn(12200, "attribute \"" + std::string(attribute.name()) + "\" of " + tag(node) +
                      " is not known; it is ignored");
    }
  }

  static std::string attribute(const pugi::xml_node& node, const char* name, const char* fallback) {
    return node.attribute(name).as_string(fallback);
  }
  std::string method(const pugi::xml_node& node, const char* name) {
    std::string value = attribute(node, name, "POST");
    if (value == "GET" || value == "POST") return value;
    warn(12200,
         std::string(name) + "=\"" + value + "\" of " + tag(node) + " is neither GET nor POST; POST is used");
    return "POST";
  }
  Duration whole_seconds(const pugi::xml_node& node, const char* name, Duration fallback, int code) {
    const std::string value = attribute(node, name, "");
    if (value.empty()) return fallback;
    unsigned count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error == std::errc() && end == value.data() + value.size()) {
      return std::chrono::seconds(std::min(count, 86'400U));
    }
    warn(code, std::string(name) + "=\"" + value + "\" of " + tag(node) + " is no whole number of seconds");
    return fallback;
  }

  /// The one `<Stream>` inside `node`; nullopt when there is none.
  std::optional<StreamNoun> stream_in(const pugi::xml_node& node) {
    std::optional<StreamNoun> found;
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      if (std::strcmp(child.name(), "Stream") != 0 || found) {
        warn(12200, tag(child) + " in " + tag(node) + " is ignored; one <Stream> is what is known here");
        continue;
      }
      found = stream(child);
    }
    if (!found) warn(12200, tag(node) + " without a <Stream> does nothing");
    return found;
  }

  StreamNoun stream(const pugi::xml_node& node) {
    check_attributes(node, {"url", "name", "track", "statusCallback", "statusCallbackMethod", "connectorName",
                            "audioFormat", "sampleRate"});
    StreamNoun noun;
    noun.url = attribute(node, "url", "");
    noun.name = attribute(node, "name", "");
    if (const auto track = node.attribute("track")) noun.track = track.value();
    noun.status_callback = attribute(node, "statusCallback", "");
    noun.status_callback_method = method(node, "statusCallbackMethod");
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      if (std::strcmp(child.name(), "Parameter") != 0) {
        warn(12200, tag(child) + " in <Stream> is ignored; <Parameter> is what is known there");
        continue;
      }
      check_attributes(child, {"name", "value"});
      noun.parameters.emplace_back(attribute(child, "name", ""), attribute(child, "value", ""));
    }
    return noun;
  }

  void connect(const pugi::xml_node& node) {
    if (auto noun = stream_in(node)) {
      add(node, {"action", "method"},
          ConnectVerb{std::move(*noun), attribute(node, "action", ""), method(node, "method")});
    }
  }
  void start(const pugi::xml_node& node) {
    if (auto noun = stream_in(node)) add(node, {"action", "method"}, StartVerb{std::move(*noun)});
  }
  void stop(const pugi::xml_node& node) {
    if (auto noun = stream_in(node)) add(node, {}, StopVerb{std::move(noun->name)});
  }
  void say(const pugi::xml_node& node) {
    SayVerb verb;
    for (const pugi::xml_node& child : node.children()) {
      if (is_text(child)) verb.text += child.value();
    }
    verb.loop = node.attribute("loop").as_uint(1);
    if (verb.text.find_first_not_of(" \t\r\n") == std::string::npos) warn(13520, "<Say> without text");
    add(node, {"voice", "language", "loop"}, std::move(verb));
  }
  void pause(const pugi::xml_node& node) {
    add(node, {"length"}, PauseVerb{whole_seconds(node, "length", 1s, 13910)});
  }
  void redirect(const pugi::xml_node& node) {
    std::string url = node.text().get();
    const auto from = url.find_first_not_of(" \t\r\n");
    url = from == std::string::npos ? "" : url.substr(from, url.find_last_not_of(" \t\r\n") + 1 - from);
    add(node, {"method"}, RedirectVerb{std::move(url), method(node, "method")});
  }
  void reject(const pugi::xml_node& node) {
    std::string reason = attribute(node, "reason", "rejected");
    if (reason != "rejected" && reason != "busy") {
      warn(13810, "reason=\"" + reason + "\" of <Reject> is neither rejected nor busy; rejected is used");
      reason = "rejected";
    }
    add(node, {"reason"}, RejectVerb{std::move(reason)});
  }
  void record(const pugi::xml_node& node) {
    RecordVerb verb;
    verb.action = attribute(node, "action", "");
    verb.method = method(node, "method");
    verb.timeout = whole_seconds(node, "timeout", verb.timeout, 12200);
    verb.finish_on_key = attribute(node, "finishOnKey", verb.finish_on_key.c_str());
    verb.max_length = whole_seconds(node, "maxLength", verb.max_length, 12200);
    verb.beep = node.attribute("playBeep").as_bool(true);
    add(node,
        {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim",
         "recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent",
         "transcribe", "transcribeCallback"},
        std::move(verb));
  }
  void dial(const pugi::xml_node& node) {
    DialVerb verb;
    verb.number = node.text().get();
    if (const auto number = node.child("Number")) verb.number = number.text().get();
    verb.action = attribute(node, "action", "");
    verb.method = method(node, "method");
    verb.timeout = whole_seconds(node, "timeout", verb.timeout, 12200);
    add(node,
        {"action", "method", "timeout", "callerId", "timeLimit", "hangupOnStar", "record", "answerOnBridge",
         "ringTone", "sequential", "trim", "recordingStatusCallback", "recordingStatusCallbackMethod"},
        std::move(verb));
  }

  Document& document_;
};

void fail(Document& document, int code, std::string text) {
  document.verbs.clear();
  document.fatal = true;
  document.findings.push_back({code, false, std::move(text)});
}

std::string place_of(std::string_view text, std::ptrdiff_t offset) {
  const auto before = text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// pugixml forgives three things that Twilio's parser does not. Empty when there is none of them.
std::string unforgiven(std::string_view text) {
  const auto declaration = text.find("<?xml");
  if (declaration != std::string_view::npos &&
      text.substr(0, declaration).find_first_not_of("\xEF\xBB\xBF") != std::string_view::npos) {
    return "there is something before <?xml: the declaration must be the very first thing";
  }
  for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    if (const auto cdata = text.rfind("<![CDATA[", at); cdata != std::string_view::npos) {
      if (text.substr(cdata, at - cdata).find("]]>") == std::string_view::npos) continue;
    }
    const auto end = text.find_first_of("; \t\r\n<>&\"'", at + 1);
    if (end == std::string_view::npos || text[end] != ';' || end == at + 1) {
      return "a raw & at " + place_of(text, static_cast<std::ptrdiff_t>(at)) + ": write &amp;";
    }
  }
  return {};
}

}  // namespace

std::string_view verb_name(const Verb& verb) {
  static constexpr std::array<std::string_view, std::variant_size_v<Verb>> kNames{
      "Connect", "Start", "Stop", "Say", "Pause", "Redirect", "Hangup", "Reject", "Record", "Dial"};
  return kNames[verb.index()];
}

Document read_twiml(std::string_view text) {
  Document document;
  if (auto problem = unforgiven(text); !problem.empty()) {
    fail(document, 12100, "no well-formed XML: " + problem);
    return document;
  }
  pugi::xml_document xml;
  const auto parsed =
      xml.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_cdata, pugi::encoding_utf8);
  if (!parsed) {
    fail(document, 12100,
         std::string("no well-formed XML: ") + parsed.description() + " at " + place_of(text, parsed.offset));
    return document;
  }
  const pugi::xml_node root = xml.document_element();
  if (std::strcmp(root.name(), "Response") != 0) {
    fail(document, 12102, "the root is <" + std::string(root.name()) + ">; it must be <Response>");
    return document;
  }
  Reader(document).verbs(root);
  return document;
}

Document read_answer(int status, std::string_view content_type, std::string_view body) {
  Document document;
  if (status < 200 || status > 299) {
    fail(document, 11200, "the webhook answered " + std::to_string(status) + "; TwiML comes with 200");
    return document;
  }
  if (body.size() > 64U << 10U) {
    fail(document, 11750, "the body has " + std::to_string(body.size()) + " bytes; at most 64 kB are read");
    return document;
  }
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool plain = type == "text/plain";
  if (!plain && type != "text/xml" && type != "application/xml" && type != "text/html") {
    fail(document, 12300,
         type.empty() ? std::string("no Content-Type; it must be text/xml")
                      : "Content-Type " + type + "; it must be text/xml");
    return document;
  }
  document = read_twiml(body);
  if (plain && document.fatal) {  // read aloud, then the call ends
    document = Document{};
    document.verbs.emplace_back(SayVerb{std::string(body), 1});
  }
  return document;
}

Duration reading_time(std::string_view text) {
  const auto characters = std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return characters * 66ms;
}

}  // namespace simulators::twilio
