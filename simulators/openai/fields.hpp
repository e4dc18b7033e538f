#pragma once
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace simulators::openai {

struct Union;

/// What one field of an object may hold. Tables of these say what the service takes (event_fields.cpp);
/// check() walks them.
struct Field {
  enum class Type {
    text,  // at most `highest` characters, where that is not 0; not empty where `lowest` is not 0
    boolean,
    number,      // within lowest..highest
    integer,     // within lowest..highest
    choice,      // text, one of `choices`
    list,        // of `element`
    object,      // with `fields`
    one_of,      // an object whose fields depend on its type: `kinds`
    map,         // of texts
    base64,      // audio
    url,         // text that begins with one of `choices`
    modalities,  // a list that is one of `choices`, each a list in JSON
    tokens,      // 1..4096 or "inf"
    record,      // an object, whatever is in it
    any,         // checked elsewhere
  };
  std::string_view name = {};
  Type type = Type::any;
  bool nullable = false;
  bool required = false;
  double lowest = 0;
  double highest = 0;
  std::span<const std::string_view> choices = {};  // with `object` and `one_of`: texts that will do as well
  std::span<const Field> fields = {};
  const Union* kinds = nullptr;
  const Field* element = nullptr;  // with `object`: a list of these will do as well

  constexpr Field or_null() const {
    Field copy = *this;
    copy.nullable = true;
    return copy;
  }
  constexpr Field needed() const {
    Field copy = *this;
    copy.required = true;
    return copy;
  }
  constexpr Field or_list(const Field& of) const {
    Field copy = *this;
    copy.element = &of;
    return copy;
  }
  constexpr Field or_text(std::span<const std::string_view> texts) const {
    Field copy = *this;
    copy.choices = texts;
    return copy;
  }
};

/// Objects told apart by the text in their field `key`.
struct Kind {
  std::string_view name;
  std::span<const Field> fields = {};
  const Union* further = nullptr;                 // told apart once more, by another key
  std::span<const std::string_view> places = {};  // fields of which it needs one at least
};
struct Union {
  std::string_view key;
  std::span<const Kind> kinds;
};

/// The first thing wrong with `object`, whose path is `path` (empty: an event itself); nullopt when nothing
/// is.
std::optional<ErrorBody> check(const Json& object, std::span<const Field> fields, const std::string& path);
/// The same of one value, whose path is `path`.
std::optional<ErrorBody> check_value(const Json& value, const Field& field, const std::string& path);

/// What `value` is, as error messages call it: "null", "an integer", "an object".
std::string_view kind_of(const Json& value);

}  // namespace simulators::openai
