// Who answers: agents, and the numbers that lead to them.
#include "bridge/app/config_parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bridge::app {
namespace {

constexpr std::size_t kLongestName = 64;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

const call::Settings* Config::answering(std::string_view number) const {
  if (agents.empty()) return &call;
  const auto found = agents.find(std::string(numbers.agent_of(number)));
  return found == agents.end() ? nullptr : &found->second;
}

void ConfigParser::agents(Section& root) {
  const bool one = root.has("agent");
  const bool several = root.has("agents");
  if (one && several) {
    root.wrong(
        "agents", "is given, and `agent` as well",
        "expected `agent: {...}` for one agent that answers every number, or `agents: {NAME: {...}}` and "
        "`numbers: {\"+14155550100\": NAME, default: NAME}`");
  }
  agent(root.section("agent"), config_.call);
  if (several) root.hide("agent");
  auto section = root.section("agents");
  for (const auto& name : section.keys()) {
    if (!good_name(name)) {
      section.wrong(name, "is no name for an agent", "expected letters, digits, - and _, at most 64");
    }
    call::Settings settings = config_.call;
    settings.agent = name;
    agent(section.section(name), settings);
    config_.agents.insert_or_assign(name, std::move(settings));
  }
  if (several && config_.agents.empty()) {
    root.wrong("agents", "holds no agent", "expected one or more: agents: {NAME: {instructions: TEXT}}");
  }
  numbers(root);
}

void ConfigParser::numbers(Section& root) {
  if (!root.has("numbers")) {
    if (config_.agents.empty()) return;
    root.wrong("agents", "is given without `numbers`: no call would reach an agent",
               fmt::format("say who answers: numbers: {{default: {}}}", config_.agents.begin()->first));
    return;
  }
  if (!root.has("agents")) {
    root.wrong("numbers", "is given without `agents`",
               "expected `agents: {NAME: {...}}` beside it; one `agent` answers every number");
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, settings] : config_.agents) names.push_back(name);
  auto section = root.section("numbers");
  for (const auto& pattern : section.keys()) {
    if (const auto wrong = wrong_pattern(pattern); !wrong.empty()) {
      section.wrong(pattern, std::string(wrong),
                    "expected a number such as \"+14155550100\", a prefix such as \"+1415*\", sip:NAME@HOST, "
                    "client:NAME, or default");
    }
    std::string name;
    section.text(pattern, name);
    if (config_.agents.contains(name)) {
      config_.numbers.add(pattern, name);
    } else if (!name.empty()) {
      const auto close = nearest(name, names);
      const auto all = fmt::format("agents: {}", fmt::join(names, ", "));
      section.wrong(pattern, fmt::format("names `{}`, which is no agent", name),
                    close.empty() ? all : fmt::format("did you mean `{}`? {}", close, all));
    }
  }
  const auto& from = config_.outbound.from;
  if (!from.empty() && config_.answering(from) == nullptr) {
    root.wrong("numbers",
               fmt::format("has no agent for `{}` (outbound.from): who speaks in outbound calls?", from),
               fmt::format("add \"{}\": NAME, or default: NAME", from));
  }
}

void ConfigParser::ask_for_model(const std::string& name, call::Settings& into) {
  into.model.name = name;
  into.model.url = model_url_;
  into.model.url.target += model_url_.target.find('?') == std::string::npos ? '?' : '&';
  into.model.url.target += runtime::net::encode_form({{"model", name}});
}

void ConfigParser::model_of(Section& section, call::Settings& into) {
  std::string name;
  section.text("model", name);
  if (name.empty()) return;
  if (url_names_model_) {
    section.wrong("model", "is given here and in openai.url", "keep one of them");
    return;
  }
  ask_for_model(name, into);
}

void ConfigParser::agent(Section section, call::Settings& into) {
  auto& session = into.model.session;
  section.text("instructions", session.instructions);
  section.text("voice", session.voice);
  if (session.voice.empty())
    section.wrong("voice", "is empty", "expected one of the model's voices, such as marin, or no `voice`");
  model_of(section, into);
  section.text("language", session.language);
  section.text("transcription_model", session.transcription_model);
  using openai::AudioFormat;
  if (const auto audio = section.choice("audio", {"pcmu", "pcma", "pcm24k"}, "pcmu"))
    session.audio = *audio == 0 ? AudioFormat::pcmu : *audio == 1 ? AudioFormat::pcma : AudioFormat::pcm24k;
  section.flag("end_call", into.model.tools.end_call);
  if (section.has("tools")) tools(section.section("tools"), into.model.tools);
  greeting(section, into.model);
  turn_detection(section.section("turn_detection"), into.model);
  if (!into.model.greeting_interruptible && !into.model.bridge_responds()) {
    section.wrong("greeting", "is not to be interrupted, and the service interrupts by itself",
                  "add `turn_detection: {responses: bridge}`");
  }
  dtmf(section, into);
  idle(section, into);
  if (session.idle_timeout_ms && into.idle.prompt_after) {
    section.wrong("turn_detection", "has an `idle_timeout`, and `idle.prompt_after` is given as well",
                  "keep one of them: both have the model prompt a silent caller");
  }
  section.finish();
}

void ConfigParser::greeting(Section& section, call::Settings::Model& into) {
  const auto value = section.node("greeting");
  if (!value.IsDefined()) return;
  if (value.IsMap()) {
    auto greeting = section.section("greeting");
    greeting.text("instructions", into.greeting_instructions);
    greeting.flag("interruptible", into.greeting_interruptible);
    if (!greeting.has("instructions") && !greeting.has("interruptible")) {
      section.wrong("greeting", "has no `instructions`",
                    "expected {instructions: TEXT, interruptible: false}, or one of them, or: none, model");
    }
    greeting.finish();
    into.greet = true;
  } else if (const auto which = section.choice("greeting", {"none", "model"}, "none")) {
    into.greet = *which == 1;
    into.greeting_instructions.clear();
  }
}

}  // namespace bridge::app
