#pragma once
#include "simulators/twilio/call_flow.hpp"

#include <functional>
#include <string>
#include <vector>

namespace simulators::twilio {

/// A webhook's answer, or why there is none.
struct ServedDocument {
  int status = 200;
  std::string content_type = "text/xml";
  std::string body;
  std::string error;  // not empty: nothing was answered
};
/// Fetches what `<Redirect>` and `action` point to. `url` is absolute.
using FetchDocument = std::function<ServedDocument(const std::string& url, const std::string& method)>;

/// What the TwiML comes to under one set of track rules.
struct TwimlJudgement {
  TrackRules rules = TrackRules::twilio_docs;
  bool carries_sound = false;
  bool healed = false;             // only after a refused stream, through a <Redirect> or action
  std::string conclusion;          // one sentence: what a caller will hear, and why
  std::vector<std::string> steps;  // what Twilio does, verb by verb
  std::vector<Finding> findings;   // for the debugger
};

/// Whether a caller who speaks, and who waits for the bot, will hear it: walks the TwiML as a call would,
/// fetching what follows a refused stream. `url`: where `document` came from; empty for a file, whose
/// relative stream urls are taken as the paths of some https server's that will serve it. `plain_ws`: take
/// ws:// for wss://, as a harness on one machine does; Twilio never would (31922).
TwimlJudgement verify_twiml(const ServedDocument& document, const std::string& url, TrackRules rules,
                            const FetchDocument& fetch, bool plain_ws = false);

}  // namespace simulators::twilio
