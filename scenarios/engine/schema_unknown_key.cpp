#include "scenarios/engine/schema_explain.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

/// Whether a map that holds `json` may not have `key` as well: each needs an entry of its own.
bool excludes_key(const nlohmann::json& schema, const Json& json, const std::string& key) {
  bool one_of = false, other = false;
  if (!schema.contains("oneOf")) return false;
  for (const auto& branch : schema["oneOf"]) {
    if (branch.contains("not")) continue;  // it stands beside the others
    const auto name = branch.at("required").at(0).get<std::string>();
    one_of = one_of || name == key;
    other = other || (name != key && json.contains(name));
  }
  return one_of && other;
}

bool has_property(const nlohmann::json& schema, const std::string& key) {
  return schema.contains("properties") && schema["properties"].contains(key);
}

}  // namespace

SchemaExplainer::Unknown SchemaExplainer::unknown_key(const std::string& key, const Json& value) const {
  if (std::string around = known_around(key, value); !around.empty()) return {std::move(around), ""};
  const Schema properties = around_.back().schema.value("properties", Schema::object());
  const auto keys = keys_of(properties);
  // Of two that are near, the one that could hold this.
  std::vector<std::string> fitting;
  std::ranges::copy_if(keys, std::back_inserter(fitting),
                       [&](const std::string& one) { return accepts_type(properties[one], value); });
  std::string near = meant(key, fitting);
  if (near.empty()) near = meant(key, keys);
  if (!near.empty()) return {did_you_mean(near), near};
  if (std::string below = known_below(key, value); !below.empty()) return {std::move(below), "", true};
  return {"known here: " + listed(keys, ", "), ""};
}

std::string SchemaExplainer::known_around(const std::string& key, const Json& value) const {
  const std::string& here = around_.back().pointer;
  for (auto map = std::next(around_.rbegin()); map != around_.rend(); ++map) {
    if (!has_property(map->schema, key) || map->json.contains(key)) continue;
    if (!accepts(map->schema["properties"][key], value, here)) continue;
    if (excludes_key(map->schema, map->json, key)) return "give it an entry of its own";
    const std::string below = here.substr(map->pointer.size() + 1);
    return fmt::format("belongs beside '{}', not inside of it", below.substr(0, below.find('/')));
  }
  return {};
}

std::string SchemaExplainer::known_below(const std::string& key, const Json& value) const {
  constexpr std::size_t kNear = 2;  // levels
  const Around& here = around_.back();
  const auto items = here.json.items();
  // A map that knows none of its keys is one of another kind. One that knows some is right where it is, and
  // then a number or a text that fits far away says little; a word that only fits there says much.
  const bool right_here = std::any_of(items.begin(), items.end(),
                                      [&](const auto& one) { return has_property(here.schema, one.key()); });
  for (auto map = around_.rbegin(); map != around_.rend(); ++map) {
    const bool own = map == around_.rbegin();
    for (std::size_t depth = 1; depth <= kNear; ++depth) {
      auto found = hints_.below(map->schema, key, depth);
      std::erase_if(found, [&](const auto& one) {
        if (!own && right_here && !resolve(*one.schema).contains("enum")) return true;
        return excludes_key(map->schema, map->json, one.first) || !accepts(*one.schema, value, map->pointer);
      });
      if (found.size() > 1)
        std::erase_if(found, [&](const auto& one) { return !map->json.contains(one.first); });
      if (found.size() == 1) return "belongs under " + found.front().text;
    }
  }
  return {};
}

bool SchemaExplainer::is_bare(const std::string& pointer) const {
  const auto found = document_.places.find(pointer);
  if (found == document_.places.end()) return false;
  const auto& [key, value] = std::pair(found->second.key, found->second.value);
  const std::string name = pointer.substr(pointer.rfind('/') + 1);
  return key.line == value.line && value.column == key.column + name.size();
}

std::set<std::string> SchemaExplainer::cut_at_commas(const Around& map) {
  std::set<std::string> rests;
  std::string owner, text;
  const auto tell = [&](const std::string& first_rest) {
    add(child(map.pointer, first_rest), true, "this text is cut at its comma",
        fmt::format("a text with a comma stands in quotes: {}: {}", owner, in_quotes(text)));
  };
  std::string first_rest;
  for (const auto& [key, value] : map.json.items()) {
    const std::string pointer = child(map.pointer, key);
    if (value.is_null() && !owner.empty() && !has_property(map.schema, key) && is_bare(pointer)) {
      if (first_rest.empty()) first_rest = key;
      text += ", " + key;
      rests.insert(key);
      continue;
    }
    if (!first_rest.empty()) tell(std::exchange(first_rest, ""));
    const Place& place = document_.place(pointer);
    text = place.written;
    owner = place.quoted || text.empty() ? "" : key;
  }
  if (!first_rest.empty()) tell(first_rest);
  return rests;
}

}  // namespace scenarios::engine
