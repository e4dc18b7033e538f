#pragma once
#include "scenarios/engine/scenario.hpp"
#include "simulators/twilio/script.hpp"

#include <string>
#include <variant>

namespace scenarios::cli {

/// The first call of a scenario that nobody runs, with all that its script does to its line. What only a run
/// can do is an error, which is ready to be shown.
using FirstCall = std::variant<simulators::twilio::CallPlan, std::string>;
FirstCall first_call(std::variant<engine::Scenario, std::string> read);

/// The same of a part of a scenario. The parts that it leaves out are as in `otherwise`; of `call` each key
/// by itself, and a path as `voice_url` is taken from the other's host.
FirstCall first_call(std::variant<engine::Scenario, std::string> read,
                     const simulators::twilio::CallPlan& otherwise);

/// `reference`, which may be a path, as seen from `base`; unchanged when there is nothing to see it from.
std::string seen_from(const std::string& base, const std::string& reference);

}  // namespace scenarios::cli
