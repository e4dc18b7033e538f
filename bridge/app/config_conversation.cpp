// How a conversation goes: who takes turns, keys, and a line on which nobody speaks.
#include "bridge/app/config_parser.hpp"

#include <fmt/format.h>

namespace bridge::app {
namespace {

using Detector = openai::SessionSettings::Detector;

int whole_ms(runtime::Duration d) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

/// Keys that mean nothing beside another choice.
void not_with(Section& section, std::initializer_list<std::string_view> keys, std::string_view choice,
              std::string_view right) {
  for (const auto key : keys) {
    if (section.has(key))
      section.wrong(key, fmt::format("means nothing with `{}`", choice), std::string(right));
  }
}

}  // namespace

void ConfigParser::turn_detection(Section turn, call::Settings::Model& into) {
  auto& session = into.session;
  if (const auto type = turn.choice("type", {"server_vad", "semantic_vad"}, "server_vad")) {
    session.detector = *type == 0 ? Detector::server_vad : Detector::semantic_vad;
  }
  if (session.detector == Detector::semantic_vad) {
    not_with(turn, {"threshold", "prefix_padding", "silence_duration", "idle_timeout"}, "type: semantic_vad",
             "it belongs to `type: server_vad`; semantic_vad has `eagerness`");
  } else {
    not_with(turn, {"eagerness"}, "type: server_vad", "it belongs to `type: semantic_vad`");
  }
  turn.number("threshold", session.threshold, 0, 1);
  runtime::Duration padding = std::chrono::milliseconds(session.prefix_padding_ms);
  turn.duration("prefix_padding", padding, 0ms, 10s);
  session.prefix_padding_ms = whole_ms(padding);
  runtime::Duration silence = std::chrono::milliseconds(session.silence_duration_ms);
  turn.duration("silence_duration", silence, 10ms, 10s);
  session.silence_duration_ms = whole_ms(silence);
  idle_timeout(turn, session);
  if (turn.choice("eagerness", {"auto", "low", "medium", "high"})) turn.text("eagerness", session.eagerness);
  if (session.detector == Detector::semantic_vad) turn.show("eagerness", session.eagerness);
  responses(turn, into);
  if (session.detector == Detector::semantic_vad) {
    for (const auto* key : {"threshold", "prefix_padding", "silence_duration"}) turn.hide(key);
  }
  turn.finish();
}

void ConfigParser::idle_timeout(Section& turn, openai::SessionSettings& session) {
  if (!turn.has("idle_timeout")) return;
  runtime::Duration timeout{0};
  turn.duration("idle_timeout", timeout, 5s, 30s);
  session.idle_timeout_ms = whole_ms(timeout);
  if (session.dialect != openai::Dialect::beta) return;
  turn.wrong("idle_timeout", "is not known to the beta dialect", "use `idle: {prompt_after: ...}`");
}

void ConfigParser::responses(Section& turn, call::Settings::Model& into) {
  auto& session = into.session;
  const auto by = turn.choice("responses", {"server", "bridge"});
  if (by && *by == 1) {
    not_with(turn, {"interrupt_response"}, "responses: bridge",
             "the bridge cancels by itself, after `min_speech`");
    not_with(turn, {"idle_timeout"}, "responses: bridge",
             "it has the service respond; the bridge's own is `idle: {prompt_after: ...}`");
    session.create_response = session.interrupt_response = false;
  } else {
    not_with(turn, {"min_speech"}, "responses: server",
             "the service interrupts at the first sound: add `responses: bridge`");
    turn.flag("interrupt_response", session.interrupt_response);
  }
  if (!by) turn.show("responses", into.bridge_responds() ? "bridge" : "server");
  turn.duration("min_speech", into.min_speech, 0ms, 3s);
  if (!into.bridge_responds()) turn.hide("min_speech");
}

void ConfigParser::dtmf(Section& parent, call::Settings& into) {
  auto& dtmf = into.dtmf;
  if (!parent.has("dtmf")) return parent.show("dtmf", dtmf.to_model ? "text" : "ignored");
  const auto value = parent.node("dtmf");
  if (value.IsScalar()) {
    if (const auto which = parent.choice("dtmf", {"ignored", "text"})) dtmf.to_model = *which == 1;
    return;
  }
  auto section = parent.section("dtmf");
  section.duration("gap", dtmf.grouping.gap, 100ms, 30s);
  section.count("most", dtmf.grouping.most, 1, 256);
  section.flag("interrupts", dtmf.interrupts);
  if (section.has("terminator")) {
    std::string key;
    section.text("terminator", key);
    const bool one =
        key.size() == 1 && std::string_view("0123456789*#ABCD").find(key) != std::string_view::npos;
    if (one || key == "none") {
      dtmf.grouping.terminator = one ? key.front() : '\0';
    } else {
      section.wrong("terminator", fmt::format("is `{}`", key),
                    "expected one key in quotes, such as \"#\" or \"*\" (# alone begins a comment), or none");
    }
  }
  section.finish();
}

void ConfigParser::idle(Section& parent, call::Settings& into) {
  auto section = parent.section("idle");
  const auto limit = [&](std::string_view key, std::optional<runtime::Duration>& value) {
    if (!section.has(key)) return;
    runtime::Duration given{0};
    section.duration(key, given, 1s, 1h);
    if (given > runtime::Duration(0)) value = given;
  };
  limit("prompt_after", into.idle.prompt_after);
  limit("hang_up_after", into.idle.hang_up_after);
  section.text("prompt", into.idle_prompt);
  section.finish();
}

}  // namespace bridge::app
