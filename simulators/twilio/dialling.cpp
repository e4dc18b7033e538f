#include "simulators/twilio/dialling.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/core/units.hpp"
#include "simulators/twilio/sounds.hpp"

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace {

const ThirdParty* party_at(const CallPlan& plan, std::string_view address) {
  const auto found = std::ranges::find_if(plan.others, [address](const ThirdParty& party) {
    return party.number.empty() || party.number == address;
  });
  return found == plan.others.end() ? nullptr : &*found;
}

/// A slot without a packet is silence.
void keep(std::string& voice, std::string_view slot) {
  voice.append(slot);
  voice.append(Caller::kSlotBytes - std::min(slot.size(), Caller::kSlotBytes), runtime::audio::kMulawSilence);
}

}  // namespace

Dialling::Dialling(const DialVerb& verb, const CallPlan& plan, runtime::Random& random, Host& host)
    : verb_(verb), plan_(plan), random_(random), host_(host) {
  for (const DialNoun& noun : verb_.parties) {
    auto leg = std::make_unique<Leg>();
    leg->noun = noun;
    leg->party = party_at(plan_, noun.address);
    leg->plan.packets = plan_.packets;
    if (leg->party != nullptr) leg->plan.caller = leg->party->script;
    if (leg->plan.caller.empty()) leg->plan.caller.push_back({Listen{}, ""});
    legs_.push_back(std::move(leg));
  }
}

void Dialling::begin(TimePoint now) {
  for (const auto& leg : legs_) {
    start_leg(*leg, now);
    if (verb_.sequential) break;
  }
  if (legs_.empty()) finish(now, "failed");
}

void Dialling::start_leg(Leg& leg, TimePoint now) {
  leg.rings_since = now;
  host_.leg_status(leg, "initiated");
  host_.leg_status(leg, "ringing");
}

void Dialling::ring(TimePoint at) {
  bool rings = false;
  for (const auto& leg : legs_) {
    if (leg->over || !leg->rings_since || connected_ != nullptr) continue;
    const Duration passed = at - *leg->rings_since;
    if (leg->party != nullptr && leg->party->outcome != Outcome::no_answer &&
        passed >= leg->party->answers_after) {
      if (leg->party->outcome == Outcome::answered) {
        answer(*leg, at);
      } else {
        finish_leg(*leg, at, leg->party->outcome == Outcome::busy ? "busy" : "failed");
      }
    } else if (passed >= verb_.timeout) {
      finish_leg(*leg, at, "no-answer");
    }
    rings = rings || !leg->over;
  }
  if (rings || connected_ != nullptr) return;
  const auto waiting =
      std::ranges::find_if(legs_, [](const auto& leg) { return !leg->rings_since && !leg->over; });
  if (waiting == legs_.end()) return finish(at, last_end_);
  start_leg(**waiting, at);
}

void Dialling::answer(Leg& leg, TimePoint at) {
  connected_ = &leg;
  for (const auto& other : legs_) {
    if (other.get() != &leg && other->rings_since && !other->over) finish_leg(*other, at, "canceled");
  }
  leg.facts->answered_at = at;
  leg.ears.emplace(at, plan_.sounds);
  leg.speaker.emplace(
      leg.plan, random_, leg.facts->steps, [](const StepFacts&) {}, [](const StepFacts&) {});
  host_.leg_status(leg, "in-progress");
  whisper_asked_ = !leg.noun.url.empty();
  if (whisper_asked_) {
    host_.leg_answered(leg);
  } else {
    whisper_ = Sounds::keys(leg.noun.send_digits).mulaw;
  }
}

void Dialling::whisper(const runtime::audio::Clip& clip, bool accepted) {
  if (connected_ == nullptr) return;
  if (accepted) {
    whisper_ = Sounds::keys(connected_->noun.send_digits).mulaw + clip.mulaw;
    return;
  }
  connected_->plan.caller = {{HangUp{}, ""}};
  connected_->facts->steps.clear();
  connected_->speaker.emplace(
      connected_->plan, random_, connected_->facts->steps, [](const StepFacts&) {}, [](const StepFacts&) {});
  whisper_ = clip.mulaw;
}

std::string_view Dialling::slot(TimePoint begins, const Caller::Slot& caller) {
  if (outcome_) return {};
  if (connected_ == nullptr) ring(begins);
  if (connected_ == nullptr || !whisper_) return {};
  Leg& leg = *connected_;
  leg.ears->advance(begins);
  if (!whisper_->empty()) {  // only the third party hears it
    const auto heard = whisper_->substr(0, Caller::kSlotBytes);
    whisper_->erase(0, heard.size());
    leg.facts->heard.append(begins, heard);
    leg.ears->bot(begins, heard);
    return {};
  }
  if (!bridged_at_) {
    bridged_at_ = begins;
    leg.speaker->begin(begins);
    leg.facts->script_began_at = begins;
    host_.bridged(leg);
  }
  return talk(begins, caller);
}

std::string_view Dialling::talk(TimePoint begins, const Caller::Slot& caller) {
  Leg& leg = *connected_;
  const Caller::Slot answer = leg.speaker->next(begins, *leg.ears);
  if (answer.hung_up || begins - *bridged_at_ >= verb_.time_limit ||
      (verb_.hangup_on_star && caller.key == '*')) {
    finish_leg(leg, begins, "completed");
    finish(begins, "completed");
    return {};
  }
  if (answer.loud) leg.ears->caller(begins, begins + Caller::kSlot);
  leg.ears->bot(begins, caller.mulaw);
  leg.facts->heard.append(begins, caller.mulaw);
  leg.facts->measured = leg.ears->measured();
  if (verb_.record) {
    keep(caller_voice_, caller.mulaw);
    keep(party_voice_, answer.mulaw);
  }
  return answer.mulaw;
}

void Dialling::finish_leg(Leg& leg, TimePoint at, std::string status) {
  leg.over = true;
  if (!leg.facts->answered_at && status != "canceled") last_end_ = status;
  if (leg.speaker) leg.speaker->call_ended(at);
  if (leg.ears) {
    leg.ears->advance(at);
    leg.facts->measured = leg.ears->measured();
  }
  leg.facts->ended_at = at;
  host_.leg_status(leg, std::move(status));
}

void Dialling::finish(TimePoint at, std::string status) {
  DialOutcome outcome;
  outcome.status = std::move(status);
  const Leg* told = connected_ != nullptr ? connected_ : (legs_.empty() ? nullptr : legs_.back().get());
  if (told != nullptr) outcome.sid = told->facts->sid;
  outcome.bridged = bridged_at_.has_value();
  if (bridged_at_) outcome.talked = at - *bridged_at_;
  outcome_ = std::move(outcome);
}

void Dialling::end_leg(const CallFacts& facts, TimePoint now) {
  const auto leg = std::ranges::find(legs_, &facts, [](const auto& each) { return each->facts; });
  if (outcome_ || leg == legs_.end() || (*leg)->over) return;
  if (leg->get() == connected_) return end(now);
  finish_leg(**leg, now, "canceled");
  if (std::ranges::all_of(legs_, [](const auto& each) { return each->over; })) finish(now, "canceled");
}

void Dialling::end(TimePoint now) {
  if (outcome_) return;
  for (const auto& leg : legs_) {
    if (leg->over || !leg->rings_since) continue;
    finish_leg(*leg, now, leg.get() == connected_ ? "completed" : "canceled");
  }
  finish(now, connected_ != nullptr ? "completed" : "canceled");
}

}  // namespace simulators::twilio
