#include "simulators/twilio/signature.hpp"

#include "runtime/core/encoding.hpp"

#include <algorithm>

namespace simulators::twilio {

std::string sign(std::string_view auth_token, std::string_view url, const runtime::net::Form& form) {
  runtime::net::Form sorted = form;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text(url);
  for (const auto& [name, value] : sorted) {
    text += name;
    text += value;
  }
  return runtime::base64_encode(runtime::hmac_sha1(auth_token, text));
}

void add_signature(runtime::net::Headers& headers, Knobs::Signature how, std::string_view auth_token,
                   std::string_view url, const runtime::net::Form& form) {
  if (how == Knobs::Signature::none) return;
  const bool right = how == Knobs::Signature::right;
  headers.add("X-Twilio-Signature", sign(right ? auth_token : "not the auth token", url, form));
}

std::string signed_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::string(url);
  const auto scheme = url.substr(0, scheme_end);
  const auto rest = url.substr(scheme_end + 3);
  const auto path = std::min(rest.find_first_of("/?#"), rest.size());
  auto authority = rest.substr(0, path);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  const bool secure = scheme == "https";
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (secure && has_port) authority = authority.substr(0, colon);
  return std::string(scheme) + "://" + std::string(authority) + std::string(rest.substr(path));
}

}  // namespace simulators::twilio
