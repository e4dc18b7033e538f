#pragma once
#include <regex>
#include <string>
#include <variant>

namespace scenarios::engine::promql {

/// A regular expression that a user wrote (ECMAScript); the text says what is wrong with it.
std::variant<std::regex, std::string> read_pattern(const std::string& text);
/// One of a label's value, which Prometheus must be able to read as well (RE2).
std::variant<std::regex, std::string> read_value_pattern(const std::string& text);

}  // namespace scenarios::engine::promql
