#pragma once
#include "scenarios/engine/yaml.hpp"

#include <string>
#include <vector>

namespace scenarios::engine {

/// Says in the author's terms what a schema refuses: walks schema and document side by side. Knows the
/// keywords that scenario.schema.json uses.
class SchemaExplainer {
 public:
  SchemaExplainer(const nlohmann::json& schema, const Document& document, std::vector<Problem>& problems)
      : root_(schema), document_(document), problems_(problems) {}
  void explain() { value(root_, document_.json, ""); }

 private:
  using Schema = nlohmann::json;

  void value(const Schema& schema, const Json& json, const std::string& pointer);
  void object(const Schema& schema, const Json& json, const std::string& pointer);
  void array(const Schema& schema, const Json& json, const std::string& pointer);
  void scalar(const Schema& schema, const Json& json, const std::string& pointer);
  void alternatives(const Schema& schema, const Json& json, const std::string& pointer);
  /// `oneOf` made of nothing but `required`: exactly one of these keys.
  void one_key(const Schema& schema, const Json& json, const std::string& pointer);

  const Schema& resolve(const Schema& schema) const;
  bool accepts_type(const Schema& schema, const Json& json) const;
  /// What would be right, for a reader: the title, or what the keywords allow.
  std::string expected(const Schema& schema) const;
  std::string type_hint(const Schema& schema, const Json& json, const std::string& pointer) const;
  void add(const std::string& pointer, bool at_key, std::string message, std::string hint = {});

  const Schema& root_;
  const Document& document_;
  std::vector<Problem>& problems_;
};

}  // namespace scenarios::engine
