#pragma once
#include "scenarios/engine/yaml.hpp"

#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What the loader has looked at in one document, by JSON pointer.
struct Looked {
  std::set<std::string> asked;  // keys that were asked for, there or not
  std::set<std::string> taken;  // values that were taken as they are, with all below
};

/// Every key of the document that nobody has asked for: it has no effect where it stands.
void check_unread(const Document& document, const Looked& looked, std::vector<Problem>& problems);

}  // namespace scenarios::engine
