#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace scenarios::report {

/// `text` with what is no UTF-8 replaced by U+FFFD. Logs and wires may hold anything.
std::string valid_utf8(std::string_view text);
/// The same, and also without the characters that XML 1.0 forbids even when they are escaped.
std::string xml_text(std::string_view text);
/// The same for a terminal, line by line: also without carriage returns and C1 controls.
std::string plain_text(std::string_view text);
/// At most `most` bytes of `text`, cut between characters, with a mark where something is missing.
std::string bounded(std::string_view text, std::size_t most);
/// JSON that may stand inside of <script>: nothing in it ends the element or opens a comment.
std::string script_json(const nlohmann::json& value);
/// Text between tags, or inside of a double-quoted attribute.
std::string html_text(std::string_view text);

}  // namespace scenarios::report
