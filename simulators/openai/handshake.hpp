#pragma once
#include "runtime/net/http.hpp"
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/facts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

/// What a client showed when it connected, and what the service thinks of it (openai-realtime.md, 1.1
/// to 1.3).
struct Handshake {
  std::string model;
  std::string key;  // empty: none shown
  bool beta = false;
  bool offers_realtime = false;  // the subprotocol that browsers' clients need back
};
Handshake read_handshake(const runtime::net::HttpRequest& request);

/// The refusal that the client has earned; nullopt: it may come in. `valid_key` empty: every key will do.
std::optional<RefuseAfterUpgrade> judge(const Handshake& handshake, std::string_view valid_key,
                                        const std::vector<std::string>& models);

}  // namespace simulators::openai
