#include "bridge/app/refused_connections.hpp"

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

namespace bridge::app {
namespace {

/// Also the values of the label `reason`.
std::string_view name_of(runtime::net::Refusal why) {
  using runtime::net::Refusal;
  switch (why) {
    case Refusal::connections:
      return "connections";
    case Refusal::handshake:
      return "handshake";
    case Refusal::idle:
      return "idle";
    case Refusal::slow_request:
      return "slow_request";
    case Refusal::header_size:
      return "header_size";
    case Refusal::body_size:
      return "body_size";
    case Refusal::malformed:
      return "malformed";
    case Refusal::unread_answer:
      return "unread_answer";
  }
  return "malformed";
}

}  // namespace

void RefusedConnections::add(runtime::net::Refusal why) {
  const std::string_view listener = door_.listener == Listener::of_admin ? "admin" : "public";
  sheet_.counter("voicebridge_connections_refused_total", {listener, name_of(why)}).add();
  if (why != runtime::net::Refusal::connections) return;
  ++untold_;
  look();
}

void RefusedConnections::look() {
  if (untold_ == 0 || (told_ && clock_.now() - *told_ < kBetweenLines)) return;
  told_ = clock_.now();
  finish();
}

void RefusedConnections::finish() {
  if (untold_ == 0) return;
  log_.warn("{} connections refused: limits.connections={} of {} are open", std::exchange(untold_, 0),
            door_.allowed, door_.listener == Listener::of_admin ? "the admin listener" : "one worker");
}

}  // namespace bridge::app
