#include "simulators/openai/fields.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/core/utf8.hpp"
#include "simulators/openai/errors.hpp"

#include <algorithm>
#include <vector>

namespace simulators::openai {
namespace {

using Type = Field::Type;
using Texts = std::span<const std::string_view>;

std::optional<ErrorBody> wrong_type(const Json& value, const std::string& path, std::string_view expected) {
  return errors::invalid_type(path, expected, kind_of(value));
}

std::string inside(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

bool among(const Json& value, Texts texts) {
  return value.is_string() &&
         std::find(texts.begin(), texts.end(), value.get_ref<const std::string&>()) != texts.end();
}

std::optional<ErrorBody> check_choice(const Json& value, const std::string& path, Texts choices) {
  if (!value.is_string()) return wrong_type(value, path, "a string");
  if (among(value, choices)) return std::nullopt;
  return errors::invalid_value(path, value.get_ref<const std::string&>(), choices);
}

std::optional<ErrorBody> check_text(const Json& value, const std::string& path, const Field& field) {
  if (!value.is_string()) return wrong_type(value, path, "a string");
  const std::size_t length = runtime::utf8_length(value.get_ref<const std::string&>());
  if (length == 0 && field.lowest > 0) return errors::empty_text(path);
  const auto most = static_cast<std::size_t>(field.highest);
  if (most == 0 || length <= most) return std::nullopt;
  return errors::text_too_long(path, most, length);
}

std::optional<ErrorBody> check_range(const Json& value, const std::string& path, const Field& field) {
  const double number = value.get<double>();
  const std::string_view kind = field.type == Type::number ? "decimal" : "integer";
  if (number < field.lowest) return errors::below_minimum(path, kind, field.lowest, value.dump());
  if (number > field.highest) return errors::above_maximum(path, kind, field.highest, value.dump());
  return std::nullopt;
}

std::optional<ErrorBody> check_list(const Json& value, const std::string& path, const Field& field) {
  if (!value.is_array()) return wrong_type(value, path, "an array");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (auto wrong = check_value(value[i], *field.element, at)) return wrong;
  }
  return std::nullopt;
}

std::optional<ErrorBody> check_map(const Json& value, const std::string& path) {
  if (!value.is_object()) return wrong_type(value, path, "an object");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) return wrong_type(text, inside(path, key), "a string");
  }
  return std::nullopt;
}

std::optional<ErrorBody> check_modalities(const Json& value, const std::string& path, const Field& field) {
  if (!value.is_array()) return wrong_type(value, path, "an array");
  const std::string sent = value.dump();
  if (std::find(field.choices.begin(), field.choices.end(), sent) != field.choices.end()) return std::nullopt;
  return errors::invalid_modalities(path, sent, field.choices);
}

std::optional<ErrorBody> check_tokens(const Json& value, const std::string& path) {
  if (value == "inf") return std::nullopt;
  if (!value.is_number_integer()) return wrong_type(value, path, "an integer or 'inf'");
  return check_range(value, path, {.type = Type::integer, .lowest = 1, .highest = 4096});
}

std::optional<ErrorBody> check_url(const Json& value, const std::string& path, Texts beginnings) {
  if (!value.is_string()) return wrong_type(value, path, "a string");
  const auto& url = value.get_ref<const std::string&>();
  const bool known = std::any_of(beginnings.begin(), beginnings.end(),
                                 [&](std::string_view beginning) { return url.starts_with(beginning); });
  return known ? std::nullopt : std::optional(errors::invalid_url(path));
}

std::optional<ErrorBody> check_base64(const Json& value, const std::string& path) {
  if (!value.is_string()) return wrong_type(value, path, "a string");
  if (runtime::base64_decode(value.get_ref<const std::string&>())) return std::nullopt;
  return errors::bad_audio(path, AudioFormat::pcm);
}

