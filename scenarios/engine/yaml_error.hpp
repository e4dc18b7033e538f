#pragma once
#include "scenarios/engine/source.hpp"

#include <string>

namespace scenarios::engine {

/// What is wrong with a text that is no YAML: the library's words, at the place and with the hint that its
/// lines call for. YAML's own traps, each with the spelling that works.
Problem yaml_problem(const Source& source, Mark at, const std::string& message);

}  // namespace scenarios::engine
