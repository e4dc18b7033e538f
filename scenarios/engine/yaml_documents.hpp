#pragma once
#include <yaml-cpp/mark.h>

#include <string>
#include <vector>

namespace scenarios::engine {

/// Where the documents of a text begin, of more than two the first two. Throws YAML::Exception where it is no
/// YAML. For YAML::LoadAll(), which does not end on a text that begins with a comma: the library finds empty
/// documents in the same place, again and again.
std::vector<YAML::Mark> document_starts(const std::string& text);

}  // namespace scenarios::engine
