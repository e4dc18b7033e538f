#include "tests/support/event_schema.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tests {
namespace {

using Kinds = std::map<std::string, std::set<std::string>>;

std::string kind_of(const Json& value) {
  if (value.is_number_integer()) return "integer";
  return value.type_name();
}

void holds(const Json& value, const std::string& path, Kinds& out) {
  if (value.is_array()) {
    for (const Json& element : value) holds(element, path + "[]", out);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.items()) {
    const std::string at = path.empty() ? key : path + "." + key;
    out[at].insert(kind_of(inner));
    holds(inner, at, out);
  }
}

/// Adds those of `said` that are not among `known`, both apart by commas.
void add_words(std::string& known, const std::string& said) {
  std::istringstream words(said);
  for (std::string word; std::getline(words >> std::ws, word, ',');) {
    const bool there = (", " + known + ",").find(", " + word + ",") != std::string::npos;
    if (!there) known += (known.empty() ? "" : ", ") + word;
  }
}

}  // namespace

std::map<std::string, std::set<std::string>> kinds_in(const Json& event) {
  Kinds found;
  holds(event, "", found);
  return found;
}

std::vector<std::string> fields_in(const Json& event) {
  std::vector<std::string> names;
  for (const auto& [field, unused] : kinds_in(event)) names.push_back(field);
  return names;
}

EventSchema::EventSchema(const std::string& file, const std::string& definitions_of) {
  std::ifstream in(file);
  document_ = Json::parse(in);
  if (!definitions_of.empty()) {
    std::ifstream others(definitions_of);
    const Json other = Json::parse(others);
    for (const auto& [name, schema] : other["definitions"].items())
      document_["definitions"].emplace(name, schema);
  }
  for (const Json& schema : document_["events"]) {
    Event event;
    event.type = schema["properties"]["type"]["enum"][0];
    event.session = schema.value("x-session", "");
    event.unsupported = schema.value("x-unsupported", "");
    if (schema.contains("examples")) event.examples = schema["examples"].get<std::vector<Json>>();
    event.schema = schema;
    event.schema.erase("examples");
    event.schema["definitions"] = document_["definitions"];
    auto compiled = std::make_shared<valijson::Schema>();
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(event.schema), *compiled);
    event.compiled = std::move(compiled);
    events_.push_back(std::move(event));
  }
}

std::string EventSchema::wrong_with(const Json& event, const Event& kind) {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(*kind.compiled, valijson::adapters::NlohmannJsonAdapter(event), &results)) return {};
  std::string text = event.dump();
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    text += "\n  ";
    for (const auto& step : error.context) text += step;
    text += ": " + error.description;
  }
  return text;
}

std::string EventSchema::wrong_with(const Json& event) const {
  const std::string type = event.value("type", "");
  const auto kind =
      std::find_if(events_.begin(), events_.end(), [&](const Event& e) { return e.type == type; });
  return kind == events_.end() ? "no such event: " + event.dump() : wrong_with(event, *kind);
}

const Json& EventSchema::resolved(const Json& schema) const {
  if (!schema.contains("$ref")) return schema;
  const auto name = schema["$ref"].get<std::string>();
  return resolved(document_.at(Json::json_pointer(name.substr(1))));
}

std::map<std::string, std::string> EventSchema::fields(const Event& event) const {
  Collected found;
  collect(event.schema, "", true, found);
  found.words.erase("type");
  for (auto& [field, words] : found.words) {
    if (words.empty()) words = "object";
    if (found.without_effect.contains(field)) words += "; without effect";
  }
  return std::move(found.words);
}

void EventSchema::collect(const Json& schema, const std::string& path, bool has_effect,
                          Collected& out) const {
  const Json& here = resolved(schema);
  if (here.contains("anyOf")) {
    for (const Json& choice : here["anyOf"]) collect(choice, path, has_effect, out);
  }
  if (here.contains("items")) collect(here["items"], path + "[]", has_effect, out);
  if (!here.contains("properties")) return;
  for (const auto& [key, field] : here["properties"].items()) {
    const std::string at = path.empty() ? key : path + "." + key;
    const bool effect = has_effect && !idle(field);
    add_words(out.words[at], words(field));
    if (!effect) out.without_effect.insert(at);
    collect(field, at, effect, out);
  }
}

/// Marked so itself, or in one of its alternatives.
bool EventSchema::idle(const Json& schema) const {
  constexpr const char* kMark = "x-without-effect";
  const Json& here = resolved(schema);
  if (here.contains(kMark)) return true;
  if (!here.contains("anyOf")) return false;
  const Json& choices = here["anyOf"];
  return std::any_of(choices.begin(), choices.end(), [this](const Json& choice) { return idle(choice); });
}

std::string EventSchema::words(const Json& schema) const {
  const Json& here = resolved(schema);
  std::string text;
  const auto add = [&](const std::string& word) {
    if (text.find(word) == std::string::npos) text += (text.empty() ? "" : ", ") + word;
  };
  if (here.contains("anyOf")) {
    for (const Json& choice : here["anyOf"]) add(words(choice));
  } else if (here.contains("enum")) {
    for (const Json& value : here["enum"])
      add("`" + (value.is_string() ? value.get<std::string>() : value.dump()) + "`");
  } else if (here.contains("type")) {
    const Json types = here["type"].is_array() ? here["type"] : Json::array({here["type"]});
    for (const Json& type : types) add(type.get<std::string>());
    if (here.contains("minimum")) text += " " + here["minimum"].dump() + ".." + here["maximum"].dump();
  } else {
    add("anything");
  }
  return text;
}

}  // namespace tests
