#include "scenarios/words/explanation.hpp"

#include "scenarios/text/wrap.hpp"
#include "scenarios/words/circumstances.hpp"
#include "scenarios/words/expected.hpp"
#include "scenarios/words/parties.hpp"
#include "scenarios/words/plain.hpp"

#include <fmt/ranges.h>

#include <map>
#include <string_view>
#include <vector>

namespace scenarios::words {
namespace {

using engine::Scenario;
using simulators::twilio::CallPlan;
using simulators::twilio::Direction;
using simulators::twilio::TrackRules;

constexpr std::size_t kMostCallers = 3;  // told one by one, of those who differ

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

/// Whose steps follow: of the calls with these numbers, of `all`.
std::string heading(const std::vector<std::size_t>& numbers, std::size_t all) {
  if (numbers.size() == all) return all == 1 ? "\nThe caller\n" : "\nEvery caller\n";
  const std::string whose = numbers.size() == 1 ? "The caller of call " : "The callers of calls ";
  return fmt::format("\n{}{}\n", whose, fmt::join(numbers, ", "));
}

std::string callers(const Scenario& scenario) {
  std::string out = "\nThe call\n";
  const auto& calls = scenario.calls;
  if (calls.size() > 1) out += paragraph("There are " + std::to_string(calls.size()) + " calls.", 2);
  out += paragraph(who_calls(calls.front().plan) + " " + track_words(calls.front().plan), 2);
  std::map<std::string, std::vector<std::size_t>> doing;  // by the steps: numbers of calls
  for (std::size_t i = 0; i < calls.size(); ++i) doing[steps_of(calls[i].plan)].push_back(i + 1);
  std::map<std::size_t, std::string> told;  // in the order of the calls
  for (const auto& [steps, numbers] : doing) told[numbers.front()] = heading(numbers, calls.size()) + steps;
  std::size_t rest = told.size();
  for (const auto& [first, text] : told) {
    if (told.size() - rest == kMostCallers) break;
    out += text;
    --rest;
  }
  if (rest > 0)
    out += "\nOther calls\n" + item("-", "do likewise, in " + std::to_string(rest) + " more ways");
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
