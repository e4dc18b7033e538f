#pragma once
#include <string>
#include <string_view>

namespace scenarios::engine {

/// The language whose voice reads a text that says nothing of its language: by the first letter that belongs
/// to one writing system alone ("he" for Hebrew, "ar" for Arabic, ...); else English.
std::string language_of(std::string_view utf8);

}  // namespace scenarios::engine
