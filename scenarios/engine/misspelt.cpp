#include "scenarios/engine/misspelt.hpp"

#include "scenarios/engine/schema.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {

/// Whether some map of the schema knows both.
bool stand_together(const nlohmann::json& schema, const std::string& one, const std::string& other) {
  if (schema.is_object() && schema.contains("properties")) {
    const auto& keys = schema["properties"];
    if (keys.is_object() && keys.contains(one) && keys.contains(other)) return true;
  }
  return schema.is_structured() && std::any_of(schema.begin(), schema.end(), [&](const auto& inner) {
           return stand_together(inner, one, other);
         });
}

}  // namespace

std::string spelled(const Json& map, const std::string& key) {
  if (!map.is_object()) return {};
  if (map.contains(key)) return key;
  for (const auto& [other, unused] : map.items()) {
    if (nearest(other, {key}) == key && !stand_together(schema_json(), key, other)) return other;
  }
  return {};
}

Json meant_value(const Json& map, const std::string& key) {
  const std::string written = spelled(map, key);
  return written.empty() ? Json() : map[written];
}

}  // namespace scenarios::engine
