#include "bridge/call/caller_turn.hpp"

#include <algorithm>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr Duration kCommitFollows = 2s;  // speech_stopped to committed takes milliseconds
constexpr Duration kLongestBreath = 15s;
constexpr Duration kLongestPause = 5s;  // in a turn: longer than most detectors wait for its end
}  // namespace

void CallerTurn::started(bool over_the_bot, TimePoint now) {
  turn_ = Turn{over_the_bot, false, Duration(0), now, now, std::nullopt};
}

void CallerTurn::stopped(TimePoint now) {
  if (turn_) turn_->stopped_at = now;
}

void CallerTurn::sounds(TimePoint now) {
  if (turn_) turn_->voiced_at = now;
}

bool CallerTurn::committed(const Rules& rules) {
  const auto turn = std::exchange(turn_, std::nullopt);
  return !turn || !turn->over_the_bot || turn->longest >= rules.least;
}

bool CallerTurn::takes_floor(Duration sound, const Rules& rules) {
  if (!turn_ || turn_->has_floor) return false;
  if (!turn_->stopped_at) turn_->longest = std::max(turn_->longest, sound);
  const bool enough = !turn_->over_the_bot || turn_->longest >= rules.least;
  turn_->has_floor = enough && !rules.protect;
  return turn_->has_floor;
}

bool CallerTurn::open(TimePoint now) const {
  return turn_ && (!turn_->stopped_at || now - *turn_->stopped_at < kCommitFollows);
}

bool CallerTurn::believable(TimePoint now) const {
  if (!open(now)) return false;
  return now - turn_->started_at < kLongestBreath || now - turn_->voiced_at < kLongestPause;
}

}  // namespace bridge::call