/// Fields that may be, in the order of the tables, and keys that say what the object is.
std::optional<ErrorBody> check_fields(const Json& object, const std::vector<std::span<const Field>>& tables,
                                      const std::vector<std::string_view>& keys, const std::string& path) {
  for (const auto& table : tables) {
    for (const Field& field : table) {
      if (field.required && !object.contains(field.name)) {
        return errors::missing_parameter(inside(path, field.name));
      }
    }
  }
  for (const auto& [key, value] : object.items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string at = inside(path, key);
    const Field* known = nullptr;
    for (const auto& table : tables) {
      for (const Field& field : table) {
        if (field.name == key) known = &field;
      }
    }
    if (known == nullptr) return errors::unknown_parameter(at);
    if (value.is_null() && known->nullable) continue;
    if (auto wrong = check_value(value, *known, at)) return wrong;
  }
  return std::nullopt;
}

std::optional<ErrorBody> check_union(const Json& value, const Union* kinds, const std::string& path) {
  if (!value.is_object()) return wrong_type(value, path, "an object");
  std::vector<std::span<const Field>> tables;
  std::vector<std::string_view> keys;
  Texts places;
  while (kinds != nullptr) {
    const std::string at = inside(path, kinds->key);
    const auto key = value.find(kinds->key);
    if (key == value.end()) return errors::missing_parameter(at);
    std::vector<std::string_view> names;
    for (const Kind& kind : kinds->kinds) names.push_back(kind.name);
    if (auto wrong = check_choice(*key, at, names)) return wrong;
    const auto kind = std::find_if(kinds->kinds.begin(), kinds->kinds.end(), [&](const Kind& candidate) {
      return candidate.name == key->get_ref<const std::string&>();
    });
    keys.push_back(kinds->key);
    tables.push_back(kind->fields);
    places = kind->places;
    kinds = kind->further;
  }
  if (auto wrong = check_fields(value, tables, keys, path)) return wrong;
  const bool placed = places.empty() || std::any_of(places.begin(), places.end(), [&](std::string_view name) {
                        return value.contains(name);
                      });
  return placed ? std::nullopt : std::optional(errors::missing_parameter(inside(path, places.front())));
}

}  // namespace

std::string_view kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a decimal number";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::array:
      return "an array";
    default:
      return "an object";
  }
}

std::optional<ErrorBody> check_value(const Json& value, const Field& field, const std::string& path) {
  switch (field.type) {
    case Type::any:
      return std::nullopt;
    case Type::text:
      return check_text(value, path, field);
    case Type::boolean:
      return value.is_boolean() ? std::nullopt : wrong_type(value, path, "a boolean");
    case Type::number:
      return value.is_number() ? check_range(value, path, field)
                               : wrong_type(value, path, "a decimal number");
    case Type::integer:
      return value.is_number_integer() ? check_range(value, path, field)
                                       : wrong_type(value, path, "an integer");
    case Type::choice:
      return check_choice(value, path, field.choices);
    case Type::list:
      return check_list(value, path, field);
    case Type::object:
      if (!field.choices.empty() && value.is_string()) return check_choice(value, path, field.choices);
      if (field.element != nullptr && value.is_array()) return check_list(value, path, field);
      return check(value, field.fields, path);
    case Type::one_of:
      if (!field.choices.empty() && value.is_string()) return check_choice(value, path, field.choices);
      return check_union(value, field.kinds, path);
    case Type::record:
      return value.is_object() ? std::nullopt : wrong_type(value, path, "an object");
    case Type::map:
      return check_map(value, path);
    case Type::base64:
      return check_base64(value, path);
    case Type::url:
      return check_url(value, path, field.choices);
    case Type::modalities:
      return check_modalities(value, path, field);
    case Type::tokens:
      return check_tokens(value, path);
  }
  return std::nullopt;
}

std::optional<ErrorBody> check(const Json& object, std::span<const Field> fields, const std::string& path) {
  if (!object.is_object()) return wrong_type(object, path, "an object");
  return check_fields(object, {fields}, {}, path);
}

}  // namespace simulators::openai
