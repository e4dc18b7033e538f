#pragma once
#include "runtime/core/wire_log.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scenarios::recording {

/// One line of wires.jsonl, as the fakes and the proxy write it.
struct WireLine {
  runtime::TimePoint at;  // zero: the file's own beginning
  std::string lane;       // twilio.media, openai, ...
  std::string call;       // the call's or the session's id
  runtime::WireLog::Direction direction = runtime::WireLog::Direction::note;
  nlohmann::json message;
};

/// The error names the line and what would be right.
std::variant<std::vector<WireLine>, std::string> read_wires(std::string_view text);

/// The text at `path` of `message`, such as {"media", "payload"}; empty: there is none.
std::string text_at(const nlohmann::json& message, std::initializer_list<std::string_view> path);
/// The same of any value; null: there is none.
const nlohmann::json& value_at(const nlohmann::json& message, std::initializer_list<std::string_view> path);

/// Mu-law has two zeros, and a sound file has one: the one that it is read back as.
std::string one_zero(std::string mulaw);

}  // namespace scenarios::recording
