#include "runtime/net/websocket.hpp"

#include "runtime/async/use_tuple.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/frame_socket.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <algorithm>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <charconv>
#include <set>

namespace runtime::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ws = beast::websocket;
namespace {
constexpr std::size_t kDetailBytes = 300;
constexpr std::string_view kExtensions = "Sec-WebSocket-Extensions";
constexpr std::string_view kDeflate = "permessage-deflate";
constexpr int kLargestWindow = 15;  // bits; RFC 7692, 7.1.2

error_code websocket_error(error_code ec) {
  if (ec == ws::error::buffer_overflow) return NetError::too_big;
  if (ec == ws::condition::protocol_violation || ec == ws::condition::handshake_failed)
    return NetError::protocol;
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return asio::error::eof;
  if (ec.category() == make_error_code(http::error::bad_version).category()) return NetError::protocol;
  return ec;
}

/// Beast's part: the handshake. What follows it is carried by a FrameSocket.
using Handshake = ws::stream<AnyStream, false>;

asio::awaitable<Result<void>> offer(Handshake& stream, ws::response_type& response,
                                    const WebSocketRequest& request) {
  const std::string host = request.url.authority();
  stream.next_layer().core().stop_after_head();
  auto [ec] = co_await stream.async_handshake(response, host, request.url.target, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}
asio::awaitable<Result<void>> answer(Handshake& stream, const ws::request_type& request) {
  auto [ec] = co_await stream.async_accept(request, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}

/// A window's size as a parameter says it: 8 to 15, without a zero before it.
std::optional<int> size_of_window(beast::string_view value) {
  int bits = 0;
  const auto [end, ec] = std::from_chars(value.begin(), value.end(), bits);
  if (ec != std::errc() || end != value.end() || value.front() == '0') return std::nullopt;
  return bits < 8 || bits > kLargestWindow ? std::nullopt : std::optional(bits);
}

/// What one offer of packed messages asks for (RFC 7692, 7.1): the window of what we send, or none where we
/// cannot do as it says. That nothing is carried over from message to message we say without being asked.
std::optional<int> window_of(const http::param_list& offer) {
  constexpr int kLeast = 9;  // zlib's; 8 is the standard's
  int window = kLargestWindow;
  std::set<std::string_view> names;
  for (const auto& [name, value] : offer) {
    if (!names.emplace(name.data(), name.size()).second) return std::nullopt;
    if (name == "server_max_window_bits") {
      const auto bits = size_of_window(value);
      if (!bits || *bits < kLeast) return std::nullopt;
      window = *bits;
    } else if (name == "client_max_window_bits") {
      if (!value.empty() && !size_of_window(value)) return std::nullopt;
    } else if (!value.empty() ||
               (name != "server_no_context_takeover" && name != "client_no_context_takeover")) {
      return std::nullopt;
    }
  }
  return window;
}

/// The first offer of a client that suits us; none where `willing` (what our service answers) is not.
std::optional<int> agreed_window(std::string_view willing, const Headers& offered) {
  if (willing != kDeflate) return std::nullopt;
  for (const auto& [name, value] : offered.fields) {
    if (!boost::algorithm::iequals(name, kExtensions)) continue;
    for (const auto& [extension, parameters] : http::ext_list(value)) {
      if (extension != kDeflate) continue;
      if (const auto window = window_of(parameters)) return window;
    }
  }
  return std::nullopt;
}

std::string agreement(int window_bits) {
  return std::string(kDeflate) + "; server_no_context_takeover; client_no_context_takeover" +
         (window_bits < kLargestWindow ? "; server_max_window_bits=" + std::to_string(window_bits)
                                       : std::string());
}

std::string words_of(const ws::response_type& response) {
  std::string words = response.body().empty() ? std::string(response.reason()) : response.body();
  if (words.size() > kDetailBytes) words.resize(kDetailBytes);
  return words;
}

Dialled failure(error_code ec, std::string detail) {
  Dialled dialled;
  dialled.error = ec;
  dialled.detail = std::move(detail);
  return dialled;
}

Dialled refusal(error_code ec, const ws::response_type& response) {
  if (ec == ws::error::upgrade_declined) {
    Dialled dialled = failure(NetError::refused, words_of(response));
    dialled.http_status = static_cast<int>(response.result_int());
    dialled.retry_after = std::string(response[http::field::retry_after]);
    dialled.body = response.body().substr(0, kRefusalBytes);
    return dialled;
  }
  return failure(websocket_error(ec), "WebSocket upgrade: " + ec.message());
}
}  // namespace

std::string one_line(std::string_view value) {
  std::string line(value);
  std::ranges::replace_if(
      line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

asio::awaitable<Dialled> upgrade(Clock& clock, std::unique_ptr<ByteStream> stream, WebSocketRequest request) {
  Handshake handshake(AnyStream(std::move(stream)));
  handshake.set_option(ws::stream_base::decorator([&request](ws::request_type& sent) {
    for (const auto& [name, value] : request.headers.fields) sent.insert(name, one_line(value));
    if (!request.subprotocols.empty()) {
      sent.set(http::field::sec_websocket_protocol,
               one_line(boost::algorithm::join(request.subprotocols, ", ")));
    }
  }));
  ws::response_type response;
  auto shaking = offer(handshake, response, request);
  const auto deadline = clock.now() + request.limits.handshake;
  const auto shaken = co_await with_deadline(clock, deadline, std::move(shaking));
  if (!shaken) co_return refusal(shaken.error(), response);

  Dialled dialled;
  dialled.http_status = static_cast<int>(response.result_int());
  dialled.subprotocol = std::string(response[http::field::sec_websocket_protocol]);
  // RFC 6455, 4.1: an extension or a subprotocol that was not offered fails the connection. None is.
  if (const std::string selected(response[http::field::sec_websocket_extensions]); !selected.empty()) {
    dialled.error = NetError::protocol;
    dialled.detail = "the server selected an extension that was not offered: " + selected;
    co_return dialled;
  }
  if (!dialled.subprotocol.empty() &&
      std::ranges::find(request.subprotocols, dialled.subprotocol) == request.subprotocols.end()) {
    dialled.error = NetError::protocol;
    dialled.detail = "the server selected a subprotocol that was not offered: " + dialled.subprotocol;
    co_return dialled;
  }
  dialled.socket = std::make_unique<FrameSocket>(std::move(handshake.next_layer()), Role::client,
                                                 request.limits.message_bytes);
  co_return dialled;
}

bool asks_for_upgrade(const HttpRequest& request) {
  http::request<http::empty_body> head;
  head.version(11);
  head.method_string(request.method);
  for (const auto& [name, value] : request.headers.fields) head.insert(name, value);
  return ws::is_upgrade(head);
}

asio::awaitable<Result<std::unique_ptr<MessageSocket>>> accept_upgrade(Clock& clock, AnyStream stream,
                                                                       const HttpRequest& request,
                                                                       const HttpResponse& response,
                                                                       ConnectionLimits limits) {
  Handshake handshake(std::move(stream));
  const auto window_bits = agreed_window(response.headers.get(kExtensions), request.headers);
  handshake.set_option(ws::stream_base::decorator([&response, window_bits](ws::response_type& sent) {
    for (const auto& [name, value] : response.headers.fields) sent.insert(name, one_line(value));
    sent.erase(kExtensions);
    if (window_bits && sent.result() == http::status::switching_protocols)
      sent.set(kExtensions, agreement(*window_bits));
  }));
  ws::request_type head;
  head.version(11);
  head.method_string(request.method);
  head.target(request.target);
  for (const auto& [name, value] : request.headers.fields) head.insert(name, value);
  auto accepting = answer(handshake, head);
  const auto deadline = clock.now() + limits.handshake;
  const auto accepted = co_await with_deadline(clock, deadline, std::move(accepting));
  if (!accepted) co_return websocket_error(accepted.error());
  std::unique_ptr<MessageSocket> socket = std::make_unique<FrameSocket>(
      std::move(handshake.next_layer()), Role::server, limits.message_bytes, window_bits);
  co_return socket;
}

}  // namespace runtime::net
