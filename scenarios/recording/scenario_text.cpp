#include "scenarios/recording/scenario_text.hpp"

#include "runtime/audio/level.hpp"
#include "scenarios/recording/caller_script.hpp"
#include "scenarios/recording/expectations.hpp"
#include "scenarios/recording/model_script.hpp"
#include "scenarios/recording/redaction.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
constexpr Duration kUsualLimit = 90s;
const char* const kRedacted =
    "# Redacted: numbers of five digits and more, said or pressed (others stand for them), sids, API keys, "
    "tokens,\n"
    "# mail addresses; the model's instructions and the tools' descriptions are left out.\n";
const char* const kLookOver =
    "# Look over before it leaves your hands: the clips hold the voices as they were, transcripts and the "
    "tools'\n"
    "# arguments may hold names and other things that were said, and shorter numbers (a PIN) are as they "
    "were.\n";

/// Puts the file together, part by part.
class Writer {
 public:
  Writer(const Recording& recording, const Verdict& verdict, const Naming& naming)
      : recording_(recording),
        verdict_(verdict),
        naming_(naming),
        model_(recording, naming.name, redaction_) {}

  RecordedScenario write() {
    clip_caller();
    const auto call = call_part();
    const auto model = model_.rules();
    const auto expect = expectations(recording_, verdict_, model_);
    const auto config = bridge_part();
    out_.notes = recording_.notes;
    for (const auto& note : model_.notes()) out_.notes.push_back(note);
    if (verdict_.verdict.empty())
      out_.notes.push_back("the wires alone do not tell the verdict: none is expected");
    std::string& text = out_.yaml;
    text = header();
    text += call + config;
    text += "\ncaller:\n";
    for (const auto& step : caller_script(recording_, caller_clips_, redaction_))
      text += "  - " + step + "\n";
    if (!model.empty()) text += "\nmodel:\n" + model;
    text += "\nexpect:\n" + expect;
    for (auto& clip : model_.take_clips()) out_.clips.push_back(std::move(clip));
    out_.clips.push_back(
        {heard_clip(naming_.name), {runtime::audio::mulaw_decode(recording_.heard_track()), 8000}});
    return std::move(out_);
  }

 private:
  std::string header() const {
    std::string text;
    if (!naming_.schema.empty()) text += "# yaml-language-server: $schema=" + naming_.schema + "\n";
    text += "# Recorded by `linecheck record` from a call, both sides of it.\n";
    text += kRedacted;
    text += kLookOver;
    for (const auto& note : out_.notes) text += "# Look over: " + note + ".\n";
    text += "linecheck: 1\nname: " + naming_.name + "\n";
    text += "about: A call as it was recorded, which lasted " + duration_text(length()) + ".\n";
    text += "tags: [recorded]\n";
    if (length() > kUsualLimit)
      text += "limit: " + duration_text(std::chrono::ceil<std::chrono::seconds>(length() * 2)) + "\n";
    if (recording_.incident_rules || (recording_.swallowed && recording_.of_fakes))
      text += "track_rules: incident_report\n";
    return text;
  }
  Duration length() const { return recording_.ended - recording_.began; }

  void clip_caller() {
    std::size_t number = 0;
    for (const auto& act : recording_.caller) {
      // First, so that what was pressed is told by the same digits wherever it is.
      if (const auto* presses = std::get_if<Presses>(&act)) redaction_.keys(presses->keys);
      const auto* says = std::get_if<Says>(&act);
      if (says == nullptr) continue;
      caller_clips_.push_back(naming_.name + "-caller-" + std::to_string(++number) + ".wav");
      out_.clips.push_back({caller_clips_.back(), {runtime::audio::mulaw_decode(says->mulaw), 8000}});
    }
  }

  std::string call_part() {
    const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
    std::string text;
    if (recording_.outbound) {
      text += "call: {direction: outbound";
      if (!recording_.to.empty()) text += ", to: " + quoted(redaction_.party(recording_.to));
      text += "}\n";
    } else if (!recording_.from.empty()) {
      text += "call: {from: " + quoted(redaction_.party(recording_.from));
      if (recording_.to.starts_with('+')) text += ", to: " + quoted(redaction_.party(recording_.to));
      text += "}\n";
    }
    if (recording_.line_pauses) text += "line: {packets: dtx}\n";
    if (recording_.refused != 0 && recording_.configured == 0)
      text += "openai: {refuse: {http: " + std::to_string(recording_.refused) + "}}\n";
    return text;
  }

  std::string bridge_part() {
    std::string agent;
    if (recording_.bridge_responds) agent += "      turn_detection: {responses: bridge}\n";
    agent += model_.tool_config();
    std::string config;
    if (!agent.empty()) config += "    agent:\n" + agent;
    if (recording_.swallowed && recording_.of_fakes && !recording_.incident_rules)
      config += "    twiml: {track: inbound_track}\n";
    return model_.tool_servers() + (config.empty() ? "" : "bridge:\n  config:\n" + config);
  }

  const Recording& recording_;
  const Verdict& verdict_;
  const Naming& naming_;
  Redaction redaction_;
  ModelScript model_;
  RecordedScenario out_;
  std::vector<std::string> caller_clips_;
};

}  // namespace

std::string heard_clip(const std::string& name) {
  return name + "-heard.wav";
}

RecordedScenario to_scenario(const Recording& recording, const Verdict& verdict, const Naming& naming) {
  return Writer(recording, verdict, naming).write();
}

}  // namespace scenarios::recording
