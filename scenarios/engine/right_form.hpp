#pragma once
#include "scenarios/engine/source.hpp"
#include "scenarios/engine/yaml.hpp"

#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Tells what the schema refuses, and leaves the pointers to it in `refused`. Where a map stands in place of
/// a list of such maps, or a list in place of a map, that alone would hide what is wrong inside: the document
/// is then put into the right form, with its places, and looked at again.
void check_form(Document& document, std::vector<Problem>& problems, std::set<std::string>& refused);

}  // namespace scenarios::engine
