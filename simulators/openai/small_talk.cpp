#include "simulators/openai/small_talk.hpp"

#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"

#include <array>
#include <span>
#include <variant>

namespace simulators::openai {
namespace {

constexpr std::array<std::string_view, 3> kGreetings{
    "Hello, thank you for calling. How can I help you?", "Hi there. What can I do for you today?",
    "Good day. You are speaking with the assistant. How can I help?"};
constexpr std::array<std::string_view, 7> kAnswers{
    "I see. Could you tell me a little more about that?",
    "Thank you, I have written that down. Is there anything else?",
    "Of course, I can help you with that. When would suit you best?",
    "Let me look at that. Yes, that is possible.",
    "All right. And what name shall I put down?",
    "Good question. As far as I can see, everything is in order.",
    "I understand. I have passed that on, and somebody will call you back."};
constexpr std::array<std::string_view, 2> kClosings{"Thank you for calling. Have a nice day. Goodbye!",
                                                    "That is all from my side. Thank you, and goodbye!"};
constexpr std::array<std::string_view, 2> kResults{"That is done. Can I do anything else for you?",
                                                   "I have taken care of it. Anything else?"};
constexpr std::array<std::string_view, 1> kBesides{"Understood."};

std::span<const std::string_view> phrases(SmallTalk::Occasion occasion) {
  switch (occasion) {
    case SmallTalk::Occasion::greeting:
      return kGreetings;
    case SmallTalk::Occasion::answer:
    case SmallTalk::Occasion::keys:
      return kAnswers;
    case SmallTalk::Occasion::closing:
      return kClosings;
    case SmallTalk::Occasion::tool_result:
      return kResults;
    case SmallTalk::Occasion::out_of_band:
      return kBesides;
  }
  return kAnswers;
}

}  // namespace

Speech SmallTalk::say(Occasion occasion, std::size_t which, std::string_view input) {
  constexpr std::size_t kLongestInput = 100;
  const auto list = phrases(occasion);
  Speech speech;
  speech.transcript = list[which % list.size()];
  if (occasion == Occasion::keys)
    speech.transcript = "I got: " + std::string(input.substr(0, kLongestInput)) + ".";
  if (const auto known = spoken_.find(speech.transcript); known != spoken_.end()) {
    speech.mulaw = known->second;
    return speech;
  }
  auto read = runtime::audio::speak(speech.transcript);
  if (auto* clip = std::get_if<runtime::audio::Clip>(&read)) {
    speech.mulaw = std::move(clip->mulaw);
  } else {
    speech.mulaw = runtime::audio::speech_like(which, runtime::Samples8k(16'000)).mulaw;
  }
  if (spoken_.size() < kMost) spoken_.emplace(speech.transcript, speech.mulaw);
  return speech;
}

}  // namespace simulators::openai
