#pragma once
#include "scenarios/engine/schema_hints.hpp"
#include "scenarios/engine/yaml.hpp"

#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Says in the author's terms what a schema refuses: walks schema and document side by side. Knows the
/// keywords that scenario.schema.json uses.
class SchemaExplainer {
 public:
  /// Pointers to what is refused are added to `refused`, if there is one.
  SchemaExplainer(const nlohmann::json& schema, const Document& document, std::vector<Problem>& problems,
                  std::set<std::string>* refused = nullptr)
      : root_(schema), hints_(schema), document_(document), problems_(problems), refused_(refused) {}
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
  void required(const Schema& schema, const std::string& pointer, const std::set<std::string>& present);
  void dependencies(const Schema& schema, const Json& json, const std::string& pointer,
                    const std::set<std::string>& present);

  const Schema& resolve(const Schema& schema) const { return hints_.resolve(schema); }
  bool accepts(const Schema& schema, const Json& json, const std::string& pointer) const;
  bool accepts_type(const Schema& schema, const Json& json) const;
  /// What would be right, for a reader: the title, or what the keywords allow.
  std::string expected(const Schema& schema) const;
  std::string branches(const Schema& schema) const;
  std::string hint(const Schema& schema, const Json& json, const std::string& pointer) const;

  /// A map that is being walked through.
  struct Around {
    const Schema& schema;
    const Json& json;
    std::string pointer;
  };
  /// What can be said of a key that the map does not know.
  struct Unknown {
    std::string hint;
    std::string meant;       // the map's own key; empty: none is near
    bool elsewhere = false;  // another map's: this entry is probably meant for that one
  };
  Unknown unknown_key(const std::string& key, const Json& value) const;
  std::string known_around(const std::string& key, const Json& value) const;
  std::string known_below(const std::string& key, const Json& value) const;
  /// Inside of { } a text with a comma that lacks its quotes leaves keys without a value behind: these keys.
  std::set<std::string> cut_at_commas(const Around& map);
  bool is_bare(const std::string& pointer) const;

  void add(const std::string& pointer, bool at_key, std::string message, std::string hint = {});

  const Schema& root_;
  const SchemaHints hints_;
  std::vector<Around> around_;  // from the root to the map that is looked at
  const Document& document_;
  std::vector<Problem>& problems_;
  std::set<std::string>* refused_;
};

}  // namespace scenarios::engine
