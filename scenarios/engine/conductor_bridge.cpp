// The processes of the bridge: what happens to them, and what they say of the calls.
#include "scenarios/engine/conductor.hpp"

#include "runtime/async/first_of.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

ReplicaAddress address_of(const Addresses& a, const std::string& scheme) {
  return {{scheme, a.bridge_host, a.bridge_port, "/"}, {"http", a.admin_host, a.admin_port, "/"}};
}

/// "answered with 500: ..."
std::string answer_text(const runtime::net::Fetched& fetched) {
  constexpr std::size_t kShown = 300;  // bytes of the body
  return fmt::format("answered with {}: {}", fetched.response.status,
                     fetched.response.body.substr(0, kShown));
}

/// As an editor leaves it that was interrupted.
constexpr auto kBrokenConfig = "listen: {host: 0.0.0.0, port: 80\nagent:\n  instructions";

}  // namespace

/// `config`: JSON merged over the scenario's configuration of the bridge.
asio::awaitable<std::optional<std::string>> Conductor::start_replica(std::size_t number, std::string config) {
  const bool several = scenario_.bridge.several();
  Addresses own = several ? stage_.for_replica(addresses_, number) : addresses_;
  const auto known = fleet_.replicas().find(number);
  const auto scheme = runtime::net::parse_url(addresses_.public_url)->scheme;
  auto address = address_of(own, scheme);
  if (known != fleet_.replicas().end()) {  // started again: where it was
    address = known->second.address;
    own.bridge_port = address.public_base.port;
    own.admin_port = address.admin_base.port;
  }
  std::string text = bridge_config(scenario_, own, config);
  auto failure = co_await fleet_.start(number, std::move(text), std::move(address));
  if (!failure) balancer_.ready(number);
  co_return failure;
}

std::optional<std::string> Conductor::reload_replica(const BridgeEvent& event) {
  const auto replica = fleet_.replicas().find(event.replica);
  if (replica == fleet_.replicas().end()) return fleet_.reload(event.replica, {});
  auto own = scenario_.bridge.several() ? stage_.for_replica(addresses_, event.replica) : addresses_;
  own.bridge_port = replica->second.address.public_base.port;
  own.admin_port = replica->second.address.admin_base.port;
  return fleet_.reload(event.replica,
                       event.broken ? kBrokenConfig : bridge_config(scenario_, own, event.config));
}

asio::awaitable<void> Conductor::befall(const BridgeEvent& event) {
  if (const bool come = co_await moment(event.after, event.in); !come) co_return;
  events_befallen_.insert(static_cast<std::size_t>(&event - scenario_.bridge.events.data()));
  if (event.what == BridgeEvent::What::kill) co_await look_a_last_time(event.replica);
  happened(event.as);
  const std::string which = "replica " + std::to_string(event.replica);
  bool done = true;
  switch (event.what) {
    case BridgeEvent::What::sigterm:
      done = fleet_.terminate(event.replica);
      draining_.insert(event.replica);
      if (!draining_since_) draining_since_ = now();
      look_closely();
      break;
    case BridgeEvent::What::kill:
      done = fleet_.kill(event.replica);
      break;
    case BridgeEvent::What::start:
    case BridgeEvent::What::end_calls:
    case BridgeEvent::What::hold:
      break;
    case BridgeEvent::What::reload:
      if (const auto failure = reload_replica(event)) problems_.push_back(*failure);
      break;
  }
  if (event.what == BridgeEvent::What::start) {
    std::string config = event.config;
    const auto failure = co_await start_replica(event.replica, std::move(config));
    if (failure) problems_.push_back(*failure);
    draining_.erase(event.replica);
  }
  if (event.what == BridgeEvent::What::end_calls) {
    co_await end_calls(event.replica);
  }
  if (event.what == BridgeEvent::What::hold) done = co_await hold_up(event);
  if (!done) problems_.push_back("an event of the bridge found no running " + which);
}

asio::awaitable<runtime::net::Fetched> Conductor::ask_calls(const Fleet::Replica& replica, std::string method,
                                                            std::string target) {
  runtime::net::HttpRequest request;
  request.method = std::move(method);
  request.headers.add("Authorization", "Bearer " + addresses_.api_token);
  request.answer_bytes = 16U << 20U;
  auto url = replica.address.public_base;
  url.target = std::move(target);
  co_return co_await stage_.harness.fetch(std::move(url), std::move(request), 5s);
}

