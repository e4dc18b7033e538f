#include "runtime/net/url.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <cctype>
#include <charconv>

namespace runtime::net {
namespace urls = boost::urls;
namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};
constexpr std::array<Scheme, 4> kSchemes{{{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}}};

std::uint16_t default_port(std::string_view scheme) {
  const auto* known = std::ranges::find(kSchemes, scheme, &Scheme::name);
  return known == kSchemes.end() ? std::uint16_t{0} : known->port;
}

char to_lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Nullopt for a port that no connection can have: 0, or above 65535.
std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<Url> from_parsed(const urls::url_view_base& parsed) {
  // Credentials in a URL would silently be lost on the way: refused instead.
  if (!parsed.has_authority() || parsed.has_userinfo()) return std::nullopt;
  Url url;
  url.scheme = in_small_letters(parsed.scheme());
  url.port = default_port(url.scheme);
  url.host = parsed.host_address();
  if (url.port == 0 || url.host.empty() || parsed.host_type() == urls::host_type::ipvfuture) {
    return std::nullopt;
  }
  if (const std::string_view digits = parsed.port(); !digits.empty()) {
    const auto port = parse_port(digits);
    if (!port) return std::nullopt;
    url.port = *port;
  }
  url.target = std::string(std::string_view(parsed.encoded_path()));
  if (url.target.empty()) url.target = "/";
  // Boost 1.81 reads "http://host:x/" as an empty port and the path "x/".
  if (url.target.front() != '/') return std::nullopt;
  // RFC 3986, 5.2.4: ".." at the root stays there; Boost keeps such segments.
  while (url.target.starts_with("/../")) url.target.erase(0, 3);
  if (url.target == "/..") url.target = "/";
  if (parsed.has_query()) url.target += "?" + std::string(std::string_view(parsed.encoded_query()));
  return url;
}

/// A byte that application/x-www-form-urlencoded sends as it is (URL Standard, 5.2).
bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || c == '*' || c == '-' || c == '.' || c == '_';
}

std::optional<unsigned char> hex_byte(std::string_view digits) {
  unsigned char value = 0;
  if (digits.size() != 2) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
  if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return value;
}

void append_encoded(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      out += '+';
    } else if (is_plain(byte)) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? hex_byte(text.substr(i + 1, 2)) : std::nullopt;
    if (byte) {
      out += static_cast<char>(*byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::text() const {
  return scheme + "://" + authority() + target;
}

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), to_lower);
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed) return std::nullopt;
  return from_parsed(*parsed);
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  const std::string base_text = base.text();
  const auto from = urls::parse_uri(base_text);
  const auto to = urls::parse_uri_reference(reference);
  if (!from || !to) return std::nullopt;
  urls::url outcome(*from);
  if (!outcome.resolve(*to)) return std::nullopt;
  return from_parsed(outcome);
}

std::string encode_form(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

Form decode_form(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    form.emplace_back(decoded(pair.substr(0, equals)), decoded(value));
  }
  return form;
}

std::string_view field(const Form& form, std::string_view name) {
  const auto found =
      std::ranges::find(form, name, [](const auto& pair) -> std::string_view { return pair.first; });
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace runtime::net
