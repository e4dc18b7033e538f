#include "runtime/audio/level.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <utility>

namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;
using twilio::WaitFor;

constexpr Word<twilio::Outcome> kOutcomes[] = {{"answered", twilio::Outcome::answered},
                                               {"busy", twilio::Outcome::busy},
                                               {"no_answer", twilio::Outcome::no_answer},
                                               {"failed", twilio::Outcome::failed}};
constexpr Word<WaitFor::What> kAwaited[] = {{"bot_finished", WaitFor::What::bot_finished},
                                            {"bot_speaking", WaitFor::What::bot_speaking},
                                            {"heard_anything", WaitFor::What::heard_anything},
                                            {"silence", WaitFor::What::silence},
                                            {"call_ended", WaitFor::What::call_ended}};
constexpr Duration kRecognised = std::chrono::milliseconds(400);  // as `heard:` has it
constexpr Duration kSilence = std::chrono::seconds(2);

using Sounds = std::vector<twilio::KnownSound>;

bool knows(const Sounds& sounds, const std::string& name) {
  return std::any_of(sounds.begin(), sounds.end(), [&name](const auto& sound) { return sound.name == name; });
}

void check_reply(const Field& field) {
  std::vector<std::string> names;
  const Json& scenario = field.reading().document.json;
  if (scenario.contains("model")) {
    for (const auto& rule : scenario["model"]) {
      if (rule.contains("as")) names.push_back(rule["as"].get<std::string>());
    }
  }
  if (std::find(names.begin(), names.end(), field.text()) != names.end()) return;
  const std::string near = nearest(field.text(), names);
  field.problem("no reply of the model is called '" + field.text() + "'",
                near.empty() ? "a reply gets a name with 'as:'" : "did you mean '" + near + "'?");
}

/// The name of what is waited for; what is no reply is added to `sounds`.
std::string awaited_sound(const Field& field, Sounds& sounds) {
  if (field.has("reply")) {
    check_reply(field.at("reply"));
    return field.text("reply");
  }
  twilio::KnownSound sound;
  if (field.has("clip")) {
    sound.name = field.text("clip");
    sound.clip = read_clip(field.at("clip"), sound.name);
  } else {
    sound.hertz = static_cast<int>(field.number("tone"));
    sound.name = "tone of " + std::to_string(sound.hertz) + " Hz";
  }
  const std::string name = sound.name;
  if (!knows(sounds, name)) sounds.push_back(std::move(sound));
  return name;
}

std::string speaking(const std::string& name) {
  return name + " speaking";
}

/// The name under which the caller knows what one of `others` says.
std::string other_speaking(const Field& field, const std::string& name) {
  const Json& scenario = field.reading().document.json;
  const Json others = scenario.contains("others") ? scenario["others"] : Json::object();
  if (!others.contains(name)) {
    std::vector<std::string> names;
    for (const auto& [other, unused] : others.items()) names.push_back(other + "_speaking");
    const std::string near = nearest(field.text(), names);
    field.problem("nobody in 'others' is called '" + name + "'",
                  near.empty() ? "bot_speaking, or the name of one of 'others' with _speaking"
                               : "did you mean '" + near + "'?");
    return speaking(name);
  }
  const Json& other = others[name];
  const bool says = other.contains("say") ||
                    (other.contains("steps") && std::ranges::any_of(other["steps"], [](const Json& step) {
                       return step.is_object() && step.contains("say");
                     }));
  if (!says) field.problem("'" + name + "' says nothing", "others: {" + name + ": {say: {speech: 1s}}}");
  return speaking(name);
}

twilio::WaitFor read_wait_for(const Field& field, Sounds& sounds) {
  twilio::WaitFor wait;
  const Field what = field.at("wait_for");
  constexpr std::string_view kSpeaking = "_speaking";
  if (what.is_text() && what.text().ends_with(kSpeaking) && what.text() != "bot_speaking") {
    wait.what = WaitFor::What::heard_sound;
    wait.sound = other_speaking(what, what.text().substr(0, what.text().size() - kSpeaking.size()));
    wait.lasting = kRecognised;
  } else if (what.is_map()) {
    wait.what = WaitFor::What::heard_sound;
    wait.sound = awaited_sound(what, sounds);
    wait.lasting = kRecognised;
  } else {
    wait.what = choose(what.text(), kAwaited);
  }
  if (wait.what == WaitFor::What::silence) wait.lasting = kSilence;
  const bool lasts = wait.what == WaitFor::What::bot_speaking || wait.what == WaitFor::What::heard_sound ||
                     wait.what == WaitFor::What::silence;
  if (field.has("for") && !lasts) {
    field.at("for").problem("'for' belongs to wait_for: bot_speaking, silence or a sound");
  }
  if (field.has("quiet") && wait.what != WaitFor::What::bot_finished) {
    field.at("quiet").problem("'quiet' belongs to wait_for: bot_finished");
  }
  wait.lasting = field.duration("for", wait.lasting);
  wait.quiet = field.duration("quiet", wait.quiet);
  wait.at_most = field.duration("at_most", wait.at_most);
  return wait;
}

