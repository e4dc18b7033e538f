#pragma once
#include "simulators/twilio/twiml.hpp"

#include <pugixml.hpp>

#include <optional>
#include <vector>

namespace simulators::twilio {

/// The verb that `node` is; nullopt, and findings that say why, when Twilio would leave it out.
std::optional<Verb> read_verb(const pugi::xml_node& node, std::vector<Finding>& findings,
                              const TwimlDefaults& defaults);

}  // namespace simulators::twilio
