#include "scenarios/engine/http_plan.hpp"

#include "runtime/net/url.hpp"
#include "scenarios/engine/names.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace scenarios::engine {
namespace {

constexpr std::string_view kPrefix = "$http.";

/// "NAME.WORD" at `from`, which stands behind the prefix.
std::string_view reference_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && of_a_name(text[end])) ++end;
  if (end == text.size() || text[end] != '.') return text.substr(from, end - from);
  ++end;
  while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
  return text.substr(from, end - from);
}

std::string filled(const std::string& text, const std::vector<HttpAddress>& addresses) {
  std::string out;
  std::size_t at = 0;
  for (auto found = text.find(kPrefix); found != std::string::npos; found = text.find(kPrefix, at)) {
    const auto reference = reference_at(text, found + kPrefix.size());
    const auto dot = reference.find('.');
    const auto known = std::ranges::find(addresses, reference.substr(0, dot), &HttpAddress::name);
    out.append(text, at, found - at);
    at = found + kPrefix.size() + reference.size();
    const auto word = dot == std::string_view::npos ? std::string_view() : reference.substr(dot + 1);
    if (known != addresses.end() && word == "url") {
      out += known->url();
    } else if (known != addresses.end() && word == "host") {
      out += known->host;
    } else if (known != addresses.end() && word == "port") {
      out += known->port;
    } else {
      out.append(text, found, at - found);
    }
  }
  return out.append(text, at);
}

}  // namespace

bool HttpRoute::takes(std::string_view asked, std::string_view target) const {
  if (asked != method) return false;
  const std::string_view wanted = path;
  const auto compared = wanted.find('?') == std::string_view::npos ? runtime::net::path_of(target) : target;
  if (wanted.ends_with('*')) return compared.starts_with(wanted.substr(0, wanted.size() - 1));
  return compared == wanted;
}

std::vector<std::string> http_references(std::string_view text) {
  std::vector<std::string> found;
  for (auto at = text.find(kPrefix); at != std::string_view::npos; at = text.find(kPrefix, at + 1))
    found.emplace_back(reference_at(text, at + kPrefix.size()));
  return found;
}

void fill_in_addresses(nlohmann::json& json, const std::vector<HttpAddress>& addresses) {
  if (json.is_string()) {
    json = filled(json.get<std::string>(), addresses);
  } else if (json.is_structured()) {
    for (auto& entry : json) fill_in_addresses(entry, addresses);
  }
}

}  // namespace scenarios::engine
