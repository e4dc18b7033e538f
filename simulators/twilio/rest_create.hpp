#pragma once
#include "runtime/net/url.hpp"
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/rest_reply.hpp"
#include "simulators/twilio/rest_settings.hpp"

#include <variant>

namespace simulators::twilio {

/// Reads `POST Calls.json` and judges it in the order that the live service does: To, Url, From, the rest.
std::variant<CreateCall, Refusal> read_create(const runtime::net::Form& form, const RestSettings& settings);

}  // namespace simulators::twilio
