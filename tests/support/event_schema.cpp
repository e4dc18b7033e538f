#include "tests/support/event_schema.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <fstream>
#include <set>

namespace tests {
namespace {

void holds(const Json& value, const std::string& path, std::set<std::string>& out) {
  if (value.is_array()) {
    for (const Json& element : value) holds(element, path + "[]", out);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.items()) {
    const std::string at = path.empty() ? key : path + "." + key;
    out.insert(at);
    holds(inner, at, out);
  }
}

/// The words of both, each once.
std::string joined(std::string known, std::string_view said) {
  constexpr std::string_view kComma = ", ";
  for (std::size_t from = 0; from < said.size();) {
    const auto end = std::min(said.find(kComma, from), said.size());
    const auto word = said.substr(from, end - from);
    if (known.find(word) == std::string::npos)
      known += std::string(known.empty() ? "" : kComma) + std::string(word);
    from = end + kComma.size();
  }
  return known;
}

}  // namespace

std::vector<std::string> fields_in(const Json& event) {
  std::set<std::string> found;
  holds(event, "", found);
  return {found.begin(), found.end()};
}

EventSchema::EventSchema(const std::string& file) {
  std::ifstream in(file);
  document_ = Json::parse(in);
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
  std::map<std::string, std::string> found;
  collect(event.schema, "", found);
  found.erase("type");
  return found;
}

void EventSchema::collect(const Json& schema, const std::string& path,
                          std::map<std::string, std::string>& out) const {
  const Json& here = resolved(schema);
  if (here.contains("anyOf")) {
    for (const Json& choice : here["anyOf"]) collect(choice, path, out);
  }
  if (here.contains("items")) collect(here["items"], path + "[]", out);
  if (!here.contains("properties")) return;
  for (const auto& [key, field] : here["properties"].items()) {
    const std::string at = path.empty() ? key : path + "." + key;
    std::string& known = out[at];
    const std::string said = words(field);
    known = joined(std::move(known), said);
    collect(field, at, out);
  }
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
