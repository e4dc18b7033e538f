#include "simulators/twilio/twiml.hpp"

#include "runtime/core/utf8.hpp"
#include "simulators/twilio/twiml_verbs.hpp"
#include "simulators/twilio/twiml_wellformed.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace simulators::twilio {
namespace {

/// Blanks between elements part the words of a `<Say>`.
constexpr unsigned kParse = pugi::parse_default | pugi::parse_cdata | pugi::parse_ws_pcdata;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void fail(Document& document, int code, std::string text) {
  document.verbs.clear();
  document.fatal = true;
  document.findings.push_back({code, false, std::move(text)});
}

std::string misreading(const pugi::xml_parse_result& parsed, std::string_view text) {
  const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
  return std::string(parsed.description()) + " at " + place_in(text, offset);
}

/// The media type of a Content-Type, in lower case, without its parameters.
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return type;
}

}  // namespace

std::string_view verb_name(const Verb& verb) {
  static constexpr std::array<std::string_view, std::variant_size_v<Verb>> kNames{
      "Connect",  "Start",  "Stop",   "Say",    "Play",   "Pause",
      "Redirect", "Hangup", "Reject", "Gather", "Record", "Dial"};
  return kNames[verb.index()];
}

Document read_twiml(std::string_view text, const TwimlDefaults& defaults) {
  Document document;
  pugi::xml_document xml;
  const auto parsed = xml.load_buffer(text.data(), text.size(), kParse, pugi::encoding_utf8);
  auto problem = ill_formed(text);
  if (problem.empty() && !parsed) problem = misreading(parsed, text);
  if (!problem.empty()) {
    fail(document, 12100, "no well-formed XML: " + problem);
    return document;
  }
  const pugi::xml_node root = xml.document_element();
  if (std::strcmp(root.name(), "Response") != 0) {
    fail(document, 12102, "the root is <" + std::string(root.name()) + ">; it must be <Response>");
    return document;
  }
  const std::string version = root.attribute("version").as_string("1.0");
  if (version != "1" && version != "1.0") {
    fail(document, 12101, "version=\"" + version + "\" of <Response>; leave it out");
    return document;
  }
  for (const pugi::xml_attribute& attribute : root.attributes()) {
    const std::string name = attribute.name();
    if (name == "version" || name.starts_with("xmlns")) continue;
    document.findings.push_back(
        {12200, true, "attribute \"" + name + "\" of <Response> is not known; it is ignored"});
  }
  for (const pugi::xml_node& node : root.children()) {
    if (node.type() == pugi::node_element) {
      if (auto verb = read_verb(node, document.findings, defaults))
        document.verbs.push_back(std::move(*verb));
    } else if ((node.type() == pugi::node_pcdata && !is_blank(node.value())) ||
               node.type() == pugi::node_cdata) {
      document.findings.push_back({12200, true,
                                   "text outside of any verb: \"" +
                                       std::string(runtime::utf8_prefix(node.value(), 40)) +
                                       "\" is ignored"});
    }
  }
  return document;
}

Document read_answer(const AnswerHead& head, std::string_view body, const TwimlDefaults& defaults) {
  Document document;
  if (head.status < 200 || head.status > 299) {
    fail(document, 11200, "the webhook answered " + std::to_string(head.status) + "; TwiML comes with 200");
    return document;
  }
  const std::string type = media_type(head.content_type);
  if (type.starts_with("audio/")) {  // played, then the call ends
    document.verbs.emplace_back(PlayVerb{"", "", std::string(body), 1});
    return document;
  }
  if (body.size() > 64U << 10U) {
    fail(document, 11750, "the body has " + std::to_string(body.size()) + " bytes; at most 64 kB are read");
    return document;
  }
  const bool plain = type == "text/plain";
  if (!plain && type != "text/xml" && type != "application/xml" && type != "text/html") {
    fail(document, 12300,
         type.empty() ? std::string("no Content-Type; it must be text/xml")
                      : "Content-Type " + type + "; it must be text/xml");
    return document;
  }
  if (body.empty() && head.chunked) {
    fail(document, 11770, "the body is chunked and empty; an empty document is <Response/>");
    return document;
  }
  document = read_twiml(body, defaults);
  if (plain && document.fatal) {  // read aloud, then the call ends
    document = Document{};
    document.verbs.emplace_back(SayVerb{std::string(body), "en-US", 1});
  }
  return document;
}

}  // namespace simulators::twilio
