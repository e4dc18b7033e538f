#pragma once
#include "scenarios/engine/judgement.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

using runtime::TimePoint;

/// A window as points in time. Its ends belong to it.
struct Between {
  TimePoint from;
  TimePoint to;
  TimePoint anchor{};           // both are counted from here
  std::string_view after = {};  // its name; empty: the scenario's start
  bool holds(TimePoint at) const { return from <= at && at <= to; }
};

Outcome passed(std::string why);
Outcome failed(std::string why, std::string nearest_miss = {});
Outcome not_applicable(std::string why);
/// "2.35 s": since the scenario's start.
std::string time_text(const Evidence& evidence, TimePoint at);
/// And by the window's own clock, where it has one: "3.55 s, 3.05 s after 'question'".
std::string time_text(const Evidence& evidence, const Between& between, TimePoint at);
/// Judges each call that `number` (from 1; absent: all) means, and tells of the first that fails, by its name
/// where there are several. No such call at all is a failure.
Outcome for_calls(const Evidence& evidence, const std::optional<std::size_t>& number,
                  const std::function<Outcome(const CallEvidence&)>& one);

Outcome judge_verdict(const VerdictCheck& check, const Evidence& evidence);
Outcome judge_query(const QueryCheck& check, const Window& window, const Between& between,
                    const Evidence& evidence);
/// What is heard, also a silence, must begin in its window; what is not heard, and nothing, are about all of
/// it.
Outcome judge_heard(const HeardCheck& check, const Between& between, const Evidence& evidence);
Outcome judge_model_received(const ModelReceivedCheck& check, const Window& window, const Between& between,
                             const Evidence& evidence);
Outcome judge_tool_called(const ToolCalledCheck& check, const Window& window, const Between& between,
                          const Evidence& evidence);
/// With a window of its own, the call must have ended inside of it.
Outcome judge_call(const CallCheck& check, const Window& window, const Between& between,
                   const Evidence& evidence);
Outcome judge_twiml(const TwimlCheck& check, const Evidence& evidence);
Outcome judge_order(const OrderCheck& check, const Between& between, const Evidence& evidence);
Outcome judge_http_received(const HttpReceivedCheck& check, const Between& between, const Evidence& evidence);
Outcome judge_visitor(const VisitorCheck& check, const Evidence& evidence);
Outcome judge_bridge(const BridgeCheck& check, const Evidence& evidence);
/// Whose sides hold what was said and heard, there and then, and nothing that was not.
Outcome judge_recording(const RecordingCheck& check, const Evidence& evidence);
Outcome judge_alerts(const AlertCheck& check, const Evidence& evidence);
/// Without a window of its own, what is read after the run counts as well.
Outcome judge_log(const LogCheck& check, const Window& window, const Between& between,
                  const Evidence& evidence);

}  // namespace scenarios::engine
