#pragma once
#include "scenarios/engine/yaml.hpp"

#include <string>

namespace scenarios::engine {

/// The key of `map` that was meant to be `key`: that key itself, or else a misspelling of it that is no other
/// key which may stand beside it. Empty: there is none.
std::string spelled(const Json& map, const std::string& key);
/// What stands there; null: nothing does.
Json meant_value(const Json& map, const std::string& key);

}  // namespace scenarios::engine
