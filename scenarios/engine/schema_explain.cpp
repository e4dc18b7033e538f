#include "scenarios/engine/schema_explain.hpp"

#include <algorithm>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

constexpr std::size_t kListed = 14;  // alternatives that a message names

std::string listed(const std::vector<std::string>& words, std::string_view last_link = " or ") {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kListed; ++i) {
    if (i > 0) text += i + 1 == words.size() ? std::string(last_link) : ", ";
    text += words[i];
  }
  return words.size() > kListed ? text + ", ..." : text;
}

std::string_view kind(const nlohmann::json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::null:
      return "nothing";
    case nlohmann::json::value_t::object:
      return "a map";
    case nlohmann::json::value_t::array:
      return "a list";
    case nlohmann::json::value_t::string:
      return "a text";
    case nlohmann::json::value_t::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

bool has_type(std::string_view type, const Json& json) {
  if (type == "object") return json.is_object();
  if (type == "array") return json.is_array();
  if (type == "string") return json.is_string();
  if (type == "boolean") return json.is_boolean();
  if (type == "integer") return json.is_number_integer();
  if (type == "number") return json.is_number();
  return json.is_null();
}

std::string found_text(const Json& json) {
  if (json.is_string()) return "'" + json.get<std::string>() + "'";
  if (json.is_object() || json.is_array() || json.is_null()) return std::string(kind(json));
  return json.dump();
}

std::vector<std::string> keys_of(const nlohmann::json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : object.items()) keys.push_back(key);
  return keys;
}

std::vector<std::string> words_of(const nlohmann::json& values) {
  std::vector<std::string> words;
  for (const auto& value : values)
    words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  return words;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? std::string() : "did you mean '" + near + "'?";
}

}  // namespace

void SchemaExplainer::add(const std::string& pointer, bool at_key, std::string message, std::string hint) {
  const Place& place = document_.place(pointer);
  problems_.push_back({at_key ? place.key : place.value, std::move(message), std::move(hint)});
}

const SchemaExplainer::Schema& SchemaExplainer::resolve(const Schema& schema) const {
  const Schema* found = &schema;
  while (true) {
    if (found->contains("$ref")) {
      found = &root_.at(Schema::json_pointer((*found)["$ref"].get<std::string>().substr(1)));
    } else if (found->contains("allOf") && (*found)["allOf"].size() == 1) {
      found = &(*found)["allOf"][0];
    } else {
      return *found;
    }
  }
}

bool SchemaExplainer::accepts_type(const Schema& unresolved, const Json& json) const {
  const Schema& schema = resolve(unresolved);
  if (schema.contains("type")) return has_type(schema["type"].get<std::string>(), json);
  if (schema.contains("enum")) {
    return std::any_of(schema["enum"].begin(), schema["enum"].end(),
                       [&](const Schema& one) { return kind(one) == kind(Schema(json)); });
  }
  if (!schema.contains("oneOf")) return true;
  return std::any_of(schema["oneOf"].begin(), schema["oneOf"].end(),
                     [&](const Schema& one) { return accepts_type(one, json); });
}

std::string SchemaExplainer::expected(const Schema& unresolved) const {
  const Schema& schema = resolve(unresolved);
  if (schema.contains("enum")) return listed(words_of(schema["enum"]));
  if (schema.contains("title")) return schema["title"].get<std::string>();
  if (schema.contains("oneOf") && !schema.contains("properties")) {
    std::vector<std::string> parts;
    for (const auto& one : schema["oneOf"]) parts.push_back(expected(one));
    return listed(parts);
  }
  if (schema.contains("properties")) return "a map with " + listed(keys_of(schema["properties"]));
  const std::string type = schema.value("type", "");
  if (type == "array") return "a list";
  if (type == "object") return "a map";
  if (type == "boolean") return "true or false";
  if (type == "integer") return "a whole number";
  return type == "string" ? "a text" : "a number";
}

std::string SchemaExplainer::type_hint(const Schema& unresolved, const Json& json,
                                       const std::string& pointer) const {
  const Schema& schema = resolve(unresolved);
  const Place& place = document_.place(pointer);
  const bool wants_text = schema.value("type", "") == "string";
  const std::string pattern = schema.value("pattern", "");
  if (wants_text && json.is_number() && !place.written.empty()) {
    if (pattern.find("ms|s") != std::string::npos)
      return "add the unit: " + place.written + "s or " + place.written + "ms";
    if (pattern.find("KiB") != std::string::npos)
      return "add the unit: " + place.written + "B or " + place.written + "KiB";
    return "YAML reads this as a number: write \"" + place.written + "\"";
  }
  if (wants_text && json.is_boolean()) return "write \"" + place.written + "\"";
  if (wants_text && json.is_null())
    return "after a space, # begins a comment in YAML: a text with # stands in quotes";
  if (schema.value("type", "") == "boolean" && json.is_string()) return "only true and false are booleans";
  if (schema.value("type", "") == "array" && json.is_object()) return "a list's entries begin with '- '";
  return {};
}

void SchemaExplainer::value(const Schema& unresolved, const Json& json, const std::string& pointer) {
  const Schema& schema = resolve(unresolved);
  if (schema.contains("oneOf") && !schema.contains("properties")) {
    alternatives(schema, json, pointer);
    return;
  }
  if (schema.contains("type") && !has_type(schema["type"].get<std::string>(), json)) {
    add(pointer, false, fmt::format("expected {}, found {}", expected(schema), found_text(json)),
        type_hint(schema, json, pointer));
    return;
  }
  if (json.is_object()) {
    object(schema, json, pointer);
  } else if (json.is_array()) {
    array(schema, json, pointer);
  } else {
    scalar(schema, json, pointer);
  }
}

