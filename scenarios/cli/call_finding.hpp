#pragma once
#include "simulators/twilio/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace scenarios::cli {

/// What a call proves, and where to look on.
struct Finding {
  std::string_view
      verdict;  // of docs/verdicts.md, or of docs/your-bridge.md; empty: not to be told from here
  std::string text;
};

/// From Twilio's side alone.
Finding finding(const simulators::twilio::CallFacts& call);

/// Whether it came over a stream. What TwiML says or plays proves nothing: an apology is heard as well.
bool over_a_stream(const simulators::twilio::CallFacts& call, const simulators::twilio::Utterance& utterance);
/// Whether the bot said it: not TwiML, nor the tones of a bridge of ours that waits for OpenAI.
bool from_the_bot(const simulators::twilio::CallFacts& call, const simulators::twilio::Utterance& utterance);
/// From the end of the caller's last words to the bot's next sound. What was being said before is no answer
/// to them: a greeting goes on although nothing of the caller arrives. None: there was no answer.
std::optional<runtime::Duration> answer_latency(const simulators::twilio::CallFacts& call);
/// Whether the caller heard the bot, also after its own last words.
bool proved_sound(const simulators::twilio::CallFacts& call);

}  // namespace scenarios::cli
