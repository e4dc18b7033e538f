#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace bridge::call {

/// How a function call ended; label `outcome` of voicebridge_tool_calls_total.
enum class ToolOutcome {
  ok,
  unknown_tool,   // no tool of this name
  bad_arguments,  // no JSON, or not what the schema asks for
  not_allowed,    // the number or host is on no allow-list
  failed,         // the other side refused, or could not be reached, or answered what cannot be used
  timed_out,
  too_many,     // more at once than a call may have
  interrupted,  // the caller spoke before it was done
  unanswered,   // the session or the call ended first
};
std::string_view to_string(ToolOutcome outcome);

/// A call's function calls, numbered from 1.
using ToolNo = std::uint32_t;

struct ToolResult {
  ToolOutcome outcome = ToolOutcome::ok;
  std::string output;  // JSON, for the model
  std::string detail;  // for the log; nothing secret, nothing that a caller said
};

/// What the model is told of a function call that did not do what it should: an object with `error`, a word
/// of ours, and `message`, what happened and what to do instead.
ToolResult tool_error(ToolOutcome outcome, std::string_view message, std::string detail = "");
/// {"ok":true}
ToolResult tool_done();

}  // namespace bridge::call
