#include "simulators/openai/happening.hpp"
#include "simulators/openai/session.hpp"

// What the script's faults do to a session and to its responses.
namespace simulators::openai {

void Session::plan_faults(TimePoint now) {
  if (behaviour_.mute) outlet_.mute();
  for (const Fault& fault : behaviour_.faults) {
    const TimePoint when = now + fault.at.value_or(Duration(0));
    if (fault.what->kind == FaultKind::false_start) {
      at(when, [this, lasts = fault.length()](TimePoint then) { false_start(lasts, then); });
    } else if (fault.what->scope == FaultScope::moment && fault.at) {
      at(when, [this, what = happening_of(fault)](TimePoint then) { happen(what, outlet_, then); });
    }
  }
}

/// A voice where there is none: the turn takes its usual course.
void Session::false_start(Duration lasts, TimePoint now) {
  if (turn_ != nullptr || !detection_) return;
  speech_started(vad_.position_ms(), now);
  const std::string item = turn_->item;
  at(now + lasts, [this, item](TimePoint then) {
    const bool still = turn_ != nullptr && turn_->item == item && !vad_.speaking();
    if (still) speech_stopped(vad_.position_ms(), then);
  });
}

/// `reply` as this session's faults leave it, its pace too.
const Reply& Session::with_faults(const Reply& reply, bool out_of_band, AudioFormat agreed, Pace& pace) {
  if (out_of_band) return reply;
  ++responses_begun_;
  Reply* struck = nullptr;
  for (const Fault& fault : behaviour_.faults) {
    if (!strikes_response(fault, responses_begun_)) continue;
    if (struck == nullptr) struck = &struck_.emplace_back(reply);
    apply(fault, *struck, pace, agreed);
  }
  return struck == nullptr ? reply : *struck;
}

}  // namespace simulators::openai
