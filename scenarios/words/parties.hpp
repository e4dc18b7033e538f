#pragma once
#include "simulators/openai/script.hpp"
#include "simulators/twilio/script.hpp"

#include <string>

namespace scenarios::words {

/// What a caller does in one step, as the rest of a sentence that begins with who does it: "says ...".
std::string step(const simulators::twilio::Step& step);

/// When a rule of the model answers: "When the caller has finished speaking, every time".
std::string occasion(const simulators::openai::Rule& rule);
/// What it then says and does, as the rest of a sentence that begins with the model.
std::string reply(const simulators::openai::Reply& reply);

}  // namespace scenarios::words
