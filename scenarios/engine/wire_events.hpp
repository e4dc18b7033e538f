#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// What messages of a wire are called, as `order:` names them: "twilio.clear", "openai.response.done" and
/// without its beginning "openai.done". `wire`: twilio or openai.
std::vector<std::string> wire_events(std::string_view wire);

}  // namespace scenarios::engine
