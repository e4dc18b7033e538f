#pragma once
#include "scenarios/engine/yaml.hpp"

#include <string>
#include <vector>

namespace scenarios::engine {

/// One case of a file: the document with every `$variable` replaced.
struct Case {
  Document document;
  std::string suffix;  // of the scenario's name: [twilio_docs]; empty without a matrix
};

/// Every combination of the matrix's values, the last variable changing fastest. Without a matrix: the
/// document as it is. A matrix that is no map of lists is left to the schema.
std::vector<Case> expand_matrix(const Document& document, std::vector<Problem>& problems);

}  // namespace scenarios::engine