void SchemaExplainer::scalar(const Schema& schema, const Json& json, const std::string& pointer) {
  if (schema.contains("enum")) {
    const auto& values = schema["enum"];
    if (std::find(values.begin(), values.end(), Schema(json)) != values.end()) return;
    const auto words = words_of(values);
    add(pointer, false, fmt::format("expected {}, found {}", listed(words), found_text(json)),
        json.is_string() ? did_you_mean(json.get<std::string>(), words) : "");
    return;
  }
  if (json.is_string()) {
    const auto text = json.get<std::string>();
    const bool too_short = text.size() < schema.value("minLength", std::size_t{0});
    const bool misfit = schema.contains("pattern") &&
                        !std::regex_search(text, std::regex(schema["pattern"].get<std::string>()));
    if (too_short || misfit)
      add(pointer, false, fmt::format("expected {}, found '{}'", expected(schema), text));
  } else if (json.is_number()) {
    const double number = json.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) {
      add(pointer, false, fmt::format("{} is less than {}", json.dump(), schema["minimum"].dump()));
    }
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) {
      add(pointer, false, fmt::format("{} is more than {}", json.dump(), schema["maximum"].dump()));
    }
  }
}

void SchemaExplainer::array(const Schema& schema, const Json& json, const std::string& pointer) {
  const std::size_t least = schema.value("minItems", std::size_t{0});
  const std::size_t most = schema.value("maxItems", json.size());
  if (json.size() < least || json.size() > most) {
    const std::string wanted = least == most ? fmt::format("{}", least) : fmt::format("at least {}", least);
    add(pointer, false, fmt::format("a list of {} was expected, found {}", wanted, json.size()));
  }
  if (!schema.contains("items")) return;
  for (std::size_t i = 0; i < json.size(); ++i) value(schema["items"], json[i], child(pointer, i));
}

void SchemaExplainer::object(const Schema& schema, const Json& json, const std::string& pointer) {
  const Schema none = Schema::object();
  const Schema& properties = schema.contains("properties") ? schema["properties"] : none;
  const bool closed = schema.contains("additionalProperties") && schema["additionalProperties"] == false;
  for (const auto& [key, entry] : json.items()) {
    const std::string below = child(pointer, key);
    if (properties.contains(key)) {
      value(properties[key], entry, below);
    } else if (closed) {
      const auto keys = keys_of(properties);
      const std::string near = did_you_mean(key, keys);
      add(below, true, fmt::format("unknown key '{}'", key),
          near.empty() ? "known here: " + listed(keys, ", ") : near);
    } else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object()) {
      value(schema["additionalProperties"], entry, below);
    }
  }
  const Schema& required = schema.contains("required") ? schema["required"] : none;
  for (const auto& key : required) {
    if (!json.contains(key.get<std::string>()))
      add(pointer, false, "'" + key.get<std::string>() + "' is missing");
  }
  const Schema& dependencies = schema.contains("dependencies") ? schema["dependencies"] : none;
  for (const auto& [key, needed] : dependencies.items()) {
    if (!json.contains(key)) continue;
    for (const auto& other : needed) {
      if (json.contains(other.get<std::string>())) continue;
      add(child(pointer, key), true,
          fmt::format("'{}' has a meaning only beside '{}'", key, other.get<std::string>()));
    }
  }
  if (json.size() < schema.value("minProperties", std::size_t{0}))
    add(pointer, false, "this map says nothing");
  if (schema.contains("oneOf")) one_key(schema, json, pointer);
}

void SchemaExplainer::one_key(const Schema& schema, const Json& json, const std::string& pointer) {
  std::vector<std::string> keys, present;
  // `call` beside another key is no alternative of its own (see `not` in the schema).
  bool call_narrows = false;
  for (const auto& branch : schema["oneOf"]) {
    const auto key = branch.at("required").at(0).get<std::string>();
    keys.push_back(key);
    if (!json.contains(key)) continue;
    if (branch.contains("not")) {
      call_narrows = true;
    } else {
      present.push_back(key);
    }
  }
  if (present.size() == 1 || (present.empty() && call_narrows)) return;
  if (present.empty()) {
    // An unknown key was reported already, with the one that was likely meant.
    for (const auto& [key, unused] : json.items()) {
      if (!schema["properties"].contains(key)) return;
    }
    add(pointer, false, "one of these is missing: " + listed(keys));
  } else {
    add(child(pointer, present[1]), true, fmt::format("{} cannot stand together", listed(present, " and ")),
        "give each an entry of its own");
  }
}

void SchemaExplainer::alternatives(const Schema& schema, const Json& json, const std::string& pointer) {
  std::vector<const Schema*> fitting;
  for (const auto& branch : schema["oneOf"]) {
    if (accepts_type(branch, json)) fitting.push_back(&branch);
  }
  if (fitting.size() == 1) {
    value(*fitting.front(), json, pointer);
    return;
  }
  // A value that one of several branches takes as it is needs no explanation.
  for (const auto* branch : fitting) {
    std::vector<Problem> none;
    SchemaExplainer probe(root_, document_, none);
    probe.value(*branch, json, pointer);
    if (none.empty()) return;
  }
  std::vector<std::string> words;
  for (const auto& branch : schema["oneOf"]) {
    const Schema& one = resolve(branch);
    if (one.contains("enum")) {
      for (auto& word : words_of(one["enum"])) words.push_back(std::move(word));
    }
  }
  std::string hint = json.is_string() ? did_you_mean(json.get<std::string>(), words) : std::string();
  for (const auto& branch : schema["oneOf"]) {
    if (hint.empty()) hint = type_hint(branch, json, pointer);
  }
  add(pointer, false, fmt::format("expected {}, found {}", expected(schema), found_text(json)), hint);
}

}  // namespace scenarios::engine
