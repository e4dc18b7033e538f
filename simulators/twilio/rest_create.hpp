#pragma once
#include "runtime/net/url.hpp"
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/rest_reply.hpp"
#include "simulators/twilio/rest_settings.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace simulators::twilio {

/// A `StatusCallback` that cannot be used is emptied and among `problems` (21609): callbacks will not come.
void judge_callback(std::string& url, std::vector<TwilioError>& problems);
/// Where `settings` have it so: the first of `problems` that refuses its request.
std::optional<Refusal> refuse_bad_callbacks(const std::vector<TwilioError>& problems,
                                            const RestSettings& settings);
/// Reads `POST Calls.json` and judges it in the order that the live service does: To, Url, From, the rest.
std::variant<CreateCall, Refusal> read_create(const runtime::net::Form& form, const RestSettings& settings);

}  // namespace simulators::twilio
