#include "bridge/app/signature.hpp"

#include "runtime/core/encoding.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>

namespace bridge::app {

std::string twilio_signature(std::string_view auth_token, std::string_view url,
                             const runtime::net::Form& form) {
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : form) sorted[name].insert(value);
  std::string text(url);
  for (const auto& [name, values] : sorted) {
    for (const auto value : values) text.append(name).append(value);
  }
  return runtime::base64_encode(runtime::hmac_sha1(auth_token, text));
}

bool signature_valid(std::string_view auth_token, const runtime::net::Url& url,
                     const runtime::net::Form& form, std::string_view signature) {
  const std::string host = url.host.find(':') == std::string::npos ? url.host : fmt::format("[{}]", url.host);
  const std::array origins{fmt::format("{}://{}", url.scheme, host),
                           fmt::format("{}://{}:{}", url.scheme, host, url.port)};
  bool valid = false;
  for (const auto& origin : origins) {
    const std::string text = origin + url.target;
    for (const auto& spelling : {text, text + "/"}) {
      valid |= runtime::equal_constant_time(twilio_signature(auth_token, spelling, form), signature);
    }
    if (url.target == "/") {
      valid |= runtime::equal_constant_time(twilio_signature(auth_token, origin, form), signature);
    }
  }
  return valid;
}

}  // namespace bridge::app
