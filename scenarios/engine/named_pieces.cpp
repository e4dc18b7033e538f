#include "scenarios/engine/named_pieces.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scenarios::engine {
namespace {

/// Its texts are not the scenario's own: the bridge's configuration, what servers answer; and expectations,
/// which use names and give none.
bool speaks_of_something_else(std::string_view key) {
  return key == "bridge" || key == "http" || key == "expect";
}

/// What the scenario gives names to, and every text in it: a name whose key is misspelt is told there.
struct Given {
  std::vector<std::string> names, words;
  bool has(const std::string& word) const { return std::ranges::find(words, word) != words.end(); }
};

void gather(const Json& json, Given& given) {
  if (json.is_string()) given.words.push_back(json.get<std::string>());
  if (json.is_object() && json.contains("as") && json["as"].is_string())
    given.names.push_back(json["as"].get<std::string>());
  if (!json.is_structured()) return;
  for (const auto& entry : json) gather(entry, given);
}

Given given_by(const Json& scenario) {
  Given given;
  for (const auto& [key, value] : scenario.items()) {
    if (key != "expect") gather(value, given);
  }
  return given;
}

void check_clip(const Field& field) {
  auto found = field.reading().clips.find(field.text(), field.reading().folder);
  if (auto* error = std::get_if<std::string>(&found)) field.problem(std::move(*error));
}

void check_clips(const Field& field) {
  if (field.is_list()) {
    for (const auto& entry : field.each()) check_clips(entry);
  }
  if (!field.is_map()) return;
  for (const auto& [key, ignored] : field.json().items()) {
    const Field value = field.at(key);
    if (key == "clip" && value.is_text()) {
      check_clip(value);
    } else {
      check_clips(value);
    }
  }
}

void check_sound(const Field& field, const Given& given) {
  if (!field.is_text() || field.text() == "nothing" || given.has(field.text())) return;
  if (field.text().find('.') != std::string::npos) return check_clip(field);
  field.unknown_sound("no reply is called '" + field.text() + "', and it is no clip", given.names);
}

void check_expectation(const Field& entry, const Given& given) {
  if (!entry.is_map()) return;
  const bool after = entry.has("after") && entry.at("after").is_text();
  if (after && !given.has(entry.text("after"))) check_moment(entry, given.names);
  for (const std::string_view key : {"heard", "not_heard"}) {
    if (entry.has(key)) check_sound(entry.at(key), given);
  }
  check_clips(entry);
}

}  // namespace

void check_named_pieces(const Field& root) {
  const auto given = given_by(root.json());
  for (const auto& [key, ignored] : root.json().items()) {
    if (!speaks_of_something_else(key)) check_clips(root.at(key));
  }
  if (!root.has("expect") || !root.at("expect").is_list()) return;
  for (const auto& entry : root.at("expect").each()) check_expectation(entry, given);
}

}  // namespace scenarios::engine
