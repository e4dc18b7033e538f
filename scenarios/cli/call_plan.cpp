#include "scenarios/cli/call_plan.hpp"

#include "scenarios/cli/first_call.hpp"
#include "scenarios/cli/scripts.hpp"
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/measures.hpp"
#include "simulators/twilio/line_presets.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <utility>

namespace scenarios::cli {
namespace twilio = simulators::twilio;

namespace {

bool names_a_clip(const std::string& what) {
  const auto ending = std::filesystem::path(what).extension();
  return ending == ".wav" || ending == ".flac" || ending == ".ogg";
}

/// What of `--say` names a clip that there is not; empty: nothing.
std::string without_clip(const CallWish& wish) {
  engine::ClipLibrary clips;
  for (const auto& what : wish.say) {
    if (!names_a_clip(what)) continue;
    if (const auto found = clips.find(what, "."); found.index() == 0) continue;
    return "linecheck: --say " + what +
           ": there is no such file, nor a recording of this name (docs/clips.md); what is to be read aloud "
           "needs another end\n";
  }
  return {};
}

/// A sound file, or words to be read aloud.
nlohmann::ordered_json sound(const std::string& what) {
  std::error_code ignored;
  const std::filesystem::path path(what);
  if (std::filesystem::is_regular_file(path, ignored)) {
    return {{"clip", std::filesystem::absolute(path).string()}};
  }
  return {{names_a_clip(what) ? "clip" : "text", what}};
}

/// The script that the command line stands for, in the scenario language.
std::string script_of(const CallWish& wish) {
  auto caller = nlohmann::ordered_json::array({{{"wait", "500ms"}}});
  for (const auto& what : wish.say) {
    caller.push_back({{"say", sound(what)}});
    if (wish.length.empty()) caller.push_back({{"wait_for", "bot_finished"}});
  }
  if (!wish.length.empty()) caller.push_back({{"listen", wish.length}});
  caller.push_back("hang_up");
  return nlohmann::ordered_json{{"caller", caller}}.dump();
}

/// Why nobody can have the number of this option; empty: somebody can, or it was not given.
std::string refuse_number(const std::string& option, const std::string& number, bool hidden) {
  if (number.empty() || twilio::is_address(number)) return {};
  if (hidden && (number == "anonymous" || number == "unknown")) return {};
  return "linecheck: " + option + " " + number +
         ": nobody has this number; +14155550100, client:NAME or sip:USER@HOST" +
         (hidden ? ", anonymous, unknown\n" : "\n");
}

std::string refuse_line(const std::string& name) {
  if (name.empty() || twilio::find_line_preset(name) != nullptr) return {};
  std::string known;
  for (const auto& preset : twilio::line_presets()) {
    known += (known.empty() ? "" : ", ") + std::string(preset.name);
  }
  return "linecheck: --line " + name + ": there is no such preset; one of " + known + " (docs/line.md)\n";
}

/// What is wrong with the options, whatever the caller's words come from; empty: nothing.
std::string refuse(const CallWish& wish) {
  if (!wish.url.empty() && !twilio::is_web_url(wish.url))
    return "linecheck: '" + wish.url + "' is no URL: http://HOST:PORT/PATH of a voice webhook\n";
  if (auto wrong = refuse_number("--from", wish.from, true); !wrong.empty()) return wrong;
  if (auto wrong = refuse_number("--to", wish.to, false); !wrong.empty()) return wrong;
  if (auto wrong = refuse_line(wish.line); !wrong.empty()) return wrong;
  return without_clip(wish);
}

/// The options that win over what a script says.
void overrule(twilio::CallPlan& plan, const CallWish& wish) {
  if (const auto* preset = twilio::find_line_preset(wish.line)) {
    plan.line = preset->traits;
    plan.packets = preset->packets;
    plan.knobs.callback_delay_max = plan.line.callbacks_late;
  }
  if (!wish.rules.empty()) {
    plan.rules = wish.rules == "incident_report" ? twilio::TrackRules::incident_report
                                                 : twilio::TrackRules::twilio_docs;
  }
  if (wish.outbound_media) {
    plan.knobs.outbound_media = true;
    plan.rules = twilio::TrackRules::incident_report;  // under the others no <Connect> has that track
  }
  if (!wish.from.empty()) plan.from = wish.from;
  if (!wish.to.empty()) plan.to = wish.to;
}

}  // namespace

std::string is_duration(const std::string& text) {
  return engine::parse_duration(text) ? "" : "'" + text + "' is no duration: 10s, 1500ms, 2min";
}

std::string is_parameter(const std::string& text) {
  const auto equals = text.find('=');
  const bool good = equals != std::string::npos && equals > 0;
  return good ? "" : "'" + text + "' must be NAME=VALUE: CallerName=Anna";
}

std::variant<twilio::CallPlan, std::string> plan_of(const CallWish& wish) {
  if (auto wrong = refuse(wish); !wrong.empty()) return wrong;
  Scripts scripts;
  const bool conversation = wish.script.empty() && wish.say.empty() && wish.length.empty();
  auto read = !wish.script.empty() ? scripts.read_file(wish.script)
              : conversation       ? scripts.read_text(Scripts::default_caller())
                                   : scripts.read_text(script_of(wish));
  auto first = first_call(std::move(read));
  if (auto* error = std::get_if<std::string>(&first)) return std::move(*error);
  auto plan = std::get<twilio::CallPlan>(std::move(first));
  overrule(plan, wish);
  plan.direction = twilio::Direction::inbound;
  plan.voice_url = wish.url;
  plan.voice_method = wish.method;
  for (const auto& text : wish.parameters) {
    const auto equals = text.find('=');
    plan.parameters.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return plan;
}

}  // namespace scenarios::cli
