#pragma once
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace simulators::openai {

/// What one object of the session may hold. A table says it; check() walks it.
struct Field {
  enum class Type {
    text,
    boolean,
    number,        // within lowest..highest
    integer,       // within lowest..highest
    choice,        // text, one of `choices`
    choice_or_id,  // choice, or an object with an `id`
    list,
    object,      // with `fields`
    any,         // taken as it is: of no account for a voice call
    format,      // an audio format object
    modalities,  // ["audio"] or ["text"]
    tokens,      // 1..4096 or "inf"
    tools,
  };
  std::string_view name;
  Type type = Type::any;
  bool nullable = false;
  double lowest = 0;
  double highest = 0;
  std::span<const std::string_view> choices = {};
  std::span<const Field> fields = {};
};

/// The first thing wrong with `object`, whose path is `path`; nullopt when nothing is.
std::optional<ErrorBody> check(const Json& object, std::span<const Field> fields, const std::string& path);

/// Fields of `session` in session.update, and of `response` in response.create.
std::span<const Field> session_fields();
std::span<const Field> response_fields();

}  // namespace simulators::openai
