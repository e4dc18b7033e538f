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

/// What linecheck-bridge is configured to, where nothing of the scenario is left without it.
std::string beyond_for_its_config(const Scenario& scenario) {
  const auto config = nlohmann::json::parse(scenario.bridge_config, nullptr, false);
  if (!config.is_object()) return {};
  const auto fallback = config.value("fallback", nlohmann::json());
  if (fallback.is_string() && fallback != "none")
    return "it is about the clip that linecheck-bridge plays when the model is silent (fallback)";
  const auto twiml = config.value("twiml", nlohmann::json::object());
  if (!twiml.is_object()) return {};
  if (twiml.value("verb", "connect") == "start") return "it has linecheck-bridge serve <Start>";
  const auto& rules = scenario.calls.front().plan.rules;
  const bool refused = rules == simulators::twilio::TrackRules::twilio_docs;
  return refused && twiml.value("track", "") == "both_tracks"
             ? "it is about how linecheck-bridge heals a track that Twilio refused"
             : "";
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
      std::string("GREETING=") + (scenario.bridge_greets ? "1" : "0"),
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

std::string beyond_other_bridges(const Scenario& scenario) {
  if (scenario.bridge.several()) return "it needs several processes of linecheck-bridge";
  if (!scenario.bridge.events.empty()) return "it sends signals to linecheck-bridge";
  if (!scenario.http.empty()) return "only linecheck-bridge's configuration can name its HTTP servers";
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
