#pragma once
#include <nlohmann/json.hpp>

namespace simulators::openai {
/// Fields in the order in which they are written, as the service has them. For control events only: audio
/// goes around it (codec.hpp).
using Json = nlohmann::ordered_json;
}  // namespace simulators::openai
