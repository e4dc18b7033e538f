#include "scenarios/engine/schema_explain.hpp"

#include <algorithm>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

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

std::vector<std::string> words_of(const nlohmann::json& values) {
  std::vector<std::string> words;
  for (const auto& value : values)
    words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  return words;
}

}  // namespace

void SchemaExplainer::add(const std::string& pointer, bool at_key, std::string message, std::string hint) {
  const Place& place = document_.place(pointer);
  if (refused_ != nullptr) refused_->insert(pointer);
  problems_.push_back({at_key ? place.key : place.value, std::move(message), std::move(hint)});
}

/// Whether `schema` takes it as it is.
bool SchemaExplainer::accepts(const Schema& schema, const Json& json, const std::string& pointer) const {
  std::vector<Problem> problems;
  SchemaExplainer(root_, document_, problems).value(schema, json, pointer);
  return problems.empty();
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
  if (schema.contains("oneOf") && !schema.contains("properties")) return branches(schema);
  if (schema.contains("properties")) {
    const auto keys = keys_of(schema["properties"]);
    const bool all = schema.contains("required") && schema["required"].size() == keys.size();
    return "a map with " + (all ? listed(keys, " and ") : listed(keys));
  }
  const std::string type = schema.value("type", "");
  if (type == "array") return "a list";
  if (type == "object") return "a map";
  if (type == "boolean") return "true or false";
  if (type == "integer") return "a whole number";
  return type == "string" ? "a text" : "a number";
}

std::string SchemaExplainer::branches(const Schema& schema) const {
  std::vector<std::string> parts;
  for (const auto& one : schema["oneOf"]) parts.push_back(expected(one));
  return listed(parts);
}

std::string SchemaExplainer::hint(const Schema& schema, const Json& json, const std::string& pointer) const {
  const std::string key = pointer.substr(pointer.rfind('/') + 1);
  const bool entry_of_list = key.find_first_not_of("0123456789") == std::string::npos;
  return hints_.spelling(schema, json, document_.place(pointer), entry_of_list ? "" : key);
}

void SchemaExplainer::value(const Schema& unresolved, const Json& json, const std::string& pointer) {
  const Schema& schema = resolve(unresolved);
  if (schema.contains("oneOf") && !schema.contains("properties")) {
    alternatives(schema, json, pointer);
    return;
  }
  if (schema.contains("type") && !has_type(schema["type"].get<std::string>(), json)) {
    add(pointer, false, fmt::format("expected {}, found {}", expected(schema), found_text(json)),
        hint(schema, json, pointer));
    return;
  }
  if (schema.contains("enum")) {
    scalar(schema, json, pointer);
  } else if (json.is_object()) {
    around_.push_back({schema, json, pointer});
    object(schema, json, pointer);
    around_.pop_back();
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
        json.is_string() ? did_you_mean(meant(json.get<std::string>(), words)) : "");
    return;
  }
  if (json.is_string()) {
    const auto text = json.get<std::string>();
    const bool too_short = text.size() < schema.value("minLength", std::size_t{0});
    const bool misfit = schema.contains("pattern") &&
                        !std::regex_search(text, std::regex(schema["pattern"].get<std::string>()));
    if (too_short || misfit)
      add(pointer, false, fmt::format("expected {}, found '{}'", expected(schema), text),
          hint(schema, json, pointer));
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
  const std::set<std::string> cut = closed ? cut_at_commas(around_.back()) : std::set<std::string>();
  std::set<std::string> present;  // also by another spelling
  bool of_another_map = false;
  for (const auto& [key, entry] : json.items()) {
    const std::string below = child(pointer, key);
    if (properties.contains(key)) {
      present.insert(key);
      value(properties[key], entry, below);
    } else if (closed && !cut.contains(key)) {
      const Unknown unknown = unknown_key(key, entry);
      add(below, true, fmt::format("unknown key '{}'", key), unknown.hint);
      of_another_map = of_another_map || unknown.elsewhere;
      if (unknown.meant.empty() || !present.insert(unknown.meant).second) continue;
      value(properties[unknown.meant], entry, below);
    } else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object()) {
      value(schema["additionalProperties"], entry, below);
    }
  }
  if (!of_another_map) required(schema, pointer, present);
  dependencies(schema, json, pointer, present);
  if (json.size() < schema.value("minProperties", std::size_t{0}))
    add(pointer, false, "this map says nothing");
  if (schema.contains("oneOf")) one_key(schema, json, pointer);
}

void SchemaExplainer::required(const Schema& schema, const std::string& pointer,
                               const std::set<std::string>& present) {
  for (const auto& key : schema.value("required", Schema::array())) {
    const auto name = key.get<std::string>();
    if (present.contains(name)) continue;
    // A file of fragments and expectations is no scenario, and was meant to be none.
    const bool first_line = pointer.empty() && name == "linecheck";
    add(pointer, false, "'" + name + "' is missing",
        first_line
            ? "a scenario begins with 'linecheck: 1'; a file that others include is run through them alone"
            : "");
  }
}

void SchemaExplainer::dependencies(const Schema& schema, const Json& json, const std::string& pointer,
                                   const std::set<std::string>& present) {
  const Schema needs = schema.value("dependencies", Schema::object());
  for (const auto& [key, needed] : needs.items()) {
    if (!json.contains(key)) continue;
    for (const auto& other : needed) {
      if (present.contains(other.get<std::string>())) continue;
      add(child(pointer, key), true,
          fmt::format("'{}' has a meaning only beside '{}'", key, other.get<std::string>()));
    }
  }
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
  std::vector<std::string> words;
  for (const auto& branch : schema["oneOf"]) {
    if (accepts_type(branch, json)) fitting.push_back(&branch);
    const Schema& one = resolve(branch);
    if (!one.contains("enum")) continue;
    for (auto& word : words_of(one["enum"])) words.push_back(std::move(word));
  }
  const std::string near = json.is_string() ? meant(json.get<std::string>(), words) : std::string();
  // A word that is none of the few that are known may stand where a map was meant.
  const bool lone_word = json.is_string() && !words.empty() && near.empty();
  if (fitting.size() == 1 && !lone_word) {
    value(*fitting.front(), json, pointer);
    return;
  }
  // A value that one of several branches takes as it is needs no explanation.
  const auto takes = [&](const Schema* branch) { return accepts(*branch, json, pointer); };
  if (std::any_of(fitting.begin(), fitting.end(), takes)) return;
  std::string right = did_you_mean(near);
  for (const auto& branch : schema["oneOf"]) {
    if (right.empty()) right = hint(branch, json, pointer);
  }
  if (right.empty() && schema.contains("title")) right = branches(schema);
  add(pointer, false, fmt::format("expected {}, found {}", expected(schema), found_text(json)), right);
}

}  // namespace scenarios::engine
