#include "scenarios/engine/truth_owed.hpp"

#include "scenarios/engine/bridge_under_test.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
using simulators::openai::ItemFacts;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;

namespace {
constexpr Duration kLongestFunction = 60s;  // its result, or an error, is there by then

/// By such a one the call is left: nothing is owed after it.
bool leaves(const ItemFacts& item) {
  return item.tool == "end_call" || item.tool == "transfer_call";
}

bool calls_functions(const ResponseFacts& r) {
  return !r.cancelled_at && std::ranges::none_of(r.items, leaves) &&
         std::ranges::any_of(r.items, [](const ItemFacts& item) { return !item.tool.empty(); });
}

/// Nothing of it can have been heard, nobody was told of its end, and nobody gave it up.
bool goes_over(const ResponseFacts& r, const SessionFacts& session, const NeverMade& around) {
  const bool told = r.done_at && !r.done_lost;
  const bool given_up = r.cancelled_at || std::ranges::any_of(session.cancels, [&](const auto& one) {
                          return one.response == r.id;
                        });
  return r.audio.empty() && !told && !given_up && session.ended_at &&
         *session.ended_at < around.holds.after(r.due_at, around.start_timeout);
}

/// The last that happened between the caller and the model.
struct Last {
  TimePoint at{};
  bool owes = false;                      // an answer that may go over to another session
  const ResponseFacts* called = nullptr;  // functions
  std::optional<TimePoint> lost_at = {};  // the session that owed it first

  void is(TimePoint when, bool owing, const ResponseFacts* calling = nullptr) {
    if (when >= at) *this = {when, owing, calling, owing ? lost_at : std::nullopt};
  }
  void is_in(const SessionFacts& session, const NeverMade& around) {
    for (const auto& turn : session.turns) {
      if (turn.started_at) is(*turn.started_at, false);
      if (turn.committed_at) is(*turn.committed_at, answers_turns(session));
    }
    for (const auto& r : session.responses) {
      if (r.out_of_band) continue;
      const bool calls = calls_functions(r);
      is(r.due_at, calls || goes_over(r, session, around), calls ? &r : nullptr);
    }
    if (owes && !lost_at) lost_at = session.ended_at;
  }
};

Last last_of(const std::vector<const SessionFacts*>& sessions, const NeverMade& around) {
  Last last;
  for (const auto* session : sessions) last.is_in(*session, around);
  for (const TimePoint key : around.keys) {
    const bool heard = std::ranges::any_of(sessions, [&](const SessionFacts* session) {
      return session->handshake.at <= key && key < session->ended_at.value_or(TimePoint::max());
    });
    if (heard) last.is(key, false);
  }
  return last;
}

/// When the model was told the last result of all that it had called.
std::optional<TimePoint> told(const std::vector<const SessionFacts*>& sessions, const Last& last) {
  std::optional<TimePoint> at;
  auto missing =
      std::ranges::count_if(last.called->items, [](const auto& item) { return !item.tool.empty(); });
  for (const auto* session : sessions) {
    for (const auto& output : session->tool_outputs) {
      if (output.at >= last.at && --missing <= 0) at = output.at;
    }
  }
  return at;
}
}  // namespace

std::optional<MissedDeadline> owed_at_the_end(const std::vector<const SessionFacts*>& sessions,
                                              const NeverMade& around) {
  const auto last = last_of(sessions, around);
  if (!last.owes) return std::nullopt;
  TimePoint due = last.lost_at.value_or(TimePoint::max());
  if (last.called != nullptr) due = std::min(due, told(sessions, last).value_or(last.at + kLongestFunction));
  // Of what the bridge sees at its next look, the call may be over before.
  if (due >= around.end || around.holds.after(due, around.start_timeout) > around.end - kTick)
    return std::nullopt;
  return MissedDeadline{"not_created", around.end};
}

}  // namespace scenarios::engine
