#include "runtime/net/websocket.hpp"

#include "runtime/async/with_deadline.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace runtime::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ws = beast::websocket;
namespace {
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kWriteChunkBytes = 16U << 10U;  // a client masks, and so copies, in pieces of this size
constexpr std::size_t kKeptReadBytes = 64U << 10U;    // a read buffer beyond this is given back
constexpr std::size_t kDetailBytes = 300;
constexpr std::size_t kCloseTextBytes = 123;  // RFC 6455, 5.5: a control frame holds 125, two are the code

error_code translate(error_code ec) {
  if (ec == ws::error::closed) return NetError::closed;
  if (ec == ws::error::message_too_big || ec == ws::error::buffer_overflow) return NetError::too_big;
  if (ec == ws::condition::protocol_violation || ec == ws::condition::handshake_failed)
    return NetError::protocol;
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return asio::error::eof;
  if (ec.category() == make_error_code(http::error::bad_version).category()) return NetError::protocol;
  return ec;
}

class WebSocket final : public MessageSocket {
 public:
  WebSocket(AnyStream below, const ConnectionLimits& limits) : stream_(std::move(below)) {
    stream_.read_message_max(limits.message_bytes);
    stream_.text(true);
    stream_.auto_fragment(false);  // one message, one frame
    stream_.write_buffer_bytes(kWriteChunkBytes);
  }

  asio::awaitable<Result<Message>> read() override {
    buffer_.clear();
    if (buffer_.capacity() > kKeptReadBytes) buffer_.shrink_to_fit();
    auto [ec, bytes] = co_await stream_.async_read(buffer_, use_tuple);
    if (ec) {
      const auto state = co_await asio::this_coro::cancellation_state;
      co_return outcome(ec, state);
    }
    const auto data = buffer_.cdata();
    Message message{std::string_view(static_cast<const char*>(data.data()), bytes), stream_.got_binary()};
    co_return message;
  }

  asio::awaitable<Result<void>> write(std::string_view message) override {
    const asio::const_buffer bytes(message.data(), message.size());
    auto [ec, written] = co_await stream_.async_write(bytes, use_tuple);
    if (!ec) co_return Result<void>();
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return outcome(ec, state);
  }

