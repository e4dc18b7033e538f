#include "simulators/openai/happening.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>
#include <utility>

// What the script's faults do to a session and to its responses.
namespace simulators::openai {

/// Of those that are told by a time.
void Session::plan_fault(std::size_t number, TimePoint now) {
  const Fault& fault = behaviour_.faults[number];
  const TimePoint when = std::max(now, began_ + fault.at.value_or(Duration(0)));
  const bool in_a_response = fault.response != 0 || fault.after_deltas || fault.after_audio;
  const bool starts_falsely = fault.what->kind == FaultKind::false_start && !in_a_response;
  if (starts_falsely || (begins_later(fault) && fault.at)) {
    at(when, [this, number](TimePoint then) { begin_fault(number, then); });
  } else if (fault.what->scope == FaultScope::moment && fault.at) {
    at(when, [this, number](TimePoint then) {
      note_struck(behaviour_.faults[number]);
      happen(happening_of(behaviour_.faults[number]), outlet_, then);
    });
  }
}

/// Of the session: from now on, or what it is at once.
void Session::begin_fault(std::size_t number, TimePoint now) {
  const Fault& fault = behaviour_.faults[number];
  if (!damages_events(fault) && !has_its_time(fault)) note_struck(fault);
  switch (fault.what->kind) {
    case FaultKind::false_start:
      return false_start(fault, now);
    case FaultKind::expires:
    case FaultKind::expires_silently:
      behaviour_.announces_expiry = fault.what->kind == FaultKind::expires;
      behaviour_.expiry_fault = fault.place;
      return expire(now);
    default:
      if (!begun_.insert(number).second) return;
      apply(fault, behaviour_);
      outlet_.damage(behaviour_.damages);
      if (behaviour_.mute) outlet_.mute();
  }
}

/// For those who ask in the end which of the script's faults did nothing.
void Session::note_struck(const Fault& fault) {
  if (fault.place) facts_.faults_struck.insert(*fault.place);
}

void Session::strike(Fault fault, TimePoint now) {
  behaviour_.faults.push_back(std::move(fault));
  const std::size_t number = behaviour_.faults.size() - 1;
  const Fault& added = behaviour_.faults[number];
  plan_fault(number, now);
  const bool planned = added.what->scope != FaultScope::session || begins_later(added) ||
                       added.what->kind == FaultKind::false_start;
  if (planned) return;
  at(std::max(now, began_ + added.at.value_or(Duration(0))),
     [this, number](TimePoint then) { begin_fault(number, then); });
}

/// A voice where there is none: the turn takes its usual course.
void Session::false_start(const Fault& fault, TimePoint now) {
  if (turn_ != nullptr || !detection_) return;
  note_struck(fault);
  const Duration lasts = fault.length();
  speech_started(vad_.position_ms(), now);
  const std::string item = turn_->item;
  at(now + lasts, [this, item](TimePoint then) {
    const bool still = turn_ != nullptr && turn_->item == item && !vad_.speaking();
    if (still) speech_stopped(vad_.position_ms(), then);
  });
}

/// `reply` as this session's faults leave it.
const Reply& Session::with_faults(const Reply& reply, bool out_of_band, AudioFormat agreed, TimePoint now) {
  if (out_of_band) return reply;
  ++responses_begun_;
  Reply* struck = nullptr;
  for (std::size_t i = 0; i < behaviour_.faults.size(); ++i) {
    const Fault& fault = behaviour_.faults[i];
    if (!strikes_response(fault, responses_begun_, now - began_)) continue;
    if (struck == nullptr) struck = &struck_.emplace_back(reply);
    if (fault.what->scope == FaultScope::session) {
      struck->faults.insertions.push_back({moment_of(fault), BeginFault{i}});
    } else {
      apply(fault, *struck, agreed);
      if (fault.what->scope == FaultScope::response && !strikes_by_a_step(fault)) note_struck(fault);
    }
  }
  return struck == nullptr ? reply : *struck;
}

}  // namespace simulators::openai
