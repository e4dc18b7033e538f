#include "scenarios/recording/expectations.hpp"

#include "runtime/audio/level.hpp"
#include "scenarios/engine/audio_search.hpp"
#include "scenarios/recording/caller_script.hpp"

#include <algorithm>
#include <chrono>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
constexpr Duration kReaction = 2s;  // within which an interruption shows

std::string line(const std::string& text) {
  return "  - " + text + "\n";
}

/// How much of a reply was heard, in the words of `heard:`; empty: none.
std::string heard(const std::vector<engine::Run>& runs, const std::string& mulaw, const std::string& name) {
  if (!runtime::audio::audible_mulaw(mulaw)) return {};
  if (engine::find_whole(runs, mulaw).length > 0) return "{heard: " + name + ", complete: true}";
  if (engine::find_stretch(runs, mulaw, kProof).length > 0) return "{heard: " + name + "}";
  const auto alike = engine::find_alike(runs, mulaw);
  if (alike.whole) return "{heard: " + name + ", alike: true, complete: true}";
  return alike.match.length >= kProof ? "{heard: " + name + ", alike: true}" : "";
}

std::string replies_heard(const Recording& recording, const ModelScript& model) {
  std::string text;
  if (recording.swallowed) return line("heard: nothing");
  const auto runs = engine::runs_of(recording.heard);
  for (std::size_t i = 0; i < recording.responses.size(); ++i) {
    const auto said = heard(runs, recording.responses[i].mulaw(), model.reply_name(i));
    if (!said.empty()) text += line(said);
  }
  return text;
}

std::optional<TimePoint> first_after(const std::vector<TimePoint>& moments, TimePoint from, TimePoint to) {
  for (const auto at : moments) {
    if (at >= from && at <= to) return at;
  }
  return std::nullopt;
}

/// What the caller interrupted: the bridge cleared, and told the model how far it was heard.
std::string interruption(const Recording& recording, const Says& says, const std::string& name) {
  const auto until = says.end + kReaction;
  const auto started = first_after(recording.speech_started, says.begin, until);
  if (!started) return {};
  const auto order = [&](const std::vector<TimePoint>& moments, const char* message) {
    const auto at = first_after(moments, *started, *started + kReaction);
    if (!at) return std::string();
    const auto within = std::chrono::ceil<std::chrono::seconds>(*at - says.begin + 1s);
    return line("{after: " + name + ", within: " + duration_text(within) +
                ", order: [openai.speech_started, " + message + "]}");
  };
  return order(recording.clears, "twilio.clear") + order(recording.truncated, "openai.truncate");
}

std::string what_the_model_received(const Recording& recording, const ModelScript& model) {
  std::string text;
  std::size_t said = 0;
  for (const auto& act : recording.caller) {
    const auto* says = std::get_if<Says>(&act);
    if (says == nullptr) continue;
    const auto name = says_name(++said);
    if (recording.appended.find(says->mulaw) != std::string::npos)
      text += line("{model_received: {speech: " + name + "}, complete: true}");
    text += interruption(recording, *says, name);
  }
  for (const auto& received : recording.texts) {
    const bool keys = received.find_first_not_of("0123456789*#ABCD") == std::string::npos;
    if (keys) text += line("{model_received: {text: " + model.quoted(received) + "}}");
  }
  std::vector<std::string> tools;
  for (const auto& answer : recording.tools) {
    if (std::ranges::find(tools, answer.tool) != tools.end()) continue;
    tools.push_back(answer.tool);
    text += line("{model_received: {tool_output: " + answer.tool + "}}");
  }
  return text;
}

std::string call_end(const Recording& recording) {
  if (!recording.of_fakes) return {};
  switch (recording.end) {
    case Recording::End::caller:
      return line("call: {ended_by: caller}");
    case Recording::End::rest:
      return line("call: {ended_by: rest}");
    case Recording::End::bridge:
    case Recording::End::unknown:
      break;
  }
  return {};
}

}  // namespace

std::string expectations(const Recording& recording, const Verdict& verdict, const ModelScript& model) {
  std::string text;
  const bool reason = !verdict.reason.empty() && verdict.reason != "none" && verdict.verdict != "normal";
  if (!verdict.verdict.empty())
    text += line(reason ? "verdict: {is: " + verdict.verdict + ", reason: " + verdict.reason + "}"
                        : "verdict: " + verdict.verdict);
  text += replies_heard(recording, model);
  text += what_the_model_received(recording, model);
  text += call_end(recording);
  return text.empty() ? line("call: {streams: 1}") : text;
}

}  // namespace scenarios::recording
