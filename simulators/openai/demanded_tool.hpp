#pragma once
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <optional>

namespace simulators::openai {

/// The call that a model has to make: `choice` is tool_choice as it holds for the response, `tools` what
/// there is. `required` takes the first function. The arguments fit the function's `parameters` (JSON
/// Schema): what is required, by its default, its first choice, or something of its type. nullopt: no
/// function has to be called.
std::optional<ToolCall> demanded_tool(const Json& choice, const Json& tools);

}  // namespace simulators::openai
