#pragma once
#include "runtime/net/url.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bridge::app {

/// X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL followed by
/// each form parameter's name and value in order of the names (of one name: each distinct value, in order).
std::string twilio_signature(std::string_view auth_token, std::string_view url,
                             const runtime::net::Form& form);

/// Whether `signature` is right for a request to `url` (absolute, as this bridge knows its own address).
/// Twilio drops or keeps the port depending on the scheme, may sign a stream's URL with a slash at its end,
/// and writes the host in small letters, however it is configured: each of these spellings is accepted.
bool signature_valid(std::string_view auth_token, const runtime::net::Url& url,
                     const runtime::net::Form& form, std::string_view signature);

/// One request, as its signature covers it.
struct SignedRequest {
  runtime::net::Url url;    // as Twilio saw it
  runtime::net::Form form;  // the body's parameters; none for GET and for a stream's upgrade
  std::string_view body;    // as it came
  std::string_view signature;
};
/// As above, for a whole request. Where the URL carries `bodySHA256`, the body is signed through that hash
/// and its parameters are not. `unsigned_names`: parameters that may have been added after signing.
bool request_valid(std::string_view auth_token, const SignedRequest& request,
                   const std::vector<std::string>& unsigned_names);

}  // namespace bridge::app
