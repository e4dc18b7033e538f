#include "bridge/call/tool_result.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace bridge::call {

std::string_view to_string(ToolOutcome outcome) {
  static constexpr std::array<std::string_view, 9> kNames{"ok",          "unknown_tool", "bad_arguments",
                                                          "not_allowed", "failed",       "timed_out",
                                                          "too_many",    "interrupted",  "unanswered"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

ToolResult tool_error(ToolOutcome outcome, std::string_view message, std::string detail) {
  nlohmann::ordered_json output;
  output["ok"] = false;
  output["error"] = to_string(outcome);
  output["message"] = message;
  if (detail.empty()) detail = message;
  return {outcome, output.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), std::move(detail)};
}

ToolResult tool_done() {
  return {ToolOutcome::ok, R"({"ok":true})", ""};
}

}  // namespace bridge::call
