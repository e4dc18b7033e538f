#include "bridge/app/twiml.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

namespace bridge::app {
namespace {

constexpr auto kParse = pugi::parse_default | pugi::parse_ws_pcdata_single;

std::string print(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return R"(<?xml version="1.0" encoding="UTF-8"?>)" + out.str();
}

/// Appends copies of checked verbs.
void append_verbs(pugi::xml_node response, std::string_view verbs) {
  pugi::xml_document parsed;
  parsed.load_string(fmt::format("<Response>{}</Response>", verbs).c_str(), kParse);
  for (const auto verb : parsed.child("Response")) {
    if (verb.type() == pugi::node_element) response.append_copy(verb);
  }
}

/// action, url, waitUrl, statusCallback, ...
bool names_an_address(std::string_view attribute) {
  return attribute == "action" || attribute == "url" || attribute.ends_with("Url") ||
         attribute.ends_with("Callback");
}

/// Completed; nullopt: it is whole, or none.
std::optional<std::string> completed(std::string_view address, const runtime::net::Url& base) {
  const auto first = address.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  address = address.substr(first, address.find_last_not_of(" \t\r\n") + 1 - first);
  const auto mark = address.find_first_of(":/?#");
  if (mark != std::string_view::npos && address[mark] == ':') return std::nullopt;
  const auto whole = runtime::net::resolve_url(base, address);
  return whole ? std::optional(whole->text()) : std::nullopt;
}

/// Whether any was not whole.
bool complete_addresses(pugi::xml_node node, const runtime::net::Url& base) {
  bool any = false;
  for (auto attribute : node.attributes()) {
    if (!names_an_address(attribute.name())) continue;
    if (const auto whole = completed(attribute.value(), base))
      any = attribute.set_value(whole->c_str()) || any;
  }
  const std::string_view name = node.name();
  if (name == "Redirect" || name == "Play") {
    if (const auto whole = completed(node.child_value(), base)) any = node.text().set(whole->c_str()) || any;
  }
  for (const auto child : node.children()) any = complete_addresses(child, base) || any;
  return any;
}

void append_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).append_child(pugi::node_pcdata).set_value(text.c_str());
}

}  // namespace

std::string write_stream_document(const StreamDocument& document) {
  const bool connect = document.verb == Config::Twiml::Verb::connect;
  pugi::xml_document xml;
  auto response = xml.append_child("Response");
  append_verbs(response, document.prelude);
  auto around = response.append_child(connect ? "Connect" : "Start");
  const bool by_action = connect && document.continue_by == Config::Twiml::ContinueBy::action;
  if (by_action) {
    around.append_attribute("action") = document.return_url.c_str();
    around.append_attribute("method") = "POST";
  }
  auto stream = around.append_child("Stream");
  stream.append_attribute("url") = document.stream_url.c_str();
  if (document.track != "none") stream.append_attribute("track") = document.track.c_str();
  if (!document.status_callback.empty()) {
    stream.append_attribute("statusCallback") = document.status_callback.c_str();
    stream.append_attribute("statusCallbackMethod") = "POST";
  }
  for (const auto& [name, value] : document.parameters) {
    auto parameter = stream.append_child("Parameter");
    parameter.append_attribute("name") = name.c_str();
    parameter.append_attribute("value") = value.c_str();
  }
  if (connect && !by_action) {
    append_text(response, "Redirect", document.return_url);
    response.child("Redirect").append_attribute("method") = "POST";
  } else if (!connect) {
    // A <Start> returns at once, and a document's end hangs up.
    response.append_child("Pause").append_attribute("length") = "3600";
  }
  return print(xml);
}

std::string write_verbs_document(std::string_view verbs) {
  pugi::xml_document xml;
  append_verbs(xml.append_child("Response"), verbs);
  return print(xml);
}

std::string write_dial_document(const DialDocument& document) {
  pugi::xml_document xml;
  auto dial = xml.append_child("Response").append_child("Dial");
  if (!document.caller_id.empty()) dial.append_attribute("callerId") = document.caller_id.c_str();
  const auto rings = std::chrono::duration_cast<std::chrono::seconds>(document.ring_timeout).count();
  dial.append_attribute("timeout") = static_cast<long long>(rings);
  if (!document.action_url.empty()) {
    dial.append_attribute("action") = document.action_url.c_str();
    dial.append_attribute("method") = "POST";
  }
  append_text(dial, "Number", document.number);
  return print(xml);
}

bool only_hangs_up(std::string_view verbs) {
  pugi::xml_document parsed;
  parsed.load_string(fmt::format("<Response>{}</Response>", verbs).c_str(), kParse);
  for (const auto verb : parsed.child("Response")) {
    if (verb.type() == pugi::node_element) return std::string_view(verb.name()) == "Hangup";
  }
  return true;  // nothing to do ends the call as well
}

std::string with_whole_addresses(const std::string& verbs, const runtime::net::Url& base) {
  pugi::xml_document parsed;
  parsed.load_string(fmt::format("<Response>{}</Response>", verbs).c_str(), kParse);
  if (!complete_addresses(parsed.child("Response"), base)) return verbs;
  std::ostringstream out;
  for (const auto verb : parsed.child("Response")) {
    verb.print(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  }
  return out.str();
}

std::optional<std::string> check_verbs(std::string_view verbs) {
  static constexpr std::array kVerbs{"Connect", "Dial",     "Enqueue", "Gather", "Hangup",
                                     "Leave",   "Pause",    "Pay",     "Play",   "Prompt",
                                     "Record",  "Redirect", "Refer",   "Reject", "Say",
                                     "Sms",     "Siprec",   "Start",   "Stop",   "Transcription"};
  constexpr std::string_view kOpen = "<Response>";
  pugi::xml_document parsed;
  const auto result = parsed.load_string(fmt::format("{}{}</Response>", kOpen, verbs).c_str(), kParse);
  if (!result) {
    const auto at = std::max<std::ptrdiff_t>(0, result.offset - static_cast<std::ptrdiff_t>(kOpen.size()));
    return fmt::format("is no XML: {} at character {}", result.description(), at + 1);
  }
  if (parsed.document_element().next_sibling())
    return "is no XML: it closes <Response>, which it must not hold";
  for (const auto node : parsed.document_element()) {
    if (node.type() == pugi::node_pcdata) {
      const std::string_view text = node.value();
      if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) return "has text outside of a verb";
      continue;
    }
    if (node.type() != pugi::node_element) continue;
    const std::string_view name = node.name();
    if (std::ranges::find(kVerbs, name) == kVerbs.end()) {
      return fmt::format("has <{}>, which is no verb of TwiML (names are case-sensitive)", name);
    }
  }
  return std::nullopt;
}

std::string track_marker(std::string_view track) {
  return fmt::format("TWIML_TRACK={} ({})", track,
                     track == "both_tracks" ? "bidirectional audio" : "as configured");
}

}  // namespace bridge::app