twilio::Step read_step(const Field& field, Sounds& sounds) {
  twilio::Step step;
  step.as = field.is_map() ? field.text("as") : "";
  if (field.has("wait")) {
    step.action = twilio::Wait{field.duration("wait")};
  } else if (field.has("silence")) {
    step.action = twilio::Silence{field.duration("silence")};
  } else if (field.has("wait_until")) {
    step.action = twilio::WaitUntil{field.duration("wait_until")};
  } else if (field.has("no_packets")) {
    step.action = twilio::NoPackets{field.duration("no_packets")};
  } else if (field.has("say")) {
    Sound sound = read_sound(field.at("say"));
    step.action = twilio::Say{std::move(sound.clip), std::move(sound.label)};
  } else if (field.has("press")) {
    twilio::Press press;
    press.keys = field.text("press");
    press.gap = field.duration("gap", press.gap);
    step.action = std::move(press);
  } else if (field.has("listen")) {
    const Field listen = field.at("listen");
    const bool to_the_end = listen.text() == "until_call_ends";
    step.action = twilio::Listen{to_the_end ? std::nullopt : std::optional(listen.duration())};
  } else if (field.has("wait_for")) {
    step.action = read_wait_for(field, sounds);
  } else if (field.is_text() || field.has("hang_up")) {
    step.action = twilio::HangUp{};
  }
  return step;
}

}  // namespace

twilio::CallerScript read_caller(const Field& list, Sounds& sounds) {
  twilio::CallerScript script;
  for (const auto& entry : list.each()) {
    if (!script.empty() && std::holds_alternative<twilio::HangUp>(script.back().action)) {
      entry.problem("this step is never reached: the caller has hung up");
    }
    script.push_back(read_step(entry, sounds));
  }
  return script;
}

void make_replies_known(Scenario& scenario) {
  for (const auto& rule : scenario.model.rules) {
    twilio::KnownSound sound{rule.as, {}, 0};
    for (const auto& output : rule.reply.outputs) {
      const auto* speech = std::get_if<simulators::openai::Speech>(&output);
      if (speech != nullptr) sound.clip.mulaw += speech->mulaw;
    }
    if (sound.name.empty() || !runtime::audio::audible_mulaw(sound.clip.mulaw)) continue;
    for (auto& call : scenario.calls) {
      if (!knows(call.plan.sounds, sound.name)) call.plan.sounds.push_back(sound);
    }
  }
}

void make_others_known(Scenario& scenario) {
  for (auto& call : scenario.calls) {
    for (const auto& other : call.plan.others) {
      const std::string name = speaking(other.name);
      const bool waited_for = std::ranges::any_of(call.plan.caller, [&name](const twilio::Step& step) {
        const auto* wait = std::get_if<twilio::WaitFor>(&step.action);
        return wait != nullptr && wait->sound == name;
      });
      const auto first = std::ranges::find_if(other.script, [](const twilio::Step& step) {
        return std::holds_alternative<twilio::Say>(step.action);
      });
      if (!waited_for || first == other.script.end() || knows(call.plan.sounds, name)) continue;
      call.plan.sounds.push_back({name, std::get<twilio::Say>(first->action).clip, 0});
    }
  }
}

twilio::Outcome read_outcome(const Field& field) {
  return choose(field.text("outcome", "answered"), kOutcomes);
}

std::vector<twilio::ThirdParty> read_others(const Field& map, Sounds& sounds) {
  std::vector<twilio::ThirdParty> others;
  for (const auto& [name, json] : map.json().items()) {
    const Field field = map.at(name);
    twilio::ThirdParty party;
    party.name = name;
    party.number = field.text("number");
    party.outcome = read_outcome(field);
    party.answers_after = field.duration("answers_after", party.answers_after);
    for (const auto& other : others) {
      if (other.number != party.number) continue;
      field.at("number").problem("'" + other.name + "' answers at " + party.number + " already");
    }
    for (const std::string_view key : {"say", "steps"}) {
      if (field.has(key) && party.outcome != twilio::Outcome::answered)
        field.at(key).problem("'" + name + "' does not answer, and says nothing", "outcome: answered");
    }
    if (field.has("say") && field.has("steps"))
      field.at("say").problem("'say' and 'steps' are two scripts", "make 'say' the first of the steps");
    if (field.has("say")) party.script.push_back(read_step(field, sounds));
    if (field.has("steps")) party.script = read_caller(field.at("steps"), sounds);
    others.push_back(std::move(party));
  }
  return others;
}

}  // namespace scenarios::engine
