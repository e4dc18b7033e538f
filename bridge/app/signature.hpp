#pragma once
#include "runtime/net/url.hpp"

#include <string>
#include <string_view>

namespace bridge::app {

/// X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL followed by
/// each form parameter's name and value in order of the names (of one name: each distinct value, in order).
std::string twilio_signature(std::string_view auth_token, std::string_view url,
                             const runtime::net::Form& form);

/// Whether `signature` is right for a request to `url` (absolute, as this bridge knows its own address).
/// Twilio drops or keeps the port depending on the scheme, and may sign a stream's URL with a slash at its
/// end: each of these spellings is accepted.
bool signature_valid(std::string_view auth_token, const runtime::net::Url& url,
                     const runtime::net::Form& form, std::string_view signature);

}  // namespace bridge::app
