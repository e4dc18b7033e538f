#include "scenarios/cli/first_call.hpp"

#include "scenarios/engine/compose.hpp"
#include "scenarios/engine/yaml.hpp"
#include "simulators/twilio/rest_form.hpp"
#include "simulators/twilio/user_info.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace scenarios::cli {
namespace twilio = simulators::twilio;
using engine::Fault;
using twilio::CallPlan;

namespace {

std::string word_for(Fault::What what) {
  switch (what) {
    case Fault::What::stall:
      return "stall";
    case Fault::What::reset:
      return "reset";
    case Fault::What::black_hole:
      return "black_hole";
    case Fault::What::throw_in_write:
      return "throw_in_write";
    case Fault::What::intrude:
      return "intrude";
  }
  return "?";
}

bool has_step(const CallPlan& plan, const std::string& name) {
  return std::ranges::find(plan.caller, name, &twilio::Step::as) != plan.caller.end();
}

/// Why a fault would do nothing on a call that no run surrounds.
std::optional<engine::Problem> not_here(const Fault& fault, const CallPlan& plan) {
  const std::string what = word_for(fault.what);
  if (fault.what != Fault::What::stall && fault.what != Fault::What::reset) {
    return engine::Problem{fault.at, "'" + what + "' needs 'linecheck run': on a single call it does nothing",
                           "stall, reset, drop, stop_reading or inject"};
  }
  if (fault.leg == Fault::Leg::openai) {
    return engine::Problem{fault.at, "'" + what + "' on OpenAI's leg needs 'linecheck run': here is Twilio's",
                           "ask the fake OpenAI's control: POST /sessions/0/faults"};
  }
  if (fault.anchor == Fault::Anchor::named && !has_step(plan, fault.after)) {
    return engine::Problem{
        fault.at,
        "no step of the caller's is called '" + fault.after + "': what the model says is unknown here",
        "after: the name of a step"};
  }
  return std::nullopt;
}

twilio::Moment moment_of(const Fault& fault) {
  using When = twilio::Moment::When;
  switch (fault.anchor) {
    case Fault::Anchor::stream_started:
      return {When::stream_started, fault.in, {}};
    case Fault::Anchor::first_bot_frame:
      return {When::first_bot_frame, fault.in, {}};
    case Fault::Anchor::named:
      break;
  }
  return {When::step, fault.in, fault.after};
}

twilio::MediaFault at_twilio(const Fault& fault) {
  if (fault.what == Fault::What::reset) return twilio::DropConnection{moment_of(fault)};
  auto towards = twilio::Towards::both;
  if (fault.towards == Fault::Towards::bridge) towards = twilio::Towards::bridge;
  if (fault.towards == Fault::Towards::peer) towards = twilio::Towards::twilio;
  return twilio::StallPath{moment_of(fault), towards, fault.lasts};
}

/// The parts that a scenario consists of: its own, and those that it includes.
engine::Json parts_of(const engine::Source& source) {
  std::vector<engine::Problem> known;  // there are none: it has been read before
  engine::Source copy(source.file(), source.text());
  auto document = engine::read_yaml(copy, known);
  if (!document) return {};
  (void)engine::compose(*document, copy, known);
  return document->json;
}

void take_call(const engine::Json& keys, const CallPlan& said, CallPlan& plan) {
  if (keys.contains("from")) plan.from = said.from;
  if (keys.contains("to")) plan.to = said.to;
  if (keys.contains("parameters")) plan.parameters = said.parameters;
  if (keys.contains("outcome")) plan.outcome = said.outcome;
  if (keys.contains("answered_by")) plan.answerer.kind = said.answerer.kind;
  if (keys.contains("answered_after")) plan.knobs.outbound_answers_after = said.knobs.outbound_answers_after;
  if (keys.contains("voice_url")) plan.voice_url = seen_from(plan.voice_url, said.voice_url);
  if (keys.contains("fallback_url")) plan.fallback_url = said.fallback_url;
}

/// `twilio:`, without what the call and the line have among the knobs.
void take_manners(const CallPlan& said, CallPlan& plan) {
  const auto answers_after = plan.knobs.outbound_answers_after;
  plan.knobs = said.knobs;
  plan.knobs.outbound_answers_after = answers_after;
  plan.swallowed_marks = said.swallowed_marks;
  plan.answerer.detected_after = said.answerer.detected_after;
  plan.debugger_url = said.debugger_url;
}

/// What is recognised: a name that both know is what was said last.
void take_sounds(std::vector<twilio::KnownSound> said, CallPlan& plan) {
  for (auto& sound : plan.sounds) {
    if (std::ranges::find(said, sound.name, &twilio::KnownSound::name) == said.end())
      said.push_back(std::move(sound));
  }
  plan.sounds = std::move(said);
}

CallPlan on_top(const engine::Json& parts, CallPlan said, CallPlan plan) {
  plan.direction = said.direction;
  if (parts.contains("track_rules")) plan.rules = said.rules;
  if (parts.contains("twilio")) take_manners(said, plan);
  if (parts.contains("call")) take_call(parts["call"], said, plan);
  if (parts.contains("line")) {
    plan.line = said.line;
    plan.packets = said.packets;
  }
  plan.knobs.callback_delay_max = plan.line.callbacks_late;
  if (parts.contains("calls") && said.from != CallPlan().from) plan.from = said.from;
  if (!said.caller.empty()) plan.caller = std::move(said.caller);
  if (parts.contains("others")) plan.others = std::move(said.others);
  if (parts.contains("faults")) plan.faults = std::move(said.faults);
  take_sounds(std::move(said.sounds), plan);
  return plan;
}

}  // namespace

std::string seen_from(const std::string& base, const std::string& reference) {
  if (twilio::is_web_url(reference)) return reference;  // with its fragment, which overrides timeouts
  return twilio::resolve_web_url(base, reference).value_or(reference);
}

FirstCall first_call(std::variant<engine::Scenario, std::string> read) {
  if (auto* error = std::get_if<std::string>(&read)) return std::move(*error);
  auto& scenario = std::get<engine::Scenario>(read);
  CallPlan& plan = scenario.calls.front().plan;
  std::vector<engine::Problem> problems;
  for (const Fault& fault : scenario.faults) {
    if (fault.call != 1) continue;  // of a call that is not placed either
    if (auto problem = not_here(fault, plan)) {
      problems.push_back(std::move(*problem));
    } else {
      plan.faults.push_back(at_twilio(fault));
    }
  }
  for (const auto& visitor : scenario.visitors) {
    problems.push_back({visitor.at, "a visitor needs 'linecheck run': beside a single call nobody comes",
                        "leave 'visitors' out"});
  }
  if (!problems.empty()) return engine::describe(*scenario.source, std::move(problems));
  return std::move(plan);
}

FirstCall first_call(std::variant<engine::Scenario, std::string> read, const CallPlan& otherwise) {
  const auto* scenario = std::get_if<engine::Scenario>(&read);
  if (scenario != nullptr && scenario->calls.size() > 1) {
    return scenario->source->file().string() + ": 'calls' places " + std::to_string(scenario->calls.size()) +
           " calls, and this is about one: ask once for each, or let 'linecheck run' place them\n";
  }
  const engine::Json parts = scenario == nullptr ? engine::Json() : parts_of(*scenario->source);
  FirstCall first = first_call(std::move(read));
  auto* plan = std::get_if<CallPlan>(&first);
  if (plan == nullptr) return first;
  return on_top(parts, std::move(*plan), otherwise);
}

}  // namespace scenarios::cli
