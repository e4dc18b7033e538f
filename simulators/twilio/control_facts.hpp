#pragma once
#include "simulators/control/api.hpp"
#include "simulators/twilio/facts.hpp"

#include <string>

namespace simulators::twilio {

/// What a call did, for people and programs: times in seconds since it was placed, audio in seconds. The
/// shapes are those of control.openapi.yaml: CallSummary and Call.
control::Json summary_json(const CallFacts& call);
control::Json call_json(const CallFacts& call);

/// `audio` on the clock from `begin` on, mu-law: what was not covered by any piece is silence.
std::string on_the_clock(const TimedAudio& audio, TimePoint begin);

/// What the caller heard from the answer to the call's end, or to `now` while it runs, mu-law. Empty as long
/// as nobody has answered.
std::string heard_audio(const CallFacts& call, TimePoint now);

}  // namespace simulators::twilio
