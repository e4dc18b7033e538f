#pragma once
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/script.hpp"

#include <string>
#include <string_view>

namespace simulators::twilio {

/// X-Twilio-Signature over `url` and, for a POST, its form: base64(HMAC-SHA1(auth token, url + sorted names
/// and values)). Repeated names contribute each distinct value once.
std::string sign(std::string_view auth_token, std::string_view url, const runtime::net::Form& form);

/// As the knob says.
void add_signature(runtime::net::Headers& headers, Knobs::Signature how, std::string_view auth_token,
                   std::string_view url, const runtime::net::Form& form);

/// A webhook's URL as Twilio signs it: https without user info and port, http without user info. The url of a
/// media stream is signed exactly as the TwiML has it.
std::string signed_url(std::string_view url);

}  // namespace simulators::twilio
