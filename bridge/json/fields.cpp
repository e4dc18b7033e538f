#include "bridge/json/fields.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace bridge::json {
namespace {
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

const nlohmann::json& nothing() {
  static const nlohmann::json object = nlohmann::json::object();
  return object;
}
const nlohmann::json& no_elements() {
  static const nlohmann::json array = nlohmann::json::array();
  return array;
}
}  // namespace

Fields::Fields(const nlohmann::json& object, std::string& problem) : Fields(object, {}, problem) {}
Fields::Fields(const nlohmann::json& object, std::string path, std::string& problem)
    : object_(object), path_(std::move(path)), problem_(problem) {}

const nlohmann::json* Fields::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

void Fields::complain(std::string_view key, std::string_view expected) const {
  if (!problem_.empty()) return;
  const nlohmann::json* value = find(key);
  problem_ = path_;
  problem_.append(key).append(": expected ").append(expected).append(", got ");
  problem_.append(value == nullptr ? "nothing" : value->type_name());
}

std::string Fields::text(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  complain(key, "a string");
  return {};
}

std::int64_t Fields::integer(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value != nullptr && value->is_number_unsigned() && value->get<std::uint64_t>() <= kLargest) {
    return value->get<std::int64_t>();
  }
  complain(key, "a non-negative integer");
  return 0;
}

Fields Fields::object(std::string_view key) const {
  const nlohmann::json* value = find(key);
  const bool usable = value != nullptr && value->is_object();
  if (!usable) complain(key, "an object");
  return {usable ? *value : nothing(), path_ + std::string(key) + ".", problem_};
}

std::string Fields::optional_text(std::string_view key) const {
  const nlohmann::json* value = find(key);
  return value == nullptr || value->is_null() ? std::string() : text(key);
}

std::int64_t Fields::optional_integer(std::string_view key) const {
  const nlohmann::json* value = find(key);
  return value == nullptr || value->is_null() ? 0 : integer(key);
}

Fields Fields::optional_object(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value != nullptr && !value->is_null()) return object(key);
  return {nothing(), path_ + std::string(key) + ".", problem_};
}

std::map<std::string, std::string> Fields::optional_texts(std::string_view key) const {
  const Fields inner = optional_object(key);
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : inner.object_.items()) texts.emplace(name, inner.text(name));
  return texts;
}

const nlohmann::json& Fields::optional_array(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr || value->is_null()) return no_elements();
  if (value->is_array()) return *value;
  complain(key, "an array");
  return no_elements();
}

bool Fields::is_null(std::string_view key) const {
  const nlohmann::json* value = find(key);
  return value != nullptr && value->is_null();
}

bool Fields::ok() const {
  return problem_.empty();
}

}  // namespace bridge::json
