#include "scenarios/cli/templates.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace scenarios::cli {
namespace {

struct Template {
  std::string_view kind, shows;
  std::string_view about, caller, bot;
  std::string_view body;  // {caller} and {bot} stand for what they say
};

constexpr Template kTemplates[] = {
    {"question", "the caller asks, the bot answers, and the caller hears all of it",
     "A caller asks, the bot answers, and the caller hears all of it.", "What are your opening hours?",
     "We are open from nine to five.", R"(caller:
  - wait: 500ms
  - say: {text: {caller}}
  - wait_for: bot_finished
  - hang_up

model:
  - when: caller_finished
    reply: {text: {bot}}
    as: answer

expect:
  - verdict: normal
  - {heard: answer, complete: true}
  - caller_longest_gap_seconds == 0
)"},
    {"greeting", "the bot speaks first, then the caller asks",
     "The bot greets, the caller asks, and both answers are heard whole.", "What are your opening hours?",
     "Hello, how can I help you?", R"(caller:
  - wait_for: bot_finished
  - say: {text: {caller}}
  - wait_for: bot_finished
  - hang_up

model:
  - when: greeting
    reply: {text: {bot}}
    as: greeting
  - when: caller_finished
    reply: {text: "We are open from nine to five."}
    as: answer

expect:
  - verdict: normal
  - {heard: greeting, complete: true}
  - {heard: answer, complete: true}
)"},
    {"interruption", "the caller cuts the bot short, and it stops at once",
     "The caller interrupts a long answer: the bot stops within a second, and answers the new question.",
     "Sorry, I meant tomorrow.",
     "On Sundays we are closed, and on all the other days we are open from nine to five.",
     R"(caller:
  - wait: 500ms
  - say: {text: "What are your opening hours?"}
  - {wait_for: bot_speaking, for: 1s}
  - say: {text: {caller}}
    as: interruption
  - wait_for: bot_finished
  - hang_up

model:
  - when: caller_finished
    reply: {text: {bot}}
    as: long-answer
  - when: caller_finished
    reply: {text: "Tomorrow we open at ten."}
    as: new-answer

expect:
  - verdict: normal
  - {after: interruption, within: 1s, order: [openai.speech_started, twilio.clear]}
  - {after: interruption, between: [1500ms, 60s], not_heard: long-answer}
  - {heard: new-answer, complete: true}
)"},
    {"no-sound", "the model answers in writing alone: the bridge says which leg is silent",
     "OpenAI answers with a transcript and never makes a sound: the caller hears nothing, and it is known "
     "why.",
     "Hello, can you hear me?", "Hello, how can I help you?", R"(bridge: {config: {fallback: none}}

caller:
  - wait: 500ms
  - say: {text: {caller}}
  - listen: 8s
  - hang_up

model:
  - when: caller_finished
    times: any
    reply: {transcript: {bot}, audio: none}
    as: answer

expect:
  - verdict: openai_not_generating
  - heard: nothing
  - voicebridge_openai_audio_deltas_received_total == 0
  - {after: answer, within: 2s, that: sum(voicebridge_response_watchdog_fired_total) >= 1}
)"},
    {"keys", "the caller presses keys, and the bot hears of them",
     "The caller presses keys, the model is told which, and the caller hears the answer.", "1*0#",
     "Thank you. One moment, please.", R"(caller:
  - wait_for: bot_finished
  - press: {caller}
    as: keys
  - wait_for: bot_finished
  - hang_up

model:
  - when: greeting
    reply: {text: "Please enter your number."}
  - when: {text: {caller}}
    reply: {text: {bot}}
    as: answer

expect:
  - verdict: normal
  - {after: keys, within: 5s, model_received: {text: {caller}}}
  - {heard: answer, complete: true}
)"},
    {"silence", "the caller says nothing, and the bot is not made to speak",
     "The caller says nothing for ten seconds: nothing is due, and nothing is said.", "", "", R"(caller:
  - silence: 10s
  - hang_up

expect:
  - verdict: no_turn
  - heard: nothing
)"},
};

/// As YAML takes every text: JSON's double quotes.
std::string in_quotes(std::string_view text) {
  return nlohmann::json(text).dump();
}

void fill(std::string& text, std::string_view place, const std::string& value) {
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
    text.replace(at, place.size(), value);
}

const Template& template_of(std::string_view kind) {
  for (const auto& one : kTemplates) {
    if (one.kind == kind) return one;
  }
  return kTemplates[0];
}

std::string list_of(const std::vector<std::string>& tags) {
  std::string text;
  for (const auto& tag : tags) text += (text.empty() ? "" : ", ") + tag;
  return "[" + text + "]";
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& template_kinds() {
  static const auto kKinds = [] {
    std::vector<std::pair<std::string, std::string>> kinds;
    for (const auto& one : kTemplates) kinds.emplace_back(one.kind, one.shows);
    return kinds;
  }();
  return kKinds;
}

/// In quotes where YAML would read a number or a truth.
std::string name_in_yaml(const std::string& name) {
  const bool word = name == "true" || name == "false" || name == "null";
  return word || (name.front() >= '0' && name.front() <= '9') ? in_quotes(name) : name;
}

std::string from_template(const NewScenario& made) {
  const Template& kind = template_of(made.kind);
  const auto or_own = [](const std::string& text, std::string_view own) {
    return text.empty() ? std::string(own) : text;
  };
  std::string body(kind.body);
  fill(body, "{caller}", in_quotes(or_own(made.caller, kind.caller)));
  fill(body, "{bot}", in_quotes(or_own(made.bot, kind.bot)));
  std::string text = "# yaml-language-server: $schema=" + made.schema +
                     "\nlinecheck: 1\nname: " + name_in_yaml(made.name) + "\n";
  text += "about: " + in_quotes(or_own(made.about, kind.about)) + "\n";
  if (!made.tags.empty()) text += "tags: " + list_of(made.tags) + "\n";
  return text + "\n" + body;
}

}  // namespace scenarios::cli
