#include "scenarios/engine/truth_never_made.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::TimePoint;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::openai::Trigger;

namespace {
constexpr std::string_view kAnotherIsActive = "conversation_already_has_active_response";
constexpr std::string_view kAnswersNothing = "\"create_response\":false";
constexpr runtime::Duration kAtOnce = 50ms;

bool has_answer(const SessionFacts& session, TimePoint committed) {
  return std::ranges::any_of(session.responses, [&](const ResponseFacts& r) {
    return r.trigger == Trigger::caller_turn && r.due_at == committed;
  });
}

/// One that the client knows of, and that is not over.
bool announced(const SessionFacts& session, TimePoint at) {
  return std::ranges::any_of(session.responses, [&](const ResponseFacts& r) {
    return r.created_at && *r.created_at <= at && (r.done_lost || r.done_at.value_or(TimePoint::max()) > at);
  });
}

/// One that was not given up already has begun.
bool another_began(const SessionFacts& session, TimePoint from, TimePoint to) {
  return std::ranges::any_of(session.responses, [&](const ResponseFacts& r) {
    const bool in_time = r.created_at && *r.created_at > from && *r.created_at < to;
    return in_time && !(r.cancelled_at && *r.cancelled_at <= *r.created_at + kAtOnce);
  });
}

bool caller_speaks(const SessionFacts& session, TimePoint from, TimePoint to) {
  return std::ranges::any_of(session.turns, [&](const auto& turn) {
    return turn.started_at && *turn.started_at > from && *turn.started_at < to;
  });
}
}  // namespace

bool answers_turns(const SessionFacts& session) {
  return std::ranges::none_of(session.updates, [](const auto& update) {
    return update.accepted && update.session.find(kAnswersNothing) != std::string::npos;
  });
}

std::vector<MissedDeadline> never_made(const SessionFacts& session, const NeverMade& around) {
  std::vector<MissedDeadline> found;
  const TimePoint end = std::min(around.end, session.ended_at.value_or(TimePoint::max()));
  const auto due = [&](TimePoint at) {
    const TimePoint deadline = around.holds.after(at, around.start_timeout);
    if (deadline > end || another_began(session, at, deadline) || caller_speaks(session, at, deadline))
      return;
    found.push_back({"not_created", deadline});
  };
  for (const auto& turn : session.turns) {
    if (turn.committed_at && answers_turns(session) && !has_answer(session, *turn.committed_at))
      due(*turn.committed_at);
  }
  // A refused create is repeated, and is not due for longer. One that met a response that is known of waits
  // for its end instead.
  TimePoint waits_until{};
  for (const auto& error : session.errors_sent) {
    if (error.error.code != kAnotherIsActive || error.at < waits_until || announced(session, error.at))
      continue;
    waits_until = around.holds.after(error.at, around.start_timeout);
    const bool pressed = std::ranges::any_of(
        around.keys, [&](TimePoint key) { return key > error.at + kAtOnce && key < waits_until; });
    if (!pressed) due(error.at);
  }
  return found;
}

}  // namespace scenarios::engine
