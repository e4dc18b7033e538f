#pragma once
#include <string_view>

namespace scenarios::engine {

/// What of PromQL a scenario may use, in Markdown: a section of the language's reference.
std::string_view query_docs();

}  // namespace scenarios::engine
