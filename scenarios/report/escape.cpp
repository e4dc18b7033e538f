#include "scenarios/report/escape.hpp"

#include "runtime/core/utf8.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>

namespace scenarios::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The length of the well-formed character at the start of `text` (Unicode 15, table 3-7); 0: there is none.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const auto follows = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned char first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool too_long = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return follows(1) && follows(2) && !too_long && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool out_of_range = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return follows(1) && follows(2) && follows(3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

bool allowed_in_xml(std::string_view one) {
  const auto first = static_cast<unsigned char>(one.front());
  if (one.size() == 1) return (first >= 0x20 && first != 0x7F) || one == "\t" || one == "\n" || one == "\r";
  return one != "\xEF\xBF\xBE" && one != "\xEF\xBF\xBF";
}

std::string cleaned(std::string_view text, bool for_xml) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character(text);
    const auto one = text.substr(0, length == 0 ? 1 : length);
    const bool good = length > 0 && (!for_xml || allowed_in_xml(one));
    out += good ? one : kReplacement;
    text.remove_prefix(one.size());
  }
  return out;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  return cleaned(text, false);
}

std::string xml_text(std::string_view text) {
  return cleaned(text, true);
}

std::string plain_text(std::string_view text) {
  const std::string clean = xml_text(text);
  std::string out;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char next = i + 1 < clean.size() ? clean[i + 1] : '\0';
    const bool c1 = clean[i] == '\xC2' && static_cast<unsigned char>(next) < 0xA0;
    if (c1) ++i;
    if (clean[i] == '\r' && next == '\n') continue;
    out += c1 || clean[i] == '\r' ? kReplacement : std::string_view(clean).substr(i, 1);
  }
  return out;
}

std::string bounded(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  const auto shown = runtime::utf8_prefix(text, most);
  return std::string(shown) + "... (" + std::to_string(text.size() - shown.size()) + " bytes more)";
}

std::string script_json(const nlohmann::json& value) {
  const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";  // only ever inside of a string
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace scenarios::report
