#pragma once
#include "runtime/core/time.hpp"
#include "simulators/twilio/facts.hpp"

#include <string>
#include <vector>

namespace scenarios::engine {

// What Twilio's side alone tells of a bridge that was not heard, in words for people.

/// Why a call had no stream: its webhook, its TwiML, or what was dialled. A sentence.
std::string why_no_stream(const simulators::twilio::CallFacts& call);

/// ", and the bridge closed it with 1008 after 0.10 s": its stream once it had started; empty: it did not.
std::string how_the_bridge_closed(const simulators::twilio::StreamFacts& stream);

/// "Twilio refused all 26 messages of the bridge (31951: ...)"; empty: it took audio of it, or was sent none.
std::string why_refused(const simulators::twilio::CallFacts& call,
                        const simulators::twilio::StreamFacts& stream);

/// Whether what was heard is noise near full scale for the most part, as PCM is that is played for mu-law.
bool is_static(const simulators::twilio::Measurement& measured);

/// "at 2.70 s, warning 31951: ...", in seconds since `start`: the first of them, and how many more.
std::vector<std::string> twilio_errors(const simulators::twilio::CallFacts& call, runtime::TimePoint start);

/// What works until it matters: no marks, no clear.
std::vector<std::string> weak_points(const simulators::twilio::CallFacts& call);

}  // namespace scenarios::engine
