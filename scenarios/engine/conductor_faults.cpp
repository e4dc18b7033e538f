// The faults below the protocols, and strangers: what a scenario does to connections, and to the program
// under test.
#include "scenarios/engine/conductor.hpp"
#include "scenarios/engine/intruder.hpp"

#include <limits>
#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
using runtime::sim::Connection;
using runtime::sim::LinkOptions;
using runtime::sim::Reachability;

namespace {
simulators::twilio::Towards towards(Fault::Towards towards) {
  using simulators::twilio::Towards;
  if (towards == Fault::Towards::bridge) return Towards::bridge;
  return towards == Fault::Towards::peer ? Towards::twilio : Towards::both;
}

LinkOptions link(const LineConditions& line) {
  LinkOptions options;
  options.latency = line.latency;
  options.jitter = line.jitter;
  if (line.window_bytes) options.window_bytes = *line.window_bytes;
  return options;
}

Reachability reachability(HostState state) {
  switch (state) {
    case HostState::up:
      return Reachability::up;
    case HostState::refused:
      return Reachability::refused;
    case HostState::unresolved:
      return Reachability::unresolved;
    case HostState::unroutable:
      return Reachability::unroutable;
    case HostState::tls_failure:
      return Reachability::tls_failure;
  }
  return Reachability::up;
}
}  // namespace

std::size_t Conductor::path_bytes(const LineConditions& line) const {
  const auto real = std::numeric_limits<std::size_t>::max();  // a kernel takes minutes of a call
  const auto usual = stage_.fabric == nullptr ? real : LinkOptions().window_bytes;
  return line.window_bytes.value_or(usual);
}

void Conductor::prepare_fabric() {
  if (stage_.fabric == nullptr) return;
  auto& fabric = *stage_.fabric;
  const auto& openai = stage_.openai_endpoint;
  const std::string openai_host = openai.host + ":" + std::to_string(openai.port);
  // The path between Twilio and the bridge is the fake's own; here it has its window alone.
  fabric.set_link("twilio", "", link(scenario_.twilio_line), link(scenario_.twilio_line));
  // Whoever dials OpenAI but the fakes is a process of the bridge.
  fabric.set_link("", openai_host, link(scenario_.openai_line), link(scenario_.openai_line));
  fabric.set_reachability(openai_host, reachability(scenario_.openai_host));
  fabric.on_connection([this, openai_host](std::shared_ptr<Connection> connection) {
    if (stage_.on_connection) stage_.on_connection(connection);
    if (connection->client() == "twilio" && connection->target().starts_with("/ws/")) {
      twilio_media_.push_back(std::move(connection));
    } else if (connection->server() == openai_host) {
      openai_sessions_.push_back(std::move(connection));
    }
  });
}

/// `in` after what is called `after` has begun, or after the scenario's start. False: it is over before that.
asio::awaitable<bool> Conductor::moment(std::string after, runtime::Duration in) {
  if (!after.empty()) {
    auto& anchor = anchors_[after];
    if (!anchor) anchor = std::make_unique<runtime::Event>(stage_.executor);
    if (const bool went_on = co_await anchor->wait(); !went_on) co_return false;
  }
  const auto from = after.empty() ? start_ : now();
  co_return co_await stage_.clock.sleep_until(from + in);
}

/// With several replicas, the first one's.
runtime::net::Url Conductor::door(VisitorPlan::Door which) const {
  const auto& first = fleet_.replicas().at(1).address;
  if (which == VisitorPlan::Door::of_admin) return first.admin_base;
  return scenario_.bridge.several() ? first.public_base : *runtime::net::parse_url(addresses_.public_url);
}

asio::awaitable<void> Conductor::receive(const VisitorPlan& visitor) {
  if (const bool come = co_await moment(visitor.after, visitor.in); !come) co_return;
  happened(visitor.name);
  visitors_.let_in(visitor, door(visitor.door));
}

/// Whoever has come is seen off; who has not by then comes no more.
asio::awaitable<void> Conductor::await_visitors() {
  constexpr runtime::Duration kLook = std::chrono::milliseconds(50);
  while (!visitors_.all_gone() && now() < limit() && !interrupted()) {
    if (const bool slept = co_await stage_.clock.sleep_until(now() + kLook); !slept) co_return;
  }
}

asio::awaitable<void> Conductor::strike(const Fault& fault) {
  std::string anchor = fault.after;
  if (fault.anchor == Fault::Anchor::stream_started) anchor = "stream_started#" + std::to_string(fault.call);
  if (fault.anchor == Fault::Anchor::first_bot_frame)
    anchor = "first_bot_frame#" + std::to_string(fault.call);
  if (const bool come = co_await moment(anchor, fault.in); !come) co_return;
  faults_struck_.insert(static_cast<std::size_t>(&fault - scenario_.faults.data()));
  happened(fault.as);
  if (fault.what == Fault::What::intrude) {
    co_await intrude_as(fault);
  } else {
    apply(fault);
  }
}

asio::awaitable<void> Conductor::intrude_as(const Fault& fault) {
  const auto calls = twilio_->calls();
  if (fault.call > calls.size() || calls[fault.call - 1]->stream() == nullptr) {
    problems_.push_back("an intruder found no stream of call " + std::to_string(fault.call) + " to imitate");
    co_return;
  }
  const Answer answer =
      co_await intrude(fault.with, *calls[fault.call - 1], addresses_.auth_token, balancer_, stage_.clock);
  intruders_.counter("intruder_streams_total", {answer.what}).add();
  if (answer.close_code) intruders_.gauge("intruder_close_code").set(*answer.close_code);
}

/// What the fake's own line can do is the same in virtual and in real time. False: it is for the network.
bool Conductor::strike_twilio(const Fault& fault) {
  const bool cut = fault.what == Fault::What::reset && stage_.fabric == nullptr;
  if (fault.what != Fault::What::stall && !cut) return false;
  const auto calls = twilio_->calls();
  if (fault.call > calls.size() || calls[fault.call - 1]->stream() == nullptr) {
    problems_.push_back("a fault found no stream of call " + std::to_string(fault.call) + " to strike");
    return true;
  }
  const auto& sid = calls[fault.call - 1]->sid;
  if (cut) {
    twilio_->drop_connection(sid);
  } else {
    twilio_->stall(sid, towards(fault.towards),
                   fault.lasts ? std::optional(now() + *fault.lasts) : std::nullopt);
  }
  return true;
}

void Conductor::apply(const Fault& fault) {
  const bool twilio = fault.leg == Fault::Leg::twilio;
  if (twilio && strike_twilio(fault)) return;
  const auto& connections = twilio ? twilio_media_ : openai_sessions_;
  if (connections.size() < fault.call) {
    problems_.push_back("a fault found no connection of call " + std::to_string(fault.call) +
                        " to strike: it needs the simulated network and an open connection");
    return;
  }
  auto& connection = *connections[fault.call - 1];
  // The bridge is the server of Twilio's connection, and the client of OpenAI's.
  const auto until = fault.lasts ? std::optional(now() + *fault.lasts) : std::nullopt;
  switch (fault.what) {
    case Fault::What::stall:
      if (fault.towards != Fault::Towards::bridge) connection.stall_to_server(until);
      if (fault.towards != Fault::Towards::peer) connection.stall_to_client(until);
      return;
    case Fault::What::reset:
      connection.reset();
      return;
    case Fault::What::black_hole:
      connection.black_hole();
      return;
    case Fault::What::throw_in_write:
      connection.throw_from_next_write(!twilio);
      return;
    case Fault::What::intrude:  // strike() has seen to it
      return;
  }
}

}  // namespace scenarios::engine
