#pragma once
#include "bridge/app/config.hpp"

#include <string>
#include <string_view>

namespace bridge::app {

/// `answered_by`: Twilio's AnsweredBy. "unknown" may be somebody, and is talked to.
bool is_machine(std::string_view answered_by);
/// TwiML verbs for a call that is not to go on: its end, and before it, for a machine, the configured
/// message.
std::string last_words(const Config& config, std::string_view answered_by);

}  // namespace bridge::app
