#pragma once
#include "scenarios/engine/yaml.hpp"

#include <string>

namespace scenarios::engine {

/// docs/scenario-language.md: every word of the language with what its schema says of it, in its order.
std::string language_reference(const Json& schema);

}  // namespace scenarios::engine
