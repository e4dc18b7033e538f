#include "scenarios/engine/bridge_config.hpp"

#include "runtime/core/encoding.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace scenarios::engine {
namespace {
/// Long and random enough for the bridge's own check of it; a run's secret guards nothing.
constexpr auto kUnknownKey = "sk-a-key-that-is-not-known";
constexpr auto kTokenSecret = "a-secret-of-one-scenario-run-0123456789abcdef";

std::string track_that_carries_sound(const Scenario& scenario) {
  const bool docs = scenario.calls.empty() ||
                    scenario.calls.front().plan.rules == simulators::twilio::TrackRules::twilio_docs;
  return docs ? "inbound_track" : "both_tracks";
}

/// `url` of OpenAI's own API, as another has it.
std::string with_path_of(OpenAiApi api, std::string url) {
  if (api == OpenAiApi::openai) return url;
  url.resize(url.size() - std::string_view("/v1/realtime").size());
  return url + (api == OpenAiApi::azure ? "/openai/v1/realtime"
                                        : "/openai/"
                                          "realtime?api-version=2024-10-01-"
                                          "preview&deployment=gpt-realtime");
}

bool is_told_to_record(const nlohmann::json& config) {
  const nlohmann::json::json_pointer folder("/recording/folder");
  return config.contains(folder) && config[folder].is_string() && !config[folder].get<std::string>().empty();
}

/// Wherever they stand: in `agent`, or in one of `agents`.
void add_bearers(const nlohmann::json& config, std::vector<std::string>& secrets) {
  for (const auto& [key, value] : config.items()) {
    if (key == "bearer" && value.is_string()) secrets.push_back(value.get<std::string>());
    if (value.is_object()) add_bearers(value, secrets);
  }
}
}  // namespace

std::string bridge_config(const Scenario& scenario, const Addresses& a, const std::string& over) {
  nlohmann::json config = {
      {"listen", {{"host", a.bridge_host}, {"port", a.bridge_port}}},
      {"admin", {{"host", a.admin_host}, {"port", a.admin_port}}},
      {"public_url", a.public_url},
      {"twilio",
       {{"account_sid", a.account_sid}, {"auth_token", a.auth_token}, {"api_base", a.twilio_api_base}}},
      {"openai",
       {{"url", with_path_of(scenario.openai_api, a.openai_url)},
        {"model", "gpt-realtime"},
        {"api_key", scenario.openai_key_wrong ? kUnknownKey : a.openai_key}}},
      {"agent",
       {{"instructions", "You are the voice of a line check."},
        {"greeting", scenario.bridge_greets ? "model" : "none"}}},
      {"outbound", {{"api_token", a.api_token}, {"allow", {"+1*", "+9*"}}, {"from", "+18005551212"}}},
      {"stream_token", {{"secret", kTokenSecret}}},
      {"drain", {{"accept_for", "0s"}, {"grace", "1s"}}},
  };
  if (scenario.openai_api == OpenAiApi::azure_preview) {
    config["openai"].erase("model");       // the URL has it
    config["openai"]["dialect"] = "beta";  // the fake's host is none of Azure's
  }
  if (scenario.bridge.several()) config["replica"]["alone"] = false;
  // What is ended on purpose ends as it would in production.
  if (std::ranges::any_of(scenario.bridge.events, &BridgeEvent::ends_a_process)) config.erase("drain");
  if (!a.openai_trust_file.empty()) config["openai"]["trust_file"] = a.openai_trust_file;
  if (!scenario.sets_track) config["twiml"]["track"] = track_that_carries_sound(scenario);
  for (const auto& text : {scenario.bridge_config, over}) {
    auto own = nlohmann::json::parse(text);
    if (own.contains("agents")) config.erase("agent");
    fill_in_addresses(own, a.http);
    config.merge_patch(own);
  }
  if (is_told_to_record(config)) config["recording"]["folder"] = a.recordings;
  return config.dump(2) + "\n";
}

std::vector<std::string> secrets_given(const Scenario& scenario, const Addresses& addresses) {
  std::vector<std::string> secrets{addresses.auth_token, addresses.openai_key, addresses.api_token,
                                   kUnknownKey, kTokenSecret};
  add_bearers(nlohmann::json::parse(scenario.bridge_config), secrets);
  return secrets;
}

std::string admin_authorization(const std::string& config) {
  const auto json = nlohmann::json::parse(config, nullptr, false);
  if (!json.is_object() || !json.contains("admin") || !json["admin"].is_object()) return {};
  const auto text = [&admin = json["admin"]](const char* key) {
    const auto found = admin.find(key);
    return found != admin.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string user = text("user");
  return user.empty() ? user : "Basic " + runtime::base64_encode(user + ":" + text("password"));
}

}  // namespace scenarios::engine
