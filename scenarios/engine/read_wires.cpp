// What is expected of what went over the wires, and of the bridge's log.
#include "scenarios/engine/promql/pattern.hpp"
#include "scenarios/engine/reading.hpp"
#include "scenarios/engine/wire_events.hpp"

#include <algorithm>
#include <variant>

namespace scenarios::engine {
namespace {

void check_message(const Field& entry) {
  const std::string message = entry.text();
  const auto known = wire_events(message.substr(0, message.find('.')));
  if (std::ranges::find(known, message) != known.end()) return;
  const std::string near = nearest(message, known);
  entry.problem("no message is called '" + message + "'",
                near.empty() ? "docs/openai-events.md lists OpenAI's" : "did you mean '" + near + "'?");
}

}  // namespace

TwimlCheck read_twiml_check(const Field& field) {
  TwimlCheck check;
  if (field.has("track")) check.track = field.text("track");
  if (field.has("contains")) check.contains = field.text("contains");
  if (field.has("carries_sound")) check.carries_sound = field.flag("carries_sound");
  if (field.has("parameters")) {
    for (const auto& entry : field.at("parameters").each()) check.parameters.push_back(entry.text());
  }
  return check;
}

OrderCheck read_order_check(const Field& field, std::optional<std::size_t> call) {
  OrderCheck check;
  check.call = call;
  for (const auto& entry : field.each()) {
    check.messages.push_back(entry.text());
    check_message(entry);
  }
  return check;
}

LogCheck read_log_check(const Field& field) {
  LogCheck check;
  if (field.is_text()) {
    check.contains = field.text();
    return check;
  }
  check.contains = field.text("contains");
  check.matches = field.text("matches");
  if (field.has("count")) check.count = static_cast<std::size_t>(field.number("count"));
  const auto read = promql::read_pattern(check.matches);
  if (const auto* wrong = std::get_if<std::string>(&read))
    field.at("matches").problem(*wrong, "brackets that are meant literally need a backslash");
  return check;
}

}  // namespace scenarios::engine