/// Once, or again and again for as long as it runs. False: it did not run.
asio::awaitable<bool> Conductor::hold_up(const BridgeEvent& event) {
  const auto first = now();
  const auto before = event.until ? first + (*event.until - event.in) : limit();
  for (auto at = first; at < before; at += *event.every) {
    if (const bool went_on = co_await stage_.clock.sleep_until(at); !went_on) break;
    if (!fleet_.hold(event.replica, at + event.lasts)) co_return at != first;
    if (const bool went_on = co_await stage_.clock.sleep_until(at + event.lasts); !went_on) break;
    fleet_.let_go(event.replica);
    if (!event.every) break;
  }
  co_return true;
}

/// Of a process that is held nobody learns what it has judged: it has until the limit to be let go.
asio::awaitable<void> Conductor::await_release() {
  for (auto until = fleet_.held_until(); until > now(); until = fleet_.held_until()) {
    if (now() >= limit() || interrupted()) break;
    (void)co_await runtime::first_of(stage_.clock.sleep_until(std::min(until, limit())), interrupted_.wait());
  }
  fleet_.let_all_go();
}

/// As an operator does it.
asio::awaitable<void> Conductor::end_calls(std::size_t number) {
  const auto replica = fleet_.replicas().find(number);
  if (replica == fleet_.replicas().end() || !replica->second.running()) {
    problems_.push_back("an event of the bridge found no running replica " + std::to_string(number));
    co_return;
  }
  const auto listed = co_await ask_calls(replica->second, "GET", "/calls");
  const auto body = nlohmann::json::parse(listed.response.body, nullptr, false);
  bool any = false;
  if (body.is_object() && body.contains("calls")) {
    for (const auto& call : body["calls"]) {
      if (call.value("state", "") != "streaming") continue;
      any = true;
      const std::string target = "/calls/" + call.value("call_sid", "");
      const auto asked = co_await ask_calls(replica->second, "DELETE", target);
      if (asked.response.status == 202) continue;
      findings_.push_back("'end_calls': DELETE " + target + " was " + answer_text(asked));
      co_return;
    }
  }
  if (!any)
    findings_.push_back("'end_calls' found no call that streams: GET /calls was " + answer_text(listed));
}

/// A call's end may be the end of the process that carried it, if that drains.
void Conductor::look_closely() {
  call_left_at_ = now();
  if (!draining_.empty()) call_left_.notify();
}

/// What a process has counted and judged by now is all that will be known of it.
asio::awaitable<void> Conductor::look_a_last_time(std::size_t number) {
  const auto replica = fleet_.replicas().find(number);
  if (replica == fleet_.replicas().end() || !replica->second.running()) co_return;
  if (replica->second.held_until > now()) co_return;  // it would not answer
  (void)co_await fleet_.scrape(&timeline_.names());
  (void)co_await ask_verdicts(replica->second);
}

/// How many calls it has not judged yet; nullopt: it has no such API, or none any more.
asio::awaitable<std::optional<std::size_t>> Conductor::ask_verdicts(const Fleet::Replica& replica) {
  const std::size_t number = replica.number;
  const auto answer = co_await ask_calls(replica, "GET", "/calls?ended=20000");  // others' too
  const auto body = nlohmann::json::parse(answer.response.body, nullptr, false);
  if (!answer || answer.response.status != 200 || !body.is_object() || !body.contains("calls"))
    co_return std::nullopt;
  std::size_t open = 0;
  for (const auto& call : body["calls"]) {
    const auto sid = call.value("call_sid", "");
    const auto state = call.value("state", "");
    if (state == "elsewhere" || state == "unheard") continue;  // who had its stream judges it
    if (call["verdict"].is_null() || state != "ended") {
      ++open;
    } else {
      auto& said = bridge_verdicts_[sid];
      said.verdict = call["verdict"].get<std::string>();
      said.reason = call.value("reason", "");
      said.replicas.insert(number);
    }
  }
  co_return open;
}

}  // namespace scenarios::engine
