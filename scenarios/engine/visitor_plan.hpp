#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/source.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// Somebody at one of the bridge's doors who is not Twilio, and what they do there, byte by byte.
struct VisitorPlan {
  /// Which of the bridge's listeners.
  enum class Door { of_public, of_admin };
  /// Where they stop, saying nothing more and keeping the connection.
  enum class Stops {
    nowhere,  // one whole request; they leave when it is answered
    before_anything,
    in_head,  // before its last line
    in_body,  // in the middle of it
    after_answer,
  };
  Mark at;
  std::string name;
  std::string after;        // a step, reply, fault, request, event or visitor; empty: the scenario's start
  runtime::Duration in{0};  // so much later they come
  Door door = Door::of_public;
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string user, password;    // basic authentication; none: empty
  std::size_t header_bytes = 0;  // of one more header, which says nothing
  std::size_t body_bytes = 0;
  bool upgrade = false;  // to a WebSocket
  Stops stops = Stops::nowhere;
  std::size_t connections = 1;                         // at once
  runtime::Duration stays = std::chrono::seconds(30);  // at most

  bool has_request() const { return stops != Stops::before_anything; }
};

}  // namespace scenarios::engine
