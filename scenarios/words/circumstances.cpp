#include "scenarios/words/circumstances.hpp"

#include "scenarios/engine/compose.hpp"
#include "scenarios/engine/matrix.hpp"
#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/yaml.hpp"

#include <algorithm>
#include <string_view>

namespace scenarios::words {
namespace {

using engine::Json;
using Schema = nlohmann::json;
using Lines = std::vector<std::pair<std::string, std::string>>;

/// What the explanation tells in words of its own.
constexpr std::string_view kTold[] = {"linecheck", "name",          "about",      "tags", "include",
                                      "fragments", "variables",     "calls",      "call", "caller",
                                      "model",     "expect",        "time",       "seed", "limit",
                                      "matrix",    "known_failing", "track_rules"};

const Schema& resolved(const Schema& schema) {
  const auto reference = schema.find("$ref");
  if (reference == schema.end()) return schema;
  return resolved(
      engine::schema_json().at(Schema::json_pointer(reference->get_ref<const std::string&>().substr(1))));
}

/// Calls `see` with `schema` and every alternative that it is made of.
template <class See>
void each_part(const Schema& given, const See& see) {
  const Schema& schema = resolved(given);
  see(schema);
  for (const char* several : {"oneOf", "anyOf", "allOf"}) {
    const auto parts = schema.find(several);
    if (parts == schema.end()) continue;
    for (const auto& part : *parts) each_part(part, see);
  }
}

/// What the schema has for the value under `key`, in whichever alternative has it; null: nothing.
const Schema* property(const Schema* given, const std::string& key) {
  const Schema* found = nullptr;
  if (given == nullptr) return found;
  each_part(*given, [&](const Schema& part) {
    const auto own = part.find("properties");
    if (found == nullptr && own != part.end() && own->contains(key)) found = &(*own)[key];
    const auto other = part.find("additionalProperties");
    if (found == nullptr && own == part.end() && other != part.end() && other->is_object()) found = &*other;
  });
  return found;
}

const Schema* entry(const Schema* given) {
  const Schema* found = nullptr;
  if (given == nullptr) return found;
  each_part(*given, [&](const Schema& part) {
    const auto items = part.find("items");
    if (found == nullptr && items != part.end() && items->is_object()) found = &*items;
  });
  return found;
}

std::string description(const Schema* schema) {
  return schema == nullptr ? std::string() : schema->value("description", "");
}

/// What is explained is pasted where reports are.
bool is_secret(const std::string& key, const Json& value) {
  static constexpr std::string_view kEndings[] = {"api_key",  "token",         "secret",
                                                  "password", "authorization", "bearer"};
  return value.is_string() && !value.get_ref<const std::string&>().starts_with('$') &&
         std::ranges::any_of(kEndings, [&](std::string_view ending) { return key.ends_with(ending); });
}

constexpr auto kHidden = "[redacted]";

/// As its author may have written it, in one line: {do: reset, on: openai, in: 10s}.
std::string flow(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (!json.is_structured()) return json.dump();
  std::string parts;
  for (const auto& [key, value] : json.items())
    parts += (parts.empty() ? "" : ", ") + (json.is_object() ? key + ": " : "") +
             (json.is_object() && is_secret(key, value) ? kHidden : flow(value));
  return json.is_object() ? "{" + parts + "}" : "[" + parts + "]";
}

/// Of a text about several words, "kill: it is gone. start: a process begins.", what it says of one. All of
/// it where it has no such parts.
std::string about_word(const std::string& text, const std::string& word, const Schema* words) {
  if (words == nullptr) return text;
  const auto begin = text.find(word + ": ");
  if (begin == std::string::npos || (begin > 0 && text[begin - 1] != ' ')) return text;
  std::size_t end = text.size();
  for (const auto& other : resolved(*words).value("enum", Schema::array())) {
    const auto next = text.find(". " + other.get<std::string>() + ": ", begin);
    if (next != std::string::npos) end = std::min(end, next + 1);
  }
  return text.substr(begin, end - begin);
}

/// A map's values each get a line, and so does every other value.
void add(const std::string& path, const Json& json, const Schema* schema, Lines& lines) {
  if (json.is_object() && !json.empty()) {
    for (const auto& [key, value] : json.items()) add(path + "." + key, value, property(schema, key), lines);
  } else if (json.is_array()) {
    for (const auto& one : json) {
      const Schema* each = entry(schema);
      const auto what = one.is_object() && one.contains("do") ? property(each, "do") : nullptr;
      const auto meaning = description(what == nullptr ? schema : what);
      lines.emplace_back(path + ": " + flow(one),
                         what == nullptr ? meaning : about_word(meaning, flow(one["do"]), what));
    }
  } else {
    lines.emplace_back(path + ": " + (is_secret(path, json) ? kHidden : flow(json)), description(schema));
  }
}

/// Of `call:` and `calls:`, what is not told with the callers.
void add_calls(const Json& root, Lines& lines) {
  const auto below = [&](const std::string& path, const Json& map, const Schema* schema,
                         std::initializer_list<std::string_view> told) {
    if (!map.is_object()) return;
    for (const auto& [key, value] : map.items())
      if (std::ranges::find(told, key) == told.end()) add(path + key, value, property(schema, key), lines);
  };
  const Schema* schema = &engine::schema_json();
  if (root.contains("call"))
    below("call.", root["call"], property(schema, "call"), {"direction", "from", "to"});
  if (!root.contains("calls")) return;
  const Schema* calls = property(schema, "calls");
  below("calls.", root["calls"], calls, {"count"});
  if (!root["calls"].is_array()) return;
  for (std::size_t i = 0; i < root["calls"].size(); ++i) {
    const std::string path = "call " + std::to_string(i + 1) + ", ";
    if (i == 0) below(path, root["calls"][i], entry(calls), {"caller", "from"});
    if (i > 0) below(path, root["calls"][i], entry(calls), {"caller"});
  }
}

}  // namespace

Lines circumstances(const engine::Scenario& scenario) {
  engine::Source source = *scenario.source;
  std::vector<engine::Problem> problems;  // none: it was loaded
  auto document = engine::read_yaml(source, problems);
  Lines lines;
  if (!document) return lines;
  engine::compose(*document, source, problems);
  const auto cases = engine::expand_matrix(*document, problems);
  const auto own = std::ranges::find_if(
      cases, [&](const engine::Case& one) { return scenario.name.ends_with(one.suffix); });
  const Json& root = (own == cases.end() ? cases.front() : *own).document.json;
  add_calls(root, lines);
  for (const auto& [key, value] : root.items()) {
    if (std::ranges::find(kTold, key) == std::end(kTold))
      add(key, value, property(&engine::schema_json(), key), lines);
  }
  return lines;
}

}  // namespace scenarios::words
