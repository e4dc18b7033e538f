#include "scenarios/engine/other_bridge.hpp"

#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/scenario.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace scenarios::engine {
namespace {

/// The name of a metric at the beginning of a line, or behind "# HELP " and "# TYPE ".
std::string_view metric_of(std::string_view line, std::size_t& begin) {
  begin = line.starts_with("# HELP ") || line.starts_with("# TYPE ") ? 7 : 0;
  const auto end = line.find_first_of(" {\t", begin);
  return line.substr(begin, end == std::string_view::npos ? end : end - begin);
}

/// A histogram's series have its name with an ending.
std::string_view without_ending(std::string_view name) {
  for (const std::string_view ending : {"_bucket", "_count", "_sum"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

/// Names below `config` that linecheck-bridge alone can be told. Any other bridge has no clip of its own when
/// `fallback` is none, hears of the greeting by its environment, and its track is asked of nobody.
void name_its_own(const nlohmann::json& config, const std::string& above, std::vector<std::string>& names) {
  for (const auto& [key, value] : config.items()) {
    const std::string name = above.empty() ? key : above + "." + key;
    if (value.is_object() && !value.empty()) {
      name_its_own(value, name, names);
      continue;
    }
    const bool no_clip = name == "fallback" && (value.is_null() || value == "none");
    const bool greeting = name == "agent.greeting" && !value.is_object();
    if (!no_clip && !greeting && name != "twiml.track") names.push_back(name);
  }
}

/// Refused by Twilio, where that rule holds: linecheck-bridge heals it, and would not be seen to.
bool sets_a_refused_track(const Scenario& scenario, const nlohmann::json& config) {
  static const nlohmann::json::json_pointer kTrack("/twiml/track");
  return scenario.calls.front().plan.rules == simulators::twilio::TrackRules::twilio_docs &&
         config.contains(kTrack) && config[kTrack] == "both_tracks";
}

/// Without it, what is expected is about another call than the one that is made.
std::string beyond_for_its_config(const Scenario& scenario) {
  const auto config = nlohmann::json::parse(scenario.bridge_config, nullptr, false);
  if (!config.is_object() || scenario.bridge.any_bridge) return {};
  std::vector<std::string> names;
  name_its_own(config, "", names);
  if (sets_a_refused_track(scenario, config)) names.push_back("twiml.track");
  if (names.empty()) return {};
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return "only linecheck-bridge can be configured so (bridge: config: " + list +
         "); if all that it expects holds without that as well, say bridge: {any_bridge: true}";
}

/// Any process can be held, if it is a child of linecheck's.
std::string beyond_for_its_events(const BridgePlan& plan, const OtherBridge& other) {
  if (!plan.only_holds()) return "it sends signals to linecheck-bridge";
  if (plan.events.empty() || other.by_command()) return {};
  return "it holds the bridge's process, and a bridge that runs already is not linecheck's to hold: give "
         "--bridge-command, and linecheck starts it";
}

}  // namespace

Addresses addresses_for_other(const OtherBridge& other, Addresses a) {
  a.ours = false;
  a.voice_path = other.webhook;
  a.status_path = other.status_callback;
  if (!other.by_command()) a.public_url = other.url;
  if (!other.openai_tls) {
    a.openai_url = "ws://127.0.0.1" + a.openai_url.substr(std::string_view("wss://localhost").size());
    a.openai_trust_file.clear();
  }
  a.openai_url += "?model=gpt-realtime";
  return a;
}

bool greets(const Scenario& scenario) {
  static const nlohmann::json::json_pointer kGreeting("/agent/greeting");
  const auto config = nlohmann::json::parse(scenario.bridge_config, nullptr, false);
  return config.is_object() && config.contains(kGreeting) ? config[kGreeting] != "none"
                                                          : scenario.bridge_greets;
}

std::vector<std::string> environment_of_other(const Addresses& a, const Scenario& scenario) {
  const std::string realtime = a.openai_url.substr(0, a.openai_url.find("/realtime"));
  std::vector<std::string> environment = {
      "PORT=" + std::to_string(a.bridge_port),
      "PUBLIC_URL=" + a.public_url,
      "OPENAI_URL=" + a.openai_url,
      "OPENAI_BASE_URL=http" + realtime.substr(std::string_view("ws").size()),  // wss: https
      "OPENAI_API_KEY=" + (scenario.openai_key_wrong ? "sk-a-key-that-is-not-known" : a.openai_key),
      "TWILIO_API_BASE=" + a.twilio_api_base,
      "TWILIO_ACCOUNT_SID=" + a.account_sid,
      "TWILIO_AUTH_TOKEN=" + a.auth_token,
      std::string("GREETING=") + (greets(scenario) ? "1" : "0"),
  };
  if (!a.openai_trust_file.empty()) {
    environment.push_back("NODE_EXTRA_CA_CERTS=" + a.openai_trust_file);
    environment.push_back("SSL_CERT_FILE=" + a.openai_trust_file);
  }
  return environment;
}

std::string beyond_the_track_rules(const Scenario& scenario) {
  return scenario.overruled.empty() ? ""
                                    : "it is about other rules of the track than " + scenario.overruled +
                                          ", which linecheck.yaml has (track_rules)";
}

std::string beyond_other_bridges(const Scenario& scenario, const OtherBridge& other) {
  if (scenario.bridge.several()) return "it needs several processes of linecheck-bridge";
  if (auto reason = beyond_for_its_events(scenario.bridge, other); !reason.empty()) return reason;
  if (!scenario.http.empty()) return "only linecheck-bridge's configuration can name its HTTP servers";
  const auto to_admin = [](const VisitorPlan& visitor) {
    return visitor.door == VisitorPlan::Door::of_admin;
  };
  if (std::ranges::any_of(scenario.visitors, to_admin))
    return "one of its visitors goes to the admin listener of linecheck-bridge";
  if (auto reason = beyond_the_track_rules(scenario); !reason.empty()) return reason;
  if (auto reason = beyond_for_its_config(scenario); !reason.empty()) return reason;
  if (scenario.openai_api != OpenAiApi::openai)
    return "it is about Azure's API, which linecheck-bridge is told to use";
  const bool outbound = std::ranges::any_of(scenario.calls, [](const PlannedCall& call) {
    return call.plan.direction == simulators::twilio::Direction::outbound;
  });
  return outbound ? "it has linecheck-bridge's API place a call" : "";
}

std::string renamed_metrics(const std::string& exposition, const std::map<std::string, std::string>& names) {
  if (names.empty()) return exposition;
  std::map<std::string, std::string, std::less<>> ours;
  for (const auto& [name, its] : names) ours[its] = name;
  std::string out;
  for (std::string_view rest = exposition; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::size_t begin = 0;
    const auto name = metric_of(line, begin);
    auto found = ours.find(name);
    std::string_view ending;
    if (found == ours.end()) {
      const auto family = without_ending(name);
      ending = name.substr(family.size());
      found = ours.find(family);
    }
    if (found == ours.end()) {
      out += line;
    } else {
      out += line.substr(0, begin);
      out += found->second;
      out += ending;
      out += line.substr(begin + name.size());
    }
    out += '\n';
  }
  return out;
}

}  // namespace scenarios::engine
