// What a scenario has and its run never came to: a mistake of its author's more often than not.
#include "scenarios/engine/conductor.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using simulators::openai::ResponseFacts;
using simulators::openai::Trigger;

std::string named(const std::string& what, const std::string& as) {
  return as.empty() ? what : what + " (" + as + ")";
}

/// Each once, with how often it was there: the callers of many calls do the same.
std::vector<std::string> counted(const std::vector<std::string>& said) {
  std::vector<std::string> once;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto first = said.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(said.begin(), first, said[i]) != first) continue;
    const auto times = std::count(first, said.end(), said[i]);
    once.push_back(times == 1 ? said[i] : fmt::format("{} ({} times)", said[i], times));
  }
  return once;
}

std::string_view word(BridgeEvent::What what) {
  switch (what) {
    case BridgeEvent::What::sigterm:
      return "sigterm";
    case BridgeEvent::What::kill:
      return "kill";
    case BridgeEvent::What::start:
      return "start";
    case BridgeEvent::What::reload:
      return "reload";
    case BridgeEvent::What::end_calls:
      return "end_calls";
    case BridgeEvent::What::hold:
      return "hold";
  }
  return "?";
}

std::string where_it_stands(const Mark& at) {
  return fmt::format("line {}{}", at.line, at.file == 0 ? "" : " of an included file");
}

/// What the model was asked for, where its rules were looked through in vain. Empty: small talk is what an
/// author expects there.
std::string unforeseen(const ResponseFacts& response) {
  switch (response.trigger) {
    case Trigger::text:
      return "was told '" + response.input_text + "'";
    case Trigger::tool_result:
      return "was given the result of '" + response.input_text + "'";
    case Trigger::caller_turn:
      return "had heard the caller";
    default:
      return {};
  }
}

}  // namespace

void Conductor::note_unused() {
  note_never_struck();
  note_model();
  note_steps();
  note_mcp_servers();
  note_others();
}

void Conductor::note_model() {
  for (const auto index : openai_->unused_rules()) {
    const auto& rule = scenario_.model.rules[index];
    unused_.push_back(named("model rule " + std::to_string(index + 1), rule.as) + " was never used");
  }
  if (scenario_.model.rules.empty()) return;
  constexpr std::size_t kMost = 5;
  std::size_t told = 0;
  for (const auto& session : openai_->sessions()) {
    for (const auto& response : session.responses) {
      const std::string what = response.rule ? std::string() : unforeseen(response);
      if (what.empty() || ++told > kMost) continue;
      unused_.push_back(fmt::format("at {:.2f} s the model {}, and no rule fits: it made small talk",
                                    runtime::seconds(response.due_at - start_), what));
    }
  }
}

/// Calls are placed in the order of their times, and not in that of the scenario.
const simulators::twilio::CallFacts* Conductor::placed(std::size_t number) const {
  const auto calls = twilio_->calls();
  const auto& planned = scenario_.calls;
  std::size_t before = 0;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const auto at = planned[number - 1].at;
    if (planned[i].at < at || (planned[i].at == at && i + 1 < number)) ++before;
  }
  return before < calls.size() ? calls[before] : nullptr;
}

void Conductor::note_never_struck() {
  std::size_t number = 0;
  for (const auto& fault : scenario_.written_faults) {
    ++number;
    const auto* call = placed(fault.call);
    const bool struck = fault.in_network ? faults_struck_.contains(*fault.in_network)
                                         : call != nullptr && call->faults_struck.contains(*fault.in_plan);
    if (!struck)
      never_struck_.push_back(
          fmt::format("fault {} ({}, {}) never struck", number, fault.what, where_it_stands(fault.at)));
  }
  for (std::size_t i = 0; i < scenario_.bridge.events.size(); ++i) {
    const auto& event = scenario_.bridge.events[i];
    if (events_befallen_.contains(i)) continue;
    never_struck_.push_back(fmt::format("event {} of the bridge ({}, {}) never happened", i + 1,
                                        word(event.what), where_it_stands(event.at)));
  }
  for (const auto& visitor : scenario_.visitors) {
    if (!visitors_.visits().contains(visitor.name))
      never_struck_.push_back(
          fmt::format("visitor '{}' ({}) never came", visitor.name, where_it_stands(visitor.at)));
  }
  for (const auto place : openai_->idle_faults()) {
    never_struck_.push_back(fmt::format("openai fault {} ({}) never struck", place + 1,
                                        scenario_.openai.faults[place].what->name));
  }
}

void Conductor::note_steps() {
  std::vector<std::string> said;
  for (const auto* call : twilio_->calls()) {
    for (const auto& step : call->steps) {
      const std::string name = "caller step \"" + step.what + "\"";
      if (!step.began_at) said.push_back(name + " was never reached");
      if (step.timed_out) {
        said.push_back(fmt::format("{} waited in vain, and went on after {:.2f} s", name,
                                   runtime::seconds(*step.ended_at - *step.began_at)));
      }
      if (step.late > runtime::Duration(0)) {
        said.push_back(fmt::format("{} came {:.2f} s too late, and waited for nothing", name,
                                   runtime::seconds(step.late)));
      }
    }
  }
  for (auto& line : counted(said)) unused_.push_back(std::move(line));
}

/// A real service would know nothing of a server that its client never named, and call none of its tools.
void Conductor::note_mcp_servers() {
  std::set<std::string> named;
  std::vector<std::string> said;
  for (const auto& session : openai_->sessions()) {
    named.insert(session.servers.begin(), session.servers.end());
    for (const auto& response : session.responses) {
      for (const auto& item : response.items) {
        if (item.server.empty() || session.servers.contains(item.server)) continue;
        said.push_back("the model called a tool of the MCP server '" + item.server +
                       "', which the session's tools do not name");
      }
    }
  }
  for (auto& line : counted(said)) unused_.push_back(std::move(line));
  for (const auto& [label, unused] : scenario_.openai.mcp_servers) {
    if (!named.contains(label)) unused_.push_back("openai.mcp: no session named '" + label + "'");
  }
}

/// Servers that were never asked, and people who were never rung.
void Conductor::note_others() {
  for (const auto& server : http_.servers()) {
    for (const auto& route : server.idle_routes())
      unused_.push_back(fmt::format("http {}: '{}' was never asked", server.name(), route));
  }
  if (scenario_.calls.empty()) return;
  for (const auto& other : scenario_.calls.front().plan.others) {
    const bool rung = std::ranges::any_of(twilio_->calls(), [&](const auto* call) {
      return std::ranges::any_of(call->children, [&](const auto& leg) { return leg->to == other.number; });
    });
    if (!rung) unused_.push_back("'" + other.name + "' of others was never dialled");
  }
}

}  // namespace scenarios::engine
