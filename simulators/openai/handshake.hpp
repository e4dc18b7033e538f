#pragma once
#include "runtime/net/http.hpp"
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/client_secrets.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/openai/outlet.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

/// What a client showed when it connected, and what the service thinks of it (openai-realtime.md, 1.1
/// to 1.3).
struct Handshake {
  std::string model;
  std::string key;               // empty: none shown
  std::string call_id;           // of a WebRTC or SIP call to be joined
  std::string account_protocol;  // a subprotocol that names an organization or a project
  bool beta = false;             // asked for by header or subprotocol
  bool offers_realtime = false;  // the subprotocol that browsers' clients need back
  SessionConfig::Kind kind = SessionConfig::Kind::voice;
  Dialect dialect = Dialect::ga;  // by the path
  Json initial;                   // what the session begins with, from a client secret
};
/// Of `Authorization: Bearer KEY`; empty: none is there.
std::string_view bearer_key(const runtime::net::HttpRequest& request);
/// nullopt: no session is to be had at this path.
std::optional<Handshake> read_handshake(const runtime::net::HttpRequest& request);

/// The headers of the 101 that the live service answers it with.
void dress(runtime::net::HttpResponse& response, const Handshake& handshake);

/// Who may come in.
struct Door {
  std::string_view valid_key;  // empty: every key will do, but no client secret that is not of here
  const std::vector<std::string>& models;
  const ClientSecrets& secrets;
  std::int64_t now_seconds = 0;
};
/// The refusal that the client has earned; nullopt: it may come in, and has what its client secret says.
std::optional<Refusal> judge(Handshake& handshake, const Door& door, const OpenPoints& points);
/// Whether `key` is good for the HTTP doors; the refusal otherwise.
std::optional<ErrorBody> judge_key(std::string_view key, const Door& door);

}  // namespace simulators::openai
