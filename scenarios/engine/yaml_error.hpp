#pragma once
#include "scenarios/engine/repaired_text.hpp"
#include "scenarios/engine/source.hpp"

#include <optional>
#include <string>

namespace scenarios::engine {

struct YamlProblem {
  Problem problem;
  std::optional<Repair> repair = std::nullopt;  // where the right spelling is plain
};

/// What is wrong with a text that is no YAML: the library's words, at the place and with the hint that its
/// lines call for. YAML's own traps, each with the spelling that works.
YamlProblem yaml_problem(const Source& source, Mark at, const std::string& message);

/// An anchor that nothing refers to. `text`: what it names, if that is one; most likely it is its first word.
YamlProblem unused_anchor(const Source& source, Mark at, const std::string& name,
                          const std::optional<std::string>& text);

}  // namespace scenarios::engine
