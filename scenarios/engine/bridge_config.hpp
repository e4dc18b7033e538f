#pragma once
#include "scenarios/engine/scenario.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace scenarios::engine {

/// Where the parties of one run find each other, and the secrets that they share.
struct Addresses {
  std::string bridge_host = "127.0.0.1";  // binds here
  std::uint16_t bridge_port = 0;
  std::string admin_host = "127.0.0.1";
  std::uint16_t admin_port = 0;
  std::string public_url;         // of the bridge, as Twilio sees it
  std::string openai_url;         // wss://...
  std::string openai_trust_file;  // empty: the system's
  std::string recordings = ".";   // where a bridge that records is told to, whatever the scenario names
  std::string twilio_api_base;
  std::string account_sid, auth_token;
  std::string openai_key;         // that the fake takes
  std::vector<HttpAddress> http;  // of the scenario's own servers
  std::string api_token = "linecheck-api-token-of-this-run";
  // Of the public URL: what Twilio asks for a call, and tells how it went on; empty: nothing.
  std::string voice_path = "/webhook/incoming_call";
  std::string status_path = "/webhook/call_status";
  bool ours = true;  // linecheck-bridge, which has an API to ask
};

/// The runner's own configuration of the bridge with the scenario's merged over it (RFC 7396), as YAML.
/// Unless the scenario sets it, the track is the one that carries sound under its rules, and the bridge
/// greets when the model's script answers a greeting.
/// `over`: JSON that goes over all of it.
std::string bridge_config(const Scenario& scenario, const Addresses& addresses,
                          const std::string& over = "{}");

/// The secrets in it: those that the runner made up, and the `bearer` of each function of the scenario's.
std::vector<std::string> secrets_given(const Scenario& scenario, const Addresses& addresses);

/// The header by which one comes to the admin listener of a bridge that has this configuration, written as
/// JSON; empty: it asks for none.
std::string admin_authorization(const std::string& config);

}  // namespace scenarios::engine
