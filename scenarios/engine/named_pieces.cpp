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

void add_words(const Json& json, std::vector<std::string>& words) {
  if (json.is_string()) words.push_back(json.get<std::string>());
  if (!json.is_structured()) return;
  for (const auto& entry : json) add_words(entry, words);
}

std::vector<std::string> words_of(const Json& scenario) {
  std::vector<std::string> words;
  for (const auto& [key, value] : scenario.items()) {
    if (key != "expect") add_words(value, words);
  }
  return words;
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

void check_sound(const Field& field, const std::vector<std::string>& words) {
  if (!field.is_text() || field.text() == "nothing" || std::ranges::count(words, field.text()) != 0) return;
  if (field.text().find('.') != std::string::npos) return check_clip(field);
  field.unknown("no reply is called '" + field.text() + "', and it is no clip", words);
}

void check_expectation(const Field& entry, const std::vector<std::string>& words) {
  if (!entry.is_map()) return;
  if (entry.has("after") && entry.at("after").is_text()) check_moment(entry, words);
  for (const std::string_view key : {"heard", "not_heard"}) {
    if (entry.has(key)) check_sound(entry.at(key), words);
  }
  check_clips(entry);
}

}  // namespace

void check_named_pieces(const Field& root) {
  const auto words = words_of(root.json());
  for (const auto& [key, ignored] : root.json().items()) {
    if (!speaks_of_something_else(key)) check_clips(root.at(key));
  }
  if (!root.has("expect") || !root.at("expect").is_list()) return;
  for (const auto& entry : root.at("expect").each()) check_expectation(entry, words);
}

}  // namespace scenarios::engine
