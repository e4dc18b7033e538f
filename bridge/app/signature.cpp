#include "bridge/app/signature.hpp"

#include "runtime/core/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  const auto small = runtime::net::in_small_letters(host);
  const std::array origins{
      fmt::format("{}://{}", url.scheme, host), fmt::format("{}://{}:{}", url.scheme, host, url.port),
      fmt::format("{}://{}", url.scheme, small), fmt::format("{}://{}:{}", url.scheme, small, url.port)};
  const bool stream = url.scheme == "wss" || url.scheme == "ws";
  bool valid = false;
  for (const auto& origin : origins) {
    const std::string text = origin + url.target;
    valid |= runtime::equal_constant_time(twilio_signature(auth_token, text, form), signature);
    if (stream) {
      valid |= runtime::equal_constant_time(twilio_signature(auth_token, text + "/", form), signature);
    }
    if (url.target == "/") {
      valid |= runtime::equal_constant_time(twilio_signature(auth_token, origin, form), signature);
    }
  }
  return valid;
}

bool request_valid(std::string_view auth_token, const SignedRequest& request,
                   const std::vector<std::string>& unsigned_names) {
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.url.target));
  const auto hash = runtime::net::field(query, "bodySHA256");
  if (!hash.empty()) {
    const auto found = runtime::hex_encode(runtime::sha256(request.body));
    const bool signed_url = signature_valid(auth_token, request.url, {}, request.signature);
    return runtime::equal_constant_time(found, hash) && signed_url;
  }
  bool valid = signature_valid(auth_token, request.url, request.form, request.signature);
  if (!unsigned_names.empty()) {
    auto rest = request.form;
    std::erase_if(rest, [&](const auto& parameter) {
      return std::ranges::find(unsigned_names, parameter.first) != unsigned_names.end();
    });
    valid |= signature_valid(auth_token, request.url, rest, request.signature);
  }
  return valid;
}

}  // namespace bridge::app
