#include "scenarios/words/expected.hpp"

#include "metrics/catalogue.hpp"
#include "runtime/core/overloaded.hpp"
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/words/plain.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scenarios::words {
namespace {

using namespace engine;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kVerdicts{{
    {"normal", "the caller was answered, and heard it"},
    {"openai_not_generating", "OpenAI owed an answer, and no sound of it came"},
    {"pipeline_blockage", "OpenAI's sound reached the bridge, and got stuck there"},
    {"twilio_or_network", "the bridge sent the sound, and the caller's phone never played it"},
    {"openai_unreachable", "the bridge never got a session with OpenAI"},
    {"openai_misconfigured", "OpenAI did not confirm the format of the audio"},
    {"stream_never_started", "the call was answered, and Twilio never opened its media stream"},
    {"bridge_fault", "something threw inside of the bridge, and the call was ended by that"},
    {"no_caller_audio", "nothing of the caller's voice ever reached the bridge"},
    {"no_turn", "the caller was connected, and was not understood to have spoken"},
    {"not_answered", "nobody took the call"},
    {"too_short", "the call was over before there was anything to judge"},
}};

std::string verdict_meaning(const VerdictCheck& check) {
  for (const auto& [verdict, says] : kVerdicts) {
    if (verdict == check.verdict) return std::string(says);
  }
  return {};
}

std::string heard_meaning(const HeardCheck& check) {
  if (check.nothing) return "nothing comes out of the caller's phone, from beginning to end";
  if (check.silence)
    return "nothing comes out of the caller's phone for " + duration(*check.silence) + " or longer";
  const std::string what = check.audio.name;
  if (check.absent)
    return "nothing of '" + what + "' comes out of the caller's phone, or less than 200 ms in one go";
  std::string text = "'" + what + "' comes out of the caller's phone";
  if (check.complete) text += ", all of it, without a gap";
  if (check.only) text += ", and nothing else does";
  return text;
}

std::string received_meaning(const ModelReceivedCheck& check) {
  std::vector<std::string> parts;
  if (check.audio)
    parts.push_back("the sound of '" + check.audio->name + "'" + (check.complete ? ", all of it" : ""));
  if (check.text) parts.push_back("a text with " + cited(*check.text));
  if (check.tool_output) parts.push_back("the result of the tool " + *check.tool_output);
  if (!check.session.empty()) parts.push_back("these settings of the session");
  if (check.truncate_heard) parts.push_back("how much of an interrupted answer the caller had heard");
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "the model is told " : ", and ") + part;
  return text;
}

std::string called_meaning(const ToolCalledCheck& check) {
  const bool never = check.times == 0U;
  std::string text = "the model ";
  if (never) text += "never ";
  text += "calls the tool " + check.name;
  if (check.arguments) text += " with " + *check.arguments;
  if (check.times && !never) text += *check.times == 1 ? ", once" : fmt::format(", {} times", *check.times);
  if (!check.output.empty()) text += ", and is told " + cited(check.output);
  if (check.output_json) text += ", and is told " + *check.output_json;
  if (check.output.empty() && !check.output_json && !never) text += ", and is told what came of it";
  return text;
}

std::string ender(const std::string& who) {
  if (who == "caller") return "the caller ends the call";
  if (who == "bridge") return "the call ends since the bridge closed its media stream";
  if (who == "rest") return "the bridge asks Twilio to end the call, and it ends";
  if (who == "twilio") return "Twilio ends the call, since no verb of its TwiML is left";
  return who == "time_limit" ? "Twilio ends the call at its time limit" : "nobody answers the call";
}

/// "no", "exactly 2" or "at least one", of what is counted.
std::string how_many(const std::optional<std::size_t>& times, const std::string& one,
                     const std::string& many) {
  if (!times) return "at least one " + one;
  if (*times == 0) return "no " + one;
  return *times == 1 ? "exactly one " + one : fmt::format("exactly {} {}", *times, many);
}

std::string log_meaning(const LogCheck& check) {
  const bool several = check.count.value_or(0) > 1;
  return how_many(check.count, "line", "lines") + " of the bridge's log " + (several ? "hold " : "holds ") +
         (check.matches.empty() ? cited(check.contains) : "what fits the pattern " + check.matches);
}

std::string received_meaning(const HttpReceivedCheck& check) {
  std::string text =
      how_many(check.times, "request", "requests") + " of the bridge's reaches the server " + check.server;
  if (check.times.value_or(0) > 1) text.replace(text.find(" reaches "), 9, " reach ");
  if (check.request) text += ", as " + check.request->text();
  if (check.json || !check.contains.empty()) text += ", with this in its body";
  if (!check.headers.empty()) text += ", with these headers";
  return text;
}

std::string visitor_meaning(const VisitorCheck& check) {
  std::vector<std::string> parts;
  if (check.status)
    parts.push_back(*check.status == VisitorCheck::kUnanswered
                        ? std::string("gets no answer")
                        : fmt::format("is answered with {}", *check.status));
  if (!check.contains.empty()) parts.push_back("reads " + cited(check.contains));
  if (check.closed_within)
    parts.push_back("has its connection closed by the bridge after " + duration(check.closed_within->first) +
                    " to " + duration(check.closed_within->second));
  return (check.times ? how_many(check.times, "connection", "connections") + " of " : "the visitor ") +
         check.name + " " + fmt::format("{}", fmt::join(parts, ", and "));
}

std::string bridge_meaning(const BridgeCheck& check) {
  std::string text;
  if (check.running) text = *check.running ? "it runs" : "it does not run any more";
  if (check.exit_code)
    text += (text.empty() ? "it" : ", and") + fmt::format(" ended with exit code {}", *check.exit_code);
  return "of the bridge's process " + std::to_string(check.replica) + ": " + text;
}

std::string recording_meaning(const RecordingCheck& check) {
  if (check.none) return "the bridge keeps no file of the call's sound";
  const auto names = [](const std::vector<NamedAudio>& sounds) {
    std::vector<std::string> named;
    for (const auto& sound : sounds) named.push_back("'" + sound.name + "'");
    return fmt::format("{}", fmt::join(named, ", "));
  };
  std::string text = "the bridge keeps a file of the call's sound, as it was";
  if (!check.caller.empty()) text += ": " + names(check.caller) + " of the caller's on the left";
  if (!check.bot.empty())
    text += (check.caller.empty() ? ": " : ", ") + names(check.bot) + " of the bot's on the right";
  return text;
}

std::string codes_text(const std::vector<int>& codes) {
  return codes.empty() ? "none" : fmt::format("{}", fmt::join(codes, ", "));
}

std::string call_meaning(const CallCheck& check) {
  std::vector<std::string> parts;
  if (check.ended_by) parts.push_back(ender(*check.ended_by));
  if (check.status) parts.push_back("its status at Twilio is in the end " + *check.status);
  if (check.twilio_errors) parts.push_back("Twilio's errors are " + codes_text(*check.twilio_errors));
  if (check.streams)
    parts.push_back(how_many(check.streams, "media stream is", "media streams are") + " opened");
  if (check.stream_close_code)
    parts.push_back(fmt::format("the bridge closes the media stream with {}", *check.stream_close_code));
  if (check.openai_close_code)
    parts.push_back(fmt::format("the bridge closes OpenAI's session with {}", *check.openai_close_code));
  if (check.debugger_told)
    parts.push_back("what Twilio's Debugger posts are the errors " + codes_text(*check.debugger_told));
  if (check.dialed) parts.push_back(*check.dialed + " is dialled");
  if (check.silence_before_end)
    parts.push_back("between the bot's last sound and the end are " +
                    duration(check.silence_before_end->first) + " to " +
                    duration(check.silence_before_end->second));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string window(const Window& window) {
  const std::string anchor = window.after ? "'" + *window.after + "' began" : "the start";
  const bool begins = window.from == Duration(0);
  const bool whole = begins && !window.after && !window.to;
  std::string how;
  if (window.mode == Window::Mode::at_end && whole) return "at the end";
  if (window.mode == Window::Mode::always) how = whole ? "all the time" : "all the time ";
  if (window.mode == Window::Mode::never) how = whole ? "never" : "never ";
  if (window.mode == Window::Mode::within && !window.to) how = whole ? "at some moment" : "at some moment ";
  if (whole) return how;
  if (!window.to) return how + "from " + (begins ? "" : duration(window.from) + " after ") + anchor + " on";
  if (begins) return how + "within " + duration(*window.to) + " after " + anchor;
  return how + "between " + duration(window.from) + " and " + duration(*window.to) + " after " + anchor;
}

std::string meaning(const Check& check) {
  return std::visit(
      runtime::Overloaded{
          [](const VerdictCheck& verdict) { return verdict_meaning(verdict); },
          [](const HeardCheck& heard) { return heard_meaning(heard); },
          [](const ModelReceivedCheck& received) { return received_meaning(received); },
          [](const ToolCalledCheck& called) { return called_meaning(called); },
          [](const OrderCheck&) { return std::string("these messages, one after the other"); },
          [](const TwimlCheck&) { return std::string("what the bridge answers Twilio's webhook with"); },
          [](const CallCheck& call) { return call_meaning(call); },
          [](const LogCheck& log) { return log_meaning(log); },
          [](const HttpReceivedCheck& received) { return received_meaning(received); },
          [](const VisitorCheck& visitor) { return visitor_meaning(visitor); },
          [](const BridgeCheck& bridge) { return bridge_meaning(bridge); },
          [](const RecordingCheck& recording) { return recording_meaning(recording); },
          [](const AlertCheck& alerts) {
            return "what a Prometheus with metrics/alerts makes of it" +
                   std::string(alerts.during ? "" : ", and of ten calm minutes afterwards");
          },
          [](const auto&) { return std::string(); },
      },
      check);
}

std::vector<std::string> glossary(const Check& check) {
  std::vector<std::string> lines;
  const auto* query = std::get_if<QueryCheck>(&check);
  if (query == nullptr || query->query == nullptr) return lines;
  for (const auto& name : query->query->metric_names()) {
    const auto* family = metrics::find_family(name);
    if (family != nullptr) lines.push_back(name + ": " + std::string(family->help));
  }
  return lines;
}

}  // namespace scenarios::words
