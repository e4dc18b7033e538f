#pragma once
#include "bridge/app/config.hpp"
#include "runtime/core/time.hpp"

#include <string>
#include <string_view>

namespace bridge::app {

/// Whether the configuration has a call end since a machine took it. `answered_by`: Twilio's AnsweredBy;
/// "unknown" may be somebody, and is talked to.
bool ends_for_machine(const Config& config, std::string_view answered_by);
/// How long Twilio may listen to who has answered a call of ours before it asks for the call's document.
runtime::Duration detection_takes(const Config& config);
/// TwiML verbs for a call that is not to go on: its end, and before it, for a machine, the configured
/// message.
std::string last_words(const Config& config, std::string_view answered_by);

}  // namespace bridge::app
