#pragma once
#include "scenarios/engine/yaml.hpp"

#include <optional>
#include <set>
#include <string>

namespace scenarios::engine {

/// What is left of a scenario without the values at `refused`, so that everything else can be read and told
/// as well. The schema takes it. An entry that can give something its name is replaced by one that does
/// nothing and has that name; of other keys all goes. Where names go, so does what speaks of them. Nullopt:
/// the document is no scenario at all.
std::optional<Document> accepted_part(const Document& document, std::set<std::string> refused);

/// Gives a part of a scenario the keys that every scenario must have.
void complete(Json& scenario);

}  // namespace scenarios::engine
