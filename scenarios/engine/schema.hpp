#pragma once
#include "scenarios/engine/yaml.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// scenario.schema.json as it was when this program was built.
std::string_view schema_text();
const nlohmann::json& schema_json();
/// linecheck.schema.json, of linecheck.yaml.
std::string_view project_schema_text();

/// Whether the document follows the schema: valijson decides, on that very file. What it refuses is explained
/// in the author's terms: every problem, each at its place. Pointers to what is refused are added to
/// `refused`, if there is one.
void check_schema(const Document& document, std::vector<Problem>& problems,
                  std::set<std::string>* refused = nullptr);
/// The same of a linecheck.yaml.
void check_project_schema(const Document& document, std::vector<Problem>& problems);

}  // namespace scenarios::engine
