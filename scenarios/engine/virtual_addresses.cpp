#include "scenarios/engine/virtual_addresses.hpp"

#include <utility>

namespace scenarios::engine {

runtime::net::Endpoint virtual_endpoint(std::string host, std::uint16_t port) {
  runtime::net::Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

Addresses virtual_addresses() {
  Addresses a;
  a.bridge_host = kBridgeHost;
  a.bridge_port = 443;
  a.admin_host = "bridge.admin";
  a.admin_port = 9090;
  a.public_url = std::string("https://") + kBridgeHost;
  a.openai_url = std::string("wss://") + kOpenAiHost + "/v1/realtime";
  a.twilio_api_base = std::string("https://") + kTwilioHost;
  return a;
}

}  // namespace scenarios::engine
