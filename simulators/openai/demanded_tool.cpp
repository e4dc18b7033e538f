#include "simulators/openai/demanded_tool.hpp"

#include <string>

namespace simulators::openai {
namespace {

constexpr int kDeepest = 8;  // a schema may be deep, a sensible argument is not

std::string type_of(const Json& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return schema.contains("properties") ? "object" : "string";
  if (type->is_array())
    return type->empty() || !type->front().is_string() ? "" : type->front().get<std::string>();
  return type->is_string() ? type->get<std::string>() : "";
}

Json example_of(const Json& schema, int depth);

Json example_object(const Json& schema, int depth) {
  Json made = Json::object();
  const auto properties = schema.find("properties");
  const auto required = schema.find("required");
  if (required == schema.end() || !required->is_array()) return made;
  for (const Json& name : *required) {
    if (!name.is_string()) continue;
    const auto& key = name.get_ref<const std::string&>();
    const bool described = properties != schema.end() && properties->is_object() && properties->contains(key);
    made[key] = example_of(described ? (*properties)[key] : Json::object(), depth + 1);
  }
  return made;
}

Json example_of(const Json& schema, int depth) {
  if (!schema.is_object() || depth > kDeepest) return nullptr;
  for (const char* given : {"const", "default"}) {
    if (schema.contains(given)) return schema[given];
  }
  for (const char* list : {"enum", "examples"}) {
    if (schema.contains(list) && schema[list].is_array() && !schema[list].empty())
      return schema[list].front();
  }
  const std::string type = type_of(schema);
  if (type == "object") return example_object(schema, depth);
  if (type == "array") return Json::array();
  if (type == "boolean") return true;
  if (type == "null") return nullptr;
  if (type == "integer" || type == "number") return schema.contains("minimum") ? schema["minimum"] : Json(1);
  return "example";
}

ToolCall call_of(const Json& tool) {
  const auto parameters = tool.find("parameters");
  const Json arguments =
      parameters != tool.end() && parameters->is_object() ? example_object(*parameters, 0) : Json::object();
  return {tool.value("name", ""), arguments.dump()};
}

}  // namespace

std::optional<ToolCall> demanded_tool(const Json& choice, const Json& tools) {
  const bool named = choice.is_object() && choice.value("type", "") == "function";
  if (!tools.is_array() || (choice != "required" && !named)) return std::nullopt;
  for (const Json& tool : tools) {
    if (tool.value("type", "") != "function") continue;
    if (!named || tool.value("name", "") == choice.value("name", "")) return call_of(tool);
  }
  return std::nullopt;
}

}  // namespace simulators::openai
