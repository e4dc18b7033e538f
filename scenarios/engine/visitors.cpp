#include "scenarios/engine/visitors.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/async/use_tuple.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/net/any_stream.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace scenarios::engine {
namespace asio = boost::asio;
namespace net = runtime::net;
using runtime::WireLog;

namespace {

std::string head_of(const VisitorPlan& plan, const std::string& host) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", plan.method, plan.target, host);
  for (const auto& [name, value] : plan.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (!plan.user.empty())
    head += "Authorization: Basic " + runtime::base64_encode(plan.user + ":" + plan.password) + "\r\n";
  if (plan.upgrade) {
    // The key of RFC 6455, 1.3: nobody looks whether it is random.
    head +=
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n";
  } else if (plan.stops != VisitorPlan::Stops::after_answer) {
    head += "Connection: close\r\n";
  }
  if (plan.header_bytes > 0) head += "X-Visitor: " + std::string(plan.header_bytes, 'x') + "\r\n";
  if (plan.body_bytes > 0) head += fmt::format("Content-Length: {}\r\n", plan.body_bytes);
  return head;
}

/// What of the request is sent.
std::string sent_of(const VisitorPlan& plan, const std::string& host) {
  using Stops = VisitorPlan::Stops;
  if (plan.stops == Stops::before_anything) return {};
  const std::string head = head_of(plan, host);
  if (plan.stops == Stops::in_head) return head;
  const std::size_t body = plan.stops == Stops::in_body ? plan.body_bytes / 2 : plan.body_bytes;
  return head + "\r\n" + std::string(body, 'x');
}

asio::awaitable<runtime::Result<void>> send(net::AnyStream& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    auto [ec, taken] = co_await stream.async_write_some(asio::buffer(bytes), runtime::use_tuple);
    if (ec) co_return ec;
    bytes.remove_prefix(taken);
  }
  co_return runtime::Result<void>();
}

asio::awaitable<runtime::Result<std::size_t>> receive(net::AnyStream& stream, asio::mutable_buffer into) {
  auto [ec, bytes] = co_await stream.async_read_some(into, runtime::use_tuple);
  if (ec) co_return ec;
  co_return bytes;
}

/// Of a head in small letters.
std::optional<std::size_t> content_length(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length:";
  auto at = head.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  at = std::min(head.find_first_not_of(' ', at + kName.size()), head.size());
  std::size_t length = 0;
  const auto read = std::from_chars(head.data() + at, head.data() + head.size(), length);
  return read.ec == std::errc() ? std::optional(length) : std::nullopt;
}

/// Puts what has come of an answer into `visit`. True: that is all of it.
bool understand(const std::string& answer, Visit& visit) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string::npos || !answer.starts_with(kVersion)) return false;
  int status = 0;
  std::from_chars(answer.data() + kVersion.size(), answer.data() + end, status);
  visit.status = status;
  visit.body = answer.substr(end + 4);
  const bool without_body = status / 100 == 1 || status == 204 || status == 304;
  const auto length = content_length(net::in_small_letters(answer.substr(0, end)));
  return without_body || (length && visit.body.size() >= *length);
}

}  // namespace

Visitors::Visitors(asio::any_io_executor executor, runtime::Clock& clock, net::ByteNetwork& network,
                   WireLog& wire, runtime::TaskGroup::OnFailure on_failure)
    : clock_(clock),
      network_(network),
      wire_(wire),
      connections_(std::move(executor), std::move(on_failure)) {}

void Visitors::let_in(const VisitorPlan& plan, const net::Url& door) {
  auto& visits = visits_[plan.name];
  const auto bytes = std::make_shared<const std::string>(sent_of(plan, door.authority()));
  for (std::size_t n = 0; n < plan.connections; ++n) {
    visits.emplace_back().came = clock_.now();
    connections_.spawn(come(plan, door, visits.back(), bytes));
  }
}

asio::awaitable<void> Visitors::end() {
  connections_.cancel();
  co_await connections_.join();
}

void Visitors::note(const VisitorPlan& plan, WireLog::Direction direction, const std::string& event) {
  const std::string lane = "visitor." + plan.name;
  const std::string text = nlohmann::json{{"event", event}}.dump();
  wire_.record({clock_.now(), lane, "", direction, text});
}

asio::awaitable<void> Visitors::come(const VisitorPlan& plan, net::Url door, Visit& visit, Bytes bytes) {
  const auto state = co_await asio::this_coro::cancellation_state;
  // Each step of a dial has that long for itself, and all of them together no longer.
  auto dialling = network_.dial(std::move(door), plan.stays);
  auto first = co_await runtime::first_of(std::move(dialling), clock_.sleep_until(visit.came + plan.stays));
  auto opened = first.index() == 0 ? std::get<0>(std::move(first)) : net::Opened();
  if (first.index() != 0) opened.error = asio::error::timed_out;
  if (!opened.stream) {
    visit.unreachable = opened.detail.empty() ? opened.error.message() : opened.detail;
    note(plan, WireLog::Direction::note, "no connection: " + visit.unreachable);
  } else if (state.cancelled() == asio::cancellation_type::none) {
    auto talking = talk(plan, std::move(bytes), std::move(opened.stream), visit);
    co_await std::move(talking);
  }
  visit.over = state.cancelled() == asio::cancellation_type::none;
}

asio::awaitable<void> Visitors::talk(const VisitorPlan& plan, Bytes bytes,
                                     std::unique_ptr<net::ByteStream> below, Visit& visit) {
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto leaves = visit.came + plan.stays;
  net::AnyStream stream(std::move(below));
  note(plan, WireLog::Direction::to_bridge, bytes->empty() ? "comes" : plan.method + " " + plan.target);
  // Who was cut short has an answer to read all the same.
  auto sending = send(stream, *bytes);
  (void)co_await runtime::with_deadline(clock_, leaves, std::move(sending));
  std::string answer;
  auto buffer = std::make_unique<std::array<char, 8U << 10U>>();
  while (state.cancelled() == asio::cancellation_type::none) {
    auto receiving = receive(stream, asio::buffer(*buffer));
    const auto received = co_await runtime::with_deadline(clock_, leaves, std::move(receiving));
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (!received) {
      if (received.error() == asio::error::timed_out) co_return;
      visit.closed = clock_.now();
      note(plan, WireLog::Direction::from_bridge, "closed");
      co_return;
    }
    answer.append(buffer->data(), std::min(*received, Visit::kKeptBytes - answer.size()));
    const bool known = visit.status.has_value();
    const bool whole = understand(answer, visit);
    if (visit.status && !known) note(plan, WireLog::Direction::from_bridge, std::to_string(*visit.status));
    visit.left = whole && plan.stops == VisitorPlan::Stops::nowhere;
    if (visit.left) co_return;
  }
}

}  // namespace scenarios::engine
