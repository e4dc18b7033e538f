#include "scenarios/engine/right_form.hpp"

#include "scenarios/engine/schema.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace scenarios::engine {
namespace {

constexpr std::string_view kLists[] = {"/caller", "/model", "/faults", "/expect", "/bridge/events"};
constexpr std::string_view kMaps[] = {"/bridge", "/bridge/config", "/http", "/openai", "/others", "/twilio"};

bool is_one_of(std::string_view pointer, const auto& pointers) {
  return std::ranges::find(pointers, pointer) != std::end(pointers);
}

/// What stands below `from` is found below `to` as well.
void add_places(Places& places, const std::string& from, const std::string& to) {
  Places added;
  const std::string below = from + "/";
  for (auto at = places.lower_bound(below); at != places.end() && at->first.starts_with(below); ++at)
    added.emplace(to + at->first.substr(from.size()), at->second);
  for (const auto& [pointer, place] : added) places.insert_or_assign(pointer, place);
}

bool into_list(Document& document, const std::string& pointer) {
  Json& value = document.json[Json::json_pointer(pointer)];
  const bool query = pointer == "/expect" && value.is_string();
  if (!value.is_object() && !query) return false;
  value = Json::array({std::move(value)});
  add_places(document.places, pointer, pointer + "/0");
  document.places.insert_or_assign(pointer + "/0", document.place(pointer));
  return true;
}

/// Nothing, if one key would stand there twice.
std::optional<Json> together(const Json& maps) {
  Json all = Json::object();
  for (const auto& map : maps) {
    if (!map.is_object()) return std::nullopt;
    for (const auto& [key, value] : map.items()) {
      if (all.contains(key)) return std::nullopt;
      all[key] = value;
    }
  }
  return all;
}

bool into_map(Document& document, const std::string& pointer) {
  Json& value = document.json[Json::json_pointer(pointer)];
  if (!value.is_array() || value.empty()) return false;
  const std::size_t size = value.size();
  auto all = together(value);
  if (!all) return false;
  value = std::move(*all);
  for (std::size_t i = 0; i < size; ++i) add_places(document.places, child(pointer, i), pointer);
  return true;
}

bool put_right(Document& document, const std::set<std::string>& refused) {
  bool any = false;
  for (const auto& pointer : refused) {
    if (!document.json.is_object() || !document.json.contains(Json::json_pointer(pointer))) continue;
    if (is_one_of(pointer, kLists)) any = into_list(document, pointer) || any;
    if (is_one_of(pointer, kMaps)) any = into_map(document, pointer) || any;
  }
  return any;
}

}  // namespace

void check_form(Document& document, std::vector<Problem>& problems, std::set<std::string>& refused) {
  check_schema(document, problems, &refused);
  while (put_right(document, refused)) {
    std::vector<Problem> found;
    refused.clear();
    check_schema(document, found, &refused);
    for (auto& problem : found) {
      const bool told = std::ranges::any_of(problems, [&](const Problem& other) {
        return other.at == problem.at && other.message == problem.message;
      });
      if (!told) problems.push_back(std::move(problem));
    }
  }
}

}  // namespace scenarios::engine
