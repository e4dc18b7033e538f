#pragma once
#include "runtime/net/network.hpp"
#include "scenarios/engine/bridge_config.hpp"

#include <cstdint>
#include <string>

namespace scenarios::engine {

/// Hosts of the simulated network.
constexpr auto kBridgeHost = "bridge.example.net";
constexpr auto kOpenAiHost = "api.openai.com";
constexpr auto kTwilioHost = "api.twilio.com";

/// Where all are in virtual time.
Addresses virtual_addresses();
runtime::net::Endpoint virtual_endpoint(std::string host, std::uint16_t port = 443);

}  // namespace scenarios::engine
