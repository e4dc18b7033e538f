#include "scenarios/engine/schema_docs.hpp"

#include "scenarios/engine/query_docs.hpp"

#include <set>
#include <string_view>
#include <vector>

namespace scenarios::engine {
namespace {

constexpr std::string_view kPreface = R"(# The scenario language

<!-- scenario_language_docs writes this from scenarios/schema/scenario.schema.json; a test holds it so. -->

A scenario is one YAML 1.2 document: `true` and `false` are the only booleans (`on`, `yes` and `no` are
texts), `010` is ten, and a key stands once. Every duration and every size has a unit. Editors that know JSON
Schema complete it and show what follows:

    # yaml-language-server: $schema=../../schema/scenario.schema.json

`linecheck lint` says all that is wrong with a file, with the place and what would be right. Some spellings
mean something else to YAML than to their author; in quotes they mean what they say: `"*9"`, `"#"`,
`"+97231110000"`, and inside of `{ }` or `[ ]` every text with a comma, a brace or a colon and a space.

| wherever | stands for |
| --- | --- |
| `$NAME` as a value, `${NAME}` inside of a text | a variable of `variables:` or `matrix:` |
| `$http.NAME.url`, `.host`, `.port` in `bridge: {config: ...}` | where a server of `http:` listens |
| `use: NAME` as an entry of a list | the entries of that list of `fragments:` |

)";

class Reference {
 public:
  explicit Reference(const Json& schema) : schema_(schema) {}

  std::string text() {
    out_ = kPreface;
    out_ += "## A scenario\n\n" + schema_["description"].get<std::string>() + "\n\n";
    table(schema_);
    out_ += query_docs();
    for (const auto& [name, property] : schema_["properties"].items())
      section(name, property, "`" + name + ":`");
    for (const auto& [name, definition] : schema_["definitions"].items())
      section(name, definition, spaced(name));
    return out_;
  }

 private:
  static std::string spaced(std::string name) {
    for (char& c : name) c = c == '_' ? ' ' : c;
    return name;
  }
  /// The heading's anchor as GitHub makes it.
  static std::string anchor(const std::string& name) {
    std::string text = "#";
    for (const char c : name) text += c == '_' ? '-' : c;
    return text;
  }

  const Json& resolve(const Json& schema) const {
    if (schema.contains("$ref"))
      return resolve(schema_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))));
    if (schema.contains("allOf") && schema["allOf"].size() == 1) return resolve(schema["allOf"][0]);
    return schema;
  }
  static std::string reference(const Json& schema) {
    const Json* at = &schema;
    if (at->contains("allOf") && (*at)["allOf"].size() == 1) at = &(*at)["allOf"][0];
    if (!at->contains("$ref")) return {};
    const auto ref = (*at)["$ref"].get<std::string>();
    return ref.substr(ref.rfind('/') + 1);
  }
  /// The map among a value's shapes, if one is.
  const Json* map_of(const Json& schema) const {
    const Json& found = resolve(schema);
    if (found.contains("properties")) return &found;
    if (!found.contains("oneOf")) return nullptr;
    for (const auto& one : found["oneOf"]) {
      if (reference(one).empty() && one.contains("properties")) return &one;
    }
    return nullptr;
  }

  std::string holds(const Json& schema) const {
    const std::string name = reference(schema);
    const Json& found = resolve(schema);
    if (!name.empty() && (map_of(found) != nullptr || found.value("type", "") == "array"))
      return "[" + spaced(name) + "](" + anchor(name) + ")";
    if (found.contains("enum")) {
      std::string words;
      for (const auto& word : found["enum"])
        words +=
            (words.empty() ? "`" : ", `") + (word.is_string() ? word.get<std::string>() : word.dump()) + "`";
      return words;
    }
    if (found.contains("oneOf") && !found.contains("properties")) {
      std::string shapes;
      for (const auto& one : found["oneOf"]) shapes += (shapes.empty() ? "" : "; or ") + holds(one);
      return shapes;
    }
    if (found.contains("title")) return found["title"].get<std::string>();
    const std::string type = found.value("type", "");
    if (type == "array") return found.contains("items") ? "list of: " + holds(found["items"]) : "list";
    if (type == "object") return "map";
    if (type == "boolean") return "`true`, `false`";
    if (type == "integer") return "whole number";
    return type.empty() ? "anything" : type == "string" ? "text" : type;
  }

  static std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
  }

  void table(const Json& map) {
    std::set<std::string> required;
    for (const auto& key : map.value("required", Json::array())) required.insert(key.get<std::string>());
    out_ += "| key | holds | meaning |\n| --- | --- | --- |\n";
    for (const auto& [key, value] : map["properties"].items()) {
      const std::string meaning = value.value("description", resolve(value).value("description", ""));
      out_ += "| `" + key + "`" + (required.contains(key) ? " (always)" : "") + " | " + cell(holds(value)) +
              " | " + cell(meaning) + " |\n";
    }
    out_ += "\n";
  }

  /// The keys of a value that is a map, and of the maps inside of it that have no section of their own.
  void section(const std::string& name, const Json& schema, const std::string& heading) {
    const Json* map = reference(schema).empty() ? map_of(schema) : nullptr;
    const Json& found = resolve(schema);
    if (map == nullptr && found.value("type", "") == "array" && reference(schema).empty() &&
        found.contains("items") && reference(found["items"]).empty())
      map = map_of(found["items"]);
    if (map == nullptr) {
      const bool list = reference(schema).empty() && found.value("type", "") == "array" &&
                        schema_["definitions"].contains(name);
      if (list)
        out_ +=
            "## " + heading + "\n\n" + found.value("description", "") + "\n\nHolds: " + holds(found) + "\n\n";
      return;
    }
    out_ += "## " + heading + "\n\n" + schema.value("description", found.value("description", "")) + "\n\n";
    table(*map);
    for (const auto& [key, value] : (*map)["properties"].items()) {
      if (reference(value).empty() && map_of(value) != nullptr)
        section(key, value, "`" + name + "`, `" + key + "`");
    }
  }

  const Json& schema_;
  std::string out_;
};

}  // namespace

std::string language_reference(const Json& schema) {
  return Reference(schema).text();
}

}  // namespace scenarios::engine
