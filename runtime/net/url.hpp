#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime::net {

/// An absolute URL of the four schemes that are spoken here (http, https, ws, wss), taken apart.
struct Url {
  std::string scheme;        // lower case
  std::string host;          // without brackets
  std::uint16_t port = 0;    // the scheme's own when the text names none
  std::string target = "/";  // path and query as sent on the request line; never empty
  bool secure() const { return scheme == "https" || scheme == "wss"; }
  std::string authority() const;  // host, and ":port" unless it is the scheme's own: the Host header
  std::string text() const;
};
/// As hosts are compared.
std::string in_small_letters(std::string text);
std::optional<Url> parse_url(std::string_view text);
/// RFC 3986, 5.2: `reference` as seen from `base`. Nullopt when the outcome is no URL of the four schemes.
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

/// application/x-www-form-urlencoded, and the query string of a URL: order and repetitions are kept.
using Form = std::vector<std::pair<std::string, std::string>>;
std::string encode_form(const Form& form);
/// Broken percent escapes are taken literally.
Form decode_form(std::string_view text);
/// First value of `name`; empty when absent.
std::string_view field(const Form& form, std::string_view name);
/// Path and query of a request target.
std::string_view path_of(std::string_view target);
std::string_view query_of(std::string_view target);

}  // namespace runtime::net
