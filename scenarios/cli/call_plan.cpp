#include "scenarios/cli/call_plan.hpp"

#include "scenarios/cli/first_call.hpp"
#include "scenarios/cli/scripts.hpp"
#include "scenarios/engine/measures.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <utility>

namespace scenarios::cli {
namespace twilio = simulators::twilio;

namespace {

/// A sound file, or words to be read aloud.
nlohmann::ordered_json sound(const std::string& what) {
  std::error_code ignored;
  const std::filesystem::path path(what);
  if (std::filesystem::is_regular_file(path, ignored)) {
    return {{"clip", std::filesystem::absolute(path).string()}};
  }
  const auto ending = path.extension();
  const bool clip = ending == ".wav" || ending == ".flac" || ending == ".ogg";
  return {{clip ? "clip" : "text", what}};
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
  nlohmann::ordered_json script{{"caller", caller}, {"track_rules", wish.rules}};
  if (!wish.line.empty()) script["line"] = wish.line;
  return script.dump();
}

}  // namespace

std::string is_duration(const std::string& text) {
  return engine::parse_duration(text) ? "" : "'" + text + "' is no duration: 10s, 1500ms, 2min";
}

std::variant<twilio::CallPlan, std::string> plan_of(const CallWish& wish) {
  if (!wish.url.empty() && !twilio::is_web_url(wish.url))
    return "linecheck: '" + wish.url + "' is no URL: http://HOST:PORT/PATH of a voice webhook\n";
  Scripts scripts;
  const bool conversation = wish.script.empty() && wish.say.empty() && wish.length.empty();
  auto read = !wish.script.empty() ? scripts.read_file(wish.script)
              : conversation       ? scripts.read_text(Scripts::default_caller())
                                   : scripts.read_text(script_of(wish));
  auto first = first_call(std::move(read));
  if (auto* error = std::get_if<std::string>(&first)) return std::move(*error);
  auto plan = std::get<twilio::CallPlan>(std::move(first));
  if (conversation && wish.rules == "incident_report") plan.rules = twilio::TrackRules::incident_report;
  plan.direction = twilio::Direction::inbound;
  plan.voice_url = wish.url;
  plan.voice_method = wish.method;
  if (!wish.from.empty()) plan.from = wish.from;
  if (!wish.to.empty()) plan.to = wish.to;
  return plan;
}

}  // namespace scenarios::cli
