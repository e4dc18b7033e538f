#pragma once
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <variant>

namespace simulators::twilio {

/// Reads `POST Calls/{sid}/Streams.json`.
std::variant<CreateStream, Refusal> read_create_stream(const runtime::net::Form& form);
/// The stream of that sid or name that was begun last; null: there is none.
const StreamFacts* find_stream(const CallFacts& call, std::string_view handle);

}  // namespace simulators::twilio
