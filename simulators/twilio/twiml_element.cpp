#include "simulators/twilio/twiml_element.hpp"

#include "runtime/core/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace simulators::twilio {
namespace {

constexpr AttributeRule kConnect[]{{"action"}, {"method"}};
constexpr AttributeRule kStart[]{{"action"}, {"method"}};
constexpr AttributeRule kStream[]{
    {"url"},           {"name"},        {"track"},     {"statusCallback"}, {"statusCallbackMethod"},
    {"connectorName"}, {"audioFormat"}, {"sampleRate"}};
constexpr AttributeRule kParameter[]{{"name"}, {"value"}};
constexpr AttributeRule kSay[]{{"voice"}, {"language"}, {"loop", 13510}};
constexpr AttributeRule kPlay[]{{"loop", 13410}, {"digits", 13430}};
constexpr AttributeRule kPause[]{{"length", 13910}};
constexpr AttributeRule kRedirect[]{{"method", 13710}};
constexpr AttributeRule kReject[]{{"reason", 13810}};
constexpr AttributeRule kGather[]{{"action"},
                                  {"method", 13312},
                                  {"timeout", 13313},
                                  {"finishOnKey", 13310},
                                  {"numDigits", 13314},
                                  {"input", 13326},
                                  {"speechTimeout", 13327},
                                  {"maxSpeechTime", 13328},
                                  {"bargeIn", 13332},
                                  {"actionOnEmptyResult", 13338},
                                  {"partialResultCallback"},
                                  {"partialResultCallbackMethod", 13329},
                                  {"language", 13331},
                                  {"hints"},
                                  {"profanityFilter", 13333},
                                  {"speechModel", 13334},
                                  {"enhanced"},
                                  {"dtmfDetection"},
                                  {"debug"}};
constexpr AttributeRule kRecord[]{{"action"},
                                  {"method", 13610},
                                  {"timeout", 13611},
                                  {"finishOnKey", 13613},
                                  {"maxLength", 13612},
                                  {"playBeep", 13616},
                                  {"trim", 13699},
                                  {"recordingStatusCallback"},
                                  {"recordingStatusCallbackMethod"},
                                  {"recordingStatusCallbackEvent", 13621},
                                  {"storageUrl"},
                                  {"storageUrlMethod"},
                                  {"transcribe", 13614},
                                  {"transcribeCallback"}};
constexpr AttributeRule kDial[]{{"action"},
                                {"method", 13210},
                                {"timeout", 13212},
                                {"callerId", 13214},
                                {"timeLimit", 13216},
                                {"hangupOnStar", 13213},
                                {"record", 13217},
                                {"answerOnBridge", 13219},
                                {"ringTone", 13220},
                                {"sequential", 13218},
                                {"trim"},
                                {"recordingStatusCallback"},
                                {"recordingStatusCallbackMethod"},
                                {"recordingStatusCallbackEvent", 13621},
                                {"recordingTrack"},
                                {"referUrl"},
                                {"referMethod"},
                                {"events"}};
constexpr AttributeRule kNumber[]{{"url"},
                                  {"method", 13221},
                                  {"sendDigits", 13222},
                                  {"statusCallback"},
                                  {"statusCallbackMethod"},
                                  {"statusCallbackEvent", 21626},
                                  {"byoc"},
                                  {"phoneNumberSid"},
                                  {"machineDetection"},
                                  {"amdStatusCallback"},
                                  {"amdStatusCallbackMethod"},
                                  {"machineDetectionTimeout"},
                                  {"machineDetectionSpeechThreshold"},
                                  {"machineDetectionSpeechEndThreshold"},
                                  {"machineDetectionSilenceTimeout"},
                                  {"username"},
                                  {"password"}};

constexpr ElementRule kElements[]{
    {"Connect", kConnect}, {"Start", kStart, 14300},  {"Stop", {}, 14300},
    {"Stream", kStream},   {"Parameter", kParameter}, {"Say", kSay},
    {"Play", kPlay},       {"Pause", kPause},         {"Redirect", kRedirect},
    {"Hangup", {}},        {"Reject", kReject},       {"Gather", kGather, 13320},
    {"Record", kRecord},   {"Dial", kDial, 13215},    {"Number", kNumber},
    {"Client", kNumber},   {"Sip", kNumber},          {"Identity", {}},
};

bool is_text(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  return from == std::string::npos ? std::string()
                                   : text.substr(from, text.find_last_not_of(" \t\r\n") + 1 - from);
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> all;
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

std::optional<unsigned> whole_number(const std::string& text) {
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

}  // namespace

const ElementRule* element_rule(std::string_view name) {
  const auto* found = std::ranges::find(kElements, name, &ElementRule::name);
  return found == std::end(kElements) ? nullptr : found;
}

Element::Element(pugi::xml_node node, const ElementRule& rule, std::vector<Finding>& findings)
    : node_(node), rule_(rule), findings_(findings) {
  for (const pugi::xml_attribute& attribute : node_.attributes()) {
    const std::string_view name = attribute.name();
    if (std::ranges::find(rule_.attributes, name, &AttributeRule::name) != rule_.attributes.end()) continue;
    warn(12200, "attribute \"" + std::string(name) + "\" of " + tag() +
                    " is not known; it is ignored (names are case-sensitive)");
  }
}

void Element::warn(int code, std::string text) const {
  findings_.push_back({code, true, std::move(text)});
}

int Element::code_of(std::string_view attribute) const {
  const auto found = std::ranges::find(rule_.attributes, attribute, &AttributeRule::name);
  return found == rule_.attributes.end() ? 12200 : found->bad_value;
}

void Element::bad(const char* attribute, std::string_view value, std::string_view right) const {
  const int code = code_of(attribute);
  std::string text = std::string(attribute) + "=\"" + std::string(value) + "\" of " + tag() + " must be " +
                     std::string(right) + "; the default is used";
  // The dictionary lists these two as errors.
  findings_.push_back({code, code != 13338 && code != 13621, std::move(text)});
}

std::string Element::text(const char* attribute, std::string_view fallback) const {
  return has(attribute) ? node_.attribute(attribute).value() : std::string(fallback);
}

std::string Element::method(const char* attribute) const {
  return choice(attribute, "POST", "GET POST");
}

unsigned Element::count(const char* attribute, unsigned fallback, unsigned least) const {
  if (!has(attribute)) return fallback;
  const std::string value = text(attribute);
  const auto number = whole_number(value);
  if (number && *number >= least) return *number;
  bad(attribute, value, "a whole number from " + std::to_string(least) + " on");
  return fallback;
}

runtime::Duration Element::seconds(const char* attribute, runtime::Duration fallback, unsigned least) const {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(fallback).count();
  return std::chrono::seconds(std::min(count(attribute, static_cast<unsigned>(whole), least), 86'400U));
}

bool Element::flag(const char* attribute, bool fallback) const {
  return choice(attribute, fallback ? "true" : "false", "true false") == "true";
}

std::string Element::choice(const char* attribute, std::string_view fallback,
                            std::string_view choices) const {
  const std::string value = text(attribute, fallback);
  const auto allowed = words(choices);
  if (value == fallback || std::ranges::find(allowed, value) != allowed.end()) return value;
  bad(attribute, value, "one of " + std::string(choices));
  return std::string(fallback);
}

std::vector<std::string> Element::choices(const char* attribute, std::string_view fallback,
                                          std::string_view choices) const {
  const auto allowed = words(choices);
  auto chosen = words(text(attribute, fallback));
  const auto wrong = std::ranges::find_if(chosen, [&allowed](const std::string& word) {
    return std::ranges::find(allowed, word) == allowed.end();
  });
  if (wrong == chosen.end() && !chosen.empty()) return chosen;
  bad(attribute, text(attribute), "some of " + std::string(choices) + ", separated by blanks");
  return words(fallback);
}

std::string Element::keys(const char* attribute, std::string_view fallback, std::string_view allowed) const {
  std::string value = text(attribute, fallback);
  if (value.find_first_not_of(allowed) == std::string::npos) return value;
  bad(attribute, value, "made of " + std::string(allowed));
  return std::string(fallback);
}

void Element::collect_text(const pugi::xml_node& node, const std::vector<std::string>& markup,
                           std::string& into) const {
  for (const pugi::xml_node& child : node.children()) {
    if (is_text(child)) into += child.value();
    if (child.type() != pugi::node_element) continue;
    if (std::ranges::find(markup, child.name()) != markup.end()) {
      collect_text(child, markup, into);
    } else {
      reject_child(child, markup.empty() ? "only text" : "text and the SSML of " + tag());
    }
  }
}

std::string Element::content(std::string_view markup) const {
  std::string all;
  collect_text(node_, words(markup), all);
  return trimmed(all);
}

void Element::must_be_empty() const {
  for (const pugi::xml_node& child : children()) reject_child(child, "nothing");
}

std::vector<pugi::xml_node> Element::children() const {
  std::vector<pugi::xml_node> all;
  for (const pugi::xml_node& child : node_.children()) {
    if (child.type() == pugi::node_element) all.push_back(child);
    if (!is_text(child) || trimmed(child.value()).empty()) continue;
    const std::string text = trimmed(child.value());
    warn(12200, "text in " + tag() + ": \"" + std::string(runtime::utf8_prefix(text, 40)) + "\" is ignored");
  }
  return all;
}

void Element::reject_child(const pugi::xml_node& child, std::string_view allowed) const {
  const bool start = rule_.bad_child == 14300;  // an error by the dictionary, not a warning
  findings_.push_back({rule_.bad_child, !start,
                       "<" + std::string(child.name()) + "> in " + tag() + " is ignored; " +
                           std::string(allowed) + " may stand there"});
}

}  // namespace simulators::twilio
