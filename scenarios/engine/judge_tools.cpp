#include "runtime/core/utf8.hpp"
#include "scenarios/engine/json_holds.hpp"
#include "scenarios/engine/judges.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

// The functions that the model called, by what came back of them.
namespace scenarios::engine {
namespace {

using simulators::openai::ToolOutputFacts;

constexpr std::size_t kShownCalls = 5;    // that a failure tells of
constexpr std::size_t kShownOfOne = 120;  // bytes of what each was called with, and of what came back

bool is_all_of(const ToolCalledCheck& check, const ToolOutputFacts& call) {
  return call.tool == check.name && call.output.find(check.output) != std::string::npos &&
         (!check.arguments || json_holds(call.arguments, *check.arguments)) &&
         (!check.output_json || json_holds(call.output, *check.output_json));
}

std::string shortened(const std::string& text) {
  if (text.size() <= kShownOfOne) return text;
  return std::string(runtime::utf8_prefix(text, kShownOfOne)) + "...";
}

/// How often the model called it in that time, whether anything came back or not.
std::size_t times_asked_for(const ToolCalledCheck& check, const CallEvidence& call, const Between& between) {
  std::size_t count = 0;
  const auto is_asked_for = [&](const simulators::openai::ItemFacts& item) {
    return item.tool == check.name && (!check.arguments || json_holds(item.arguments, *check.arguments));
  };
  for (const auto* session : call.sessions) {
    for (const auto& response : session->responses) {
      if (between.holds(response.created_at.value_or(response.due_at)))
        count += static_cast<std::size_t>(std::ranges::count_if(response.items, is_asked_for));
    }
  }
  return count;
}

std::string times_text(std::size_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

/// What was called instead: "; there came back lookup {...}: 'sold out'".
std::string what_came_back(const ToolCalledCheck& check, const CallEvidence& call) {
  std::vector<std::string> calls;
  std::size_t of_this_tool = 0;
  for (const auto* session : call.sessions) {
    for (const auto& one : session->tool_outputs) {
      if (one.tool == check.name) ++of_this_tool;
      calls.push_back(fmt::format("{} {}: '{}'", one.tool, shortened(one.arguments), shortened(one.output)));
    }
  }
  std::string text;
  ToolCalledCheck any_of_this_tool;
  any_of_this_tool.name = check.name;
  if (of_this_tool == 0 && times_asked_for(any_of_this_tool, call, {TimePoint::min(), TimePoint::max()}) > 0)
    text = "; the model called it, and was told nothing";
  if (calls.empty()) return text;
  const std::size_t more = calls.size() - std::min(calls.size(), kShownCalls);
  calls.resize(calls.size() - more);
  return text + fmt::format("; there came back {}{}", fmt::join(calls, ", "),
                            more == 0 ? "" : fmt::format(" and {} more", more));
}

Outcome judge_calls(const ToolCalledCheck& check, const CallEvidence& call, const Between& between,
                    const Evidence& evidence) {
  if (check.times == 0U && check.output.empty() && !check.output_json) {
    // What the model asked for was called, also when nothing came back of it.
    if (const auto asked = times_asked_for(check, call, between); asked > 0)
      return failed(fmt::format("the model called '{}' {}", check.name, times_text(asked)));
  }
  std::size_t count = 0;
  std::optional<TimePoint> outside;
  for (const auto* session : call.sessions) {
    for (const auto& one : session->tool_outputs) {
      if (!is_all_of(check, one)) continue;
      if (between.holds(one.at)) {
        ++count;
      } else if (!outside) {
        outside = one.at;
      }
    }
  }
  const bool wanted = count == check.times.value_or(count) && (check.times || count > 0);
  const std::string found = fmt::format("{} such calls of '{}' came back", count, check.name);
  if (wanted) return passed(found);
  if (!outside) return failed(found + what_came_back(check, call));
  return failed(found + " in that time", "one came back at " + time_text(evidence, between, *outside));
}

}  // namespace

Outcome judge_tool_called(const ToolCalledCheck& check, const Window& window, const Between& between,
                          const Evidence& evidence) {
  Between open = between;
  if (!window.to) open.to = TimePoint::max();  // the last of it may be on its way when the call has ended
  return for_calls(evidence, check.call,
                   [&](const CallEvidence& call) { return judge_calls(check, call, open, evidence); });
}

}  // namespace scenarios::engine
