#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/core/random.hpp"
#include "simulators/twilio/call_flow.hpp"
#include "simulators/twilio/caller.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/facts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// `<Dial>`: rings third parties, connects the first that answers with the caller, and ends when one of them
/// hangs up. The parties are scripted like the caller. Sans-IO: driven by the caller's slots.
class Dialling {
 public:
  /// A third party's leg: a call of its own, with its own sid.
  struct Leg {
    DialNoun noun;
    const ThirdParty* party = nullptr;  // null: nobody answers at this address
    CallFacts* facts = nullptr;
    CallPlan plan;  // of its script
    std::optional<Ears> ears;
    std::optional<Caller> speaker;
    std::optional<TimePoint> rings_since;
    bool over = false;
  };
  class Host {
   public:
    virtual ~Host() = default;
    /// initiated, ringing, in-progress, or how it ended. The facts do not have it yet.
    virtual void leg_status(Leg& leg, std::string status) = 0;
    /// The leg answered, and its noun has a url: its TwiML is heard by it first; see whisper().
    virtual void leg_answered(Leg& leg) = 0;
    /// Caller and third party hear each other from now on.
    virtual void bridged(Leg& leg) = 0;
  };

  Dialling(const DialVerb& verb, const CallPlan& plan, runtime::Random& random, Host& host);

  /// A leg for each noun; the host gives each its facts before begin().
  std::vector<std::unique_ptr<Leg>>& legs() { return legs_; }
  void begin(TimePoint now);

  /// One slot of the caller's line. Returns what comes back from the third party; valid until the next slot.
  std::string_view slot(TimePoint begins, const Caller::Slot& caller);
  /// What the leg hears before it is connected, behind the keys that its noun sends. `accepted`: false when
  /// its TwiML hangs up.
  void whisper(const runtime::audio::Clip& clip, bool accepted);
  /// This leg is ended from outside; the dial with it where it was answered, or no other is left.
  void end_leg(const CallFacts& facts, TimePoint now);
  /// The caller hung up, or the call goes elsewhere.
  void end(TimePoint now);

  const DialVerb& verb() const { return verb_; }
  /// Set when it is over.
  const std::optional<DialOutcome>& outcome() const { return outcome_; }
  /// What each said while they were connected, equally long.
  const std::string& caller_voice() const { return caller_voice_; }
  const std::string& party_voice() const { return party_voice_; }

 private:
  void start_leg(Leg& leg, TimePoint now);
  void ring(TimePoint at);
  void answer(Leg& leg, TimePoint at);
  void finish_leg(Leg& leg, TimePoint at, std::string status);
  void finish(TimePoint at, std::string status);
  std::string_view talk(TimePoint begins, const Caller::Slot& caller);

  const DialVerb verb_;
  const CallPlan& plan_;
  runtime::Random& random_;
  Host& host_;
  std::vector<std::unique_ptr<Leg>> legs_;
  Leg* connected_ = nullptr;
  bool whisper_asked_ = false;
  std::optional<std::string> whisper_;  // what is left of it
  std::optional<TimePoint> bridged_at_;
  std::string last_end_ = "no-answer";  // how the last leg that was not answered ended
  std::string caller_voice_;
  std::string party_voice_;
  std::optional<DialOutcome> outcome_;
};

}  // namespace simulators::twilio
