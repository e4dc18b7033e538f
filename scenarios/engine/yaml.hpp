#pragma once
#include "scenarios/engine/source.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Keeps the order of the file, so that messages and effects come in the author's order.
using Json = nlohmann::ordered_json;

/// Where a value stands, by its JSON pointer, and how it was written.
struct Place {
  Mark key;  // of a map's entry; else as `value`
  Mark value;
  std::string written;  // a scalar as it stands in the file, without its quotes
  bool quoted = false;
  std::size_t lead = 0;  // bytes from `value` to the first of `written`: an opening quote
  std::string comment;   // that follows a plain scalar in its line, with its #
};
using Places = std::map<std::string, Place>;

struct Document {
  Json json;
  Places places;
  /// The nearest known place of `pointer` or of what holds it.
  const Place& place(std::string pointer) const;
};

/// Reads one YAML document as YAML 1.2 (core schema) has it: only true and false are booleans, 010 is ten,
/// keys are texts, and a key stands once. Every problem found is added to `problems`; nullopt when the text
/// is no YAML at all.
/// `file`: the number of `source` among what a scenario includes; its marks and problems carry it.
std::optional<Document> read_yaml(const Source& source, std::vector<Problem>& problems, std::size_t file = 0);

/// `pointer` + "/" + `key`, escaped.
std::string child(const std::string& pointer, std::string_view key);
std::string child(const std::string& pointer, std::size_t index);

}  // namespace scenarios::engine
