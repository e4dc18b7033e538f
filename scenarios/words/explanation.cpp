#include "scenarios/words/explanation.hpp"

#include "scenarios/text/wrap.hpp"
#include "scenarios/words/circumstances.hpp"
#include "scenarios/words/expected.hpp"
#include "scenarios/words/parties.hpp"
#include "scenarios/words/plain.hpp"

#include <string_view>

namespace scenarios::words {
namespace {

using engine::Scenario;
using simulators::twilio::CallPlan;
using simulators::twilio::Direction;
using simulators::twilio::TrackRules;

constexpr std::size_t kMostCallers = 3;  // told one by one

std::string paragraph(const std::string& text, std::size_t indent) {
  return std::string(indent, ' ') + text::wrapped(text, indent) + "\n";
}

std::string item(std::string_view sign, const std::string& text) {
  const std::size_t indent = 2 + sign.size() + 1;
  return "  " + std::string(sign) + " " + text::wrapped(text, indent) + "\n";
}

std::string named(const std::string& as) {
  return as.empty() ? "" : " (called '" + as + "' below)";
}

std::string who_calls(const CallPlan& plan) {
  if (plan.direction == Direction::outbound) return "The bridge is asked to call " + plan.to + ".";
  return plan.from + " calls " + plan.to + ", which is the bridge.";
}

std::string track_words(const CallPlan& plan) {
  return plan.rules == TrackRules::twilio_docs
             ? "Twilio treats the TwiML's track as its documentation says."
             : "Twilio treats the TwiML's track as the incident report says: only both_tracks is heard.";
}

std::string beginning(const Scenario& scenario) {
  std::string out = scenario.name + "\n" + paragraph(scenario.about, 2);
  if (scenario.known_failing)
    out += paragraph(
        "Known to fail until " + scenario.known_failing->until + ": " + scenario.known_failing->ticket, 2);
  if (!scenario.time.reason.empty()) {
    out += paragraph(std::string("Runs in ") + (scenario.time.in_real ? "real" : "virtual") +
                         " time only: " + scenario.time.reason,
                     2);
  }
  return out;
}

std::string steps_of(const CallPlan& plan) {
  std::string out;
  std::size_t number = 0;
  for (const auto& one : plan.caller) out += item(std::to_string(++number) + ".", step(one) + named(one.as));
  if (plan.caller.empty()) out += item("-", "says nothing, and hangs up");
  return out;
}

std::string callers(const Scenario& scenario) {
  std::string out = "\nThe call\n";
  const auto& calls = scenario.calls;
  if (calls.size() > 1) out += paragraph("There are " + std::to_string(calls.size()) + " calls.", 2);
  out += paragraph(who_calls(calls.front().plan) + " " + track_words(calls.front().plan), 2);
  for (std::size_t i = 0; i < calls.size() && i < kMostCallers; ++i) {
    const bool same = i > 0 && steps_of(calls[i].plan) == steps_of(calls[0].plan);
    if (same) continue;
    out += calls.size() == 1 ? "\nThe caller\n" : "\nThe caller of call " + std::to_string(i + 1) + "\n";
    out += steps_of(calls[i].plan);
  }
  for (const auto& other : calls.front().plan.others) {
    out += "\n" + other.name + ", who can be reached at " +
           (other.number.empty() ? "any number" : other.number) + "\n";
    std::size_t number = 0;
    for (const auto& one : other.script) out += item(std::to_string(++number) + ".", step(one));
    if (other.script.empty()) out += item("-", "listens");
  }
  return out;
}

std::string model(const Scenario& scenario) {
  std::string out = "\nThe model\n";
  for (const auto& rule : scenario.model.rules)
    out += item("-", occasion(rule) + ", it " + reply(rule.reply) + named(rule.as));
  return out + paragraph(scenario.model.rules.empty() ? "It makes small talk: it has no script."
                                                      : "To anything else it makes small talk.",
                         2);
}

std::string unusual(const Scenario& scenario) {
  const auto lines = circumstances(scenario);
  if (lines.empty()) return {};
  std::string out = "\nUnusual about it\n";
  for (const auto& [what, meaning] : lines) {
    out += item("-", what);
    if (!meaning.empty()) out += paragraph(meaning, 6);
  }
  return out;
}

std::string expectations(const Scenario& scenario) {
  std::string out = "\nIt passes when\n";
  for (const auto& expectation : scenario.expectations) {
    out += item("-", expectation.text);
    const std::string when = window(expectation.window), says = meaning(expectation.check);
    const bool at_end = when == "at the end";
    if (!says.empty()) out += paragraph(says + (at_end ? "" : "; " + when), 6);
    if (says.empty() && !at_end) out += paragraph(when, 6);
    for (const auto& line : glossary(expectation.check)) out += paragraph(line, 6);
  }
  out +=
      item("-",
           "and, as in every scenario: the bridge's own verdict is the truth, no audio is lost without being "
           "accounted for, and it ends within " +
               duration(scenario.limit));
  return out;
}

}  // namespace

std::string explain(const Scenario& scenario) {
  return beginning(scenario) + callers(scenario) + model(scenario) + unusual(scenario) +
         expectations(scenario);
}

}  // namespace scenarios::words
