#pragma once
#include "scenarios/engine/yaml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// What an author probably meant where a schema refuses something. A spelling that is suggested fits the
/// schema itself: no hint leads to the next error.
class SchemaHints {
 public:
  using Schema = nlohmann::json;

  explicit SchemaHints(const Schema& root) : root_(root) {}

  /// Without the `$ref`s in front of it.
  const Schema& resolve(const Schema& schema) const;
  /// The spelling that works, for a value of the wrong kind or shape. `key`: of the value.
  std::string spelling(const Schema& schema, const Json& json, const Place& place,
                       std::string_view key) const;

  /// A key below a map of the schema.
  struct Below {
    std::string first;  // the map's own key that leads there
    std::string text;   // "openai: {faults: [{kind: ...}]}"
    const Schema* schema;
  };
  /// Where `key` is known `depth` levels below the map `object`.
  std::vector<Below> below(const Schema& object, const std::string& key, std::size_t depth) const;

 private:
  std::string text(const Schema& schema, const Json& json, const Place& place, std::string_view key) const;
  /// A text where a map stands: {text: "Hello"}.
  std::string wrapped(const Schema& schema, const std::string& text) const;

  const Schema& root_;
};

/// "a, b or c"
std::string listed(const std::vector<std::string>& words, std::string_view last_link = " or ");
std::vector<std::string> keys_of(const nlohmann::json& object);
/// The candidate that is spelt alike, or another word for the same; empty: none.
std::string meant(std::string_view word, const std::vector<std::string>& candidates);
/// "did you mean 'wait'?"
std::string did_you_mean(const std::string& meant);
/// In the quotes that it can stand in.
std::string in_quotes(const std::string& text);

}  // namespace scenarios::engine