  asio::awaitable<Result<void>> write_all(std::span<const std::string_view> messages) override {
    if (messages.size() == 1) {
      auto single = write(messages.front());
      co_return co_await std::move(single);
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    auto& core = stream_.next_layer().core();
    core.cork();
    error_code failed;
    for (const auto message : messages) {
      const asio::const_buffer bytes(message.data(), message.size());
      auto [ec, written] = co_await stream_.async_write(bytes, use_tuple);
      failed = ec;
      // An await begun after a cancellation would throw.
      if (state.cancelled() != asio::cancellation_type::none) co_return asio::error::operation_aborted;
      if (failed) break;
    }
    // Also after a failure: a close frame may have been collected.
    auto flushed = co_await core.uncork();
    if (!failed && flushed) co_return Result<void>();
    co_return outcome(failed ? failed : flushed.error(), state);
  }

  asio::awaitable<Result<void>> ping(std::string_view payload) override {
    ws::ping_data data;
    data.assign(payload.data(), std::min(payload.size(), data.max_size()));
    auto [ec] = co_await stream_.async_ping(data, use_tuple);
    if (!ec) co_return Result<void>();
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return outcome(ec, state);
  }

  asio::awaitable<Result<void>> close(CloseReason reason) override {
    ws::close_reason said(reason.code);
    said.reason.assign(reason.text.data(), std::min(reason.text.size(), kCloseTextBytes));

    auto [ec] = co_await stream_.async_close(said, use_tuple);
    if (!ec) {
      closed_by_peer_ = true;  // his answer has come
      co_return Result<void>();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return outcome(ec, state);
  }

  void abort() override { stream_.next_layer().core().below().abort(); }

  std::optional<CloseReason> peer_close() const override {
    // Beast keeps what the peer's close frame held; the code is `none` both without a frame and without a
    // code.
    if (stream_.reason().code != ws::close_code::none) {
      return CloseReason{stream_.reason().code, std::string(stream_.reason().reason.c_str())};
    }
    if (closed_by_peer_) return CloseReason{ws::close_code::no_status, ""};
    return std::nullopt;
  }

  std::size_t unacked_bytes() const override { return stream_.next_layer().core().below().unacked_bytes(); }

  asio::awaitable<Result<void>> handshake(ws::response_type& response, const WebSocketRequest& request) {
    const std::string host = request.url.authority();
    auto [ec] = co_await stream_.async_handshake(response, host, request.url.target, use_tuple);
    if (ec) co_return ec;
    co_return Result<void>();
  }
  asio::awaitable<Result<void>> accept(const ws::request_type& request) {
    auto [ec] = co_await stream_.async_accept(request, use_tuple);
    if (ec) co_return ec;
    co_return Result<void>();
  }
  template <class Decorator>
  void decorate(Decorator decorator) {
    stream_.set_option(ws::stream_base::decorator(std::move(decorator)));
  }

 private:
  /// Beast ends what a close overtook with operation_aborted: to the caller that is a closed connection,
  /// unless he cancelled it himself. No coroutine: to await one after a cancellation would throw.
  error_code outcome(error_code ec, const asio::cancellation_state& state) {
    if (ec == ws::error::closed) closed_by_peer_ = true;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    if (ec == asio::error::operation_aborted && !cancelled) return NetError::closed;
    return translate(ec);
  }

  ws::stream<AnyStream, false> stream_;
  beast::flat_buffer buffer_;
  bool closed_by_peer_ = false;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
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
    dialled.http_status = response.result_int();
    return dialled;
  }
  return failure(translate(ec), ec.message());
}
}  // namespace

std::string one_line(std::string_view value) {
  std::string line(value);
  std::ranges::replace_if(
      line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return line;
}

asio::awaitable<Dialled> upgrade(Clock& clock, std::unique_ptr<ByteStream> stream, WebSocketRequest request) {
  auto socket = std::make_unique<WebSocket>(AnyStream(std::move(stream)), request.limits);
  socket->decorate([&request](ws::request_type& sent) {
    for (const auto& [name, value] : request.headers.fields) sent.insert(name, one_line(value));
    if (!request.subprotocols.empty()) {
      sent.set(http::field::sec_websocket_protocol, one_line(joined(request.subprotocols)));
    }
  });
  ws::response_type response;
  auto shaking = socket->handshake(response, request);
  const auto deadline = clock.now() + request.limits.handshake;
  const auto shaken = co_await with_deadline(clock, deadline, std::move(shaking));
  if (!shaken) co_return refusal(shaken.error(), response);

  Dialled dialled;
  dialled.http_status = response.result_int();
  dialled.subprotocol = std::string(response[http::field::sec_websocket_protocol]);
  // RFC 6455, 4.1: a subprotocol that was not offered fails the connection.
  if (!dialled.subprotocol.empty() &&
      std::ranges::find(request.subprotocols, dialled.subprotocol) == request.subprotocols.end()) {
    dialled.error = NetError::protocol;
    dialled.detail = "the server selected a subprotocol that was not offered: " + dialled.subprotocol;
    co_return dialled;
  }
  dialled.socket = std::move(socket);
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
  auto socket = std::make_unique<WebSocket>(std::move(stream), limits);
  socket->decorate([&response](ws::response_type& sent) {
    for (const auto& [name, value] : response.headers.fields) sent.insert(name, one_line(value));
  });
  ws::request_type head;
  head.version(11);
  head.method_string(request.method);
  head.target(request.target);
  for (const auto& [name, value] : request.headers.fields) head.insert(name, value);
  auto accepting = socket->accept(head);
  const auto deadline = clock.now() + limits.handshake;
  const auto accepted = co_await with_deadline(clock, deadline, std::move(accepting));
  if (!accepted) co_return translate(accepted.error());
  co_return std::unique_ptr<MessageSocket>(std::move(socket));
}

}  // namespace runtime::net
