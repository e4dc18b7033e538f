#pragma once
#include <string>
#include <string_view>

namespace bridge::json {

/// Appends `text` as a JSON string, quotes included.
void append_string(std::string& out, std::string_view text);

/// A peer's words for a log line or a message: at most `limit` bytes, cut between characters and then marked
/// with "...", control characters shown as '?'.
std::string excerpt(std::string_view words, std::size_t limit = 100);

}  // namespace bridge::json
