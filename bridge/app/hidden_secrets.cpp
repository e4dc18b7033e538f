#include "bridge/app/hidden_secrets.hpp"

#include "runtime/net/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace bridge::app {
namespace {

bool in_a_name(char c) {
  return (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == '_';
}

/// Where the value ends that begins at `from`: with its quote, or before what ends it in a map on one line.
std::size_t end_of_value(std::string_view line, std::size_t from) {
  if (line[from] == '"' || line[from] == '\'') {
    const auto quote = line.find(line[from], from + 1);
    return quote == std::string_view::npos ? line.size() : quote + 1;
  }
  return std::min({line.find_first_of(",}]", from), line.find(" #", from), line.size()});
}

}  // namespace

bool names_a_secret(std::string_view key) {
  for (const std::string_view ending :
       {"secret", "token", "password", "api_key", "bearer", "authorization"}) {
    if (key.ends_with(ending)) return true;
  }
  return false;
}

std::string without_query_secrets(const std::string& text) {
  static constexpr std::array<std::string_view, 3> kHarmless{"model", "deployment", "api-version"};
  const auto question = text.find('?');
  if (question == std::string::npos || !runtime::net::parse_url(text)) return text;
  std::string shown = text.substr(0, question);
  char separator = '?';
  for (const auto& [name, value] : runtime::net::decode_form(std::string_view(text).substr(question + 1))) {
    const bool harmless = std::ranges::find(kHarmless, std::string_view(name)) != kHarmless.end();
    shown += separator;
    if (harmless || !value.empty())
      shown += runtime::net::encode_form({{name, harmless ? value : std::string(kRedacted)}});
    else
      shown += kRedacted;  // a name alone may be the secret
    separator = '&';
  }
  return shown;
}

std::string without_secrets(std::string line) {
  const auto hide = [&line](std::size_t from, std::size_t to) {
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(from),
              line.begin() + static_cast<std::ptrdiff_t>(to), '*');
  };
  for (auto colon = line.find(':'); colon != std::string::npos; colon = line.find(':', colon + 1)) {
    const auto key_end = colon > 0 && (line[colon - 1] == '"' || line[colon - 1] == '\'') ? colon - 1 : colon;
    auto begin = key_end;
    while (begin > 0 && in_a_name(line[begin - 1])) --begin;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    if (value == std::string::npos) break;
    const bool secret = names_a_secret(std::string_view(line).substr(begin, key_end - begin));
    if (secret && line[value] != '{') hide(value, end_of_value(line, value));
    if (!std::string_view(line).substr(colon).starts_with("://")) continue;
    const auto authority = colon + 3, end = std::min(line.find_first_of(" \"'`,}", authority), line.size());
    const auto path = std::min(line.find_first_of("/?#", authority), end);
    if (const auto at = line.rfind('@', path); at != std::string::npos && at > authority) hide(authority, at);
    if (const auto query = line.find('?', authority); query < end) hide(query + 1, end);
  }
  return line;
}

}  // namespace bridge::app
