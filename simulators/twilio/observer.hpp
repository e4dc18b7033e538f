#pragma once
#include "simulators/twilio/facts.hpp"

namespace simulators::twilio {

/// Hears of moments as they happen, on the fake's thread. The facts are those up to that moment. May place
/// calls and hang up; must not destroy the fake.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void call_placed(const CallFacts&) {}
  virtual void call_answered(const CallFacts&) {}
  virtual void stream_started(const CallFacts&, const StreamFacts&) {}
  virtual void stream_ended(const CallFacts&, const StreamFacts&) {}
  virtual void step_began(const CallFacts&, const StepFacts&) {}
  virtual void step_ended(const CallFacts&, const StepFacts&) {}
  /// By the sound at the handset, within 20 ms.
  virtual void bot_began(const CallFacts&) {}
  virtual void bot_finished(const CallFacts&) {}  // 700 ms after its last sound
  virtual void call_ended(const CallFacts&) {}
  virtual void error_recorded(const CallFacts&, const TwilioError&) {}  // warnings too
};

}  // namespace simulators::twilio
