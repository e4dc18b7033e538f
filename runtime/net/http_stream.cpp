#include "runtime/async/use_tuple.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/any_stream.hpp"
#include "runtime/net/no_answer.hpp"
#include "runtime/net/served_socket.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/net/websocket.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <optional>

namespace runtime::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {
constexpr Duration kLinger = std::chrono::seconds(1);  // for the rest of a request that was refused half-read
constexpr Duration kFarewell =
    std::chrono::seconds(1);  // for the last words to a WebSocket whose Service failed

using RequestParser = http::request_parser<http::string_body>;
using ResponseParser = http::response_parser<http::string_body>;

error_code http_error(error_code ec) {
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return asio::error::eof;
  if (ec == http::error::body_limit || ec == http::error::header_limit ||
      ec == http::error::buffer_overflow) {
    return NetError::too_big;
  }
  if (ec.category() == make_error_code(http::error::bad_version).category()) return NetError::protocol;
  return ec;
}

// Operations by value, so that each can be given a deadline.
template <class Parser>
asio::awaitable<Result<void>> read_head(AnyStream& stream, beast::flat_buffer& buffer, Parser& parser) {
  auto [ec, bytes] = co_await http::async_read_header(stream, buffer, parser, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}
/// The first bytes of a request, however long they are in coming.
asio::awaitable<Result<void>> read_first(AnyStream& stream, beast::flat_buffer& buffer) {
  auto [ec, bytes] = co_await stream.async_read_some(buffer.prepare(4096), use_tuple);
  if (ec) co_return ec;
  buffer.commit(bytes);
  co_return Result<void>();
}
template <class Parser>
asio::awaitable<Result<void>> read_rest(AnyStream& stream, beast::flat_buffer& buffer, Parser& parser) {
  auto [ec, bytes] = co_await http::async_read(stream, buffer, parser, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}
template <bool request>
asio::awaitable<Result<void>> write_whole(AnyStream& stream,
                                          http::message<request, http::string_body>& message) {
  auto [ec, bytes] = co_await http::async_write(stream, message, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}
/// Reads on until the peer has gone: closing with unread bytes would reset the connection, and the answer
/// on its way would be lost to the peer.
asio::awaitable<Result<void>> drain(AnyStream& stream) {
  auto buffer = std::make_unique<std::array<char, 8U << 10U>>();
  const auto into = asio::buffer(*buffer);
  for (;;) {
    auto [ec, bytes] = co_await stream.async_read_some(into, use_tuple);
    if (ec) co_return ec;
  }
}

http::request<http::string_body> to_wire(const Url& url, HttpRequest request) {
  http::request<http::string_body> wire;
  wire.version(11);
  wire.method_string(request.method);
  wire.target(url.target);
  for (const auto& [name, value] : request.headers.fields) wire.insert(name, one_line(value));
  wire.set(http::field::host, url.authority());
  wire.set(http::field::connection, "close");
  if (wire.find(http::field::user_agent) == wire.end()) wire.set(http::field::user_agent, "linecheck");
  wire.body() = std::move(request.body);
  wire.prepare_payload();
  return wire;
}

bool has_no_body(int status) {
  return status / 100 == 1 || status == 204 || status == 304;
}

http::response<http::string_body> to_wire(HttpResponse response, bool head_only, bool keep_alive) {
  http::response<http::string_body> wire;
  wire.version(11);
  wire.result(static_cast<unsigned>(response.status));
  wire.reason(std::string(reason_phrase(response.status)));
  for (const auto& [name, value] : response.headers.fields) wire.insert(name, one_line(value));
  if (!has_no_body(response.status)) wire.body() = std::move(response.body);
  wire.keep_alive(keep_alive);
  wire.prepare_payload();
  if (head_only) wire.body().clear();  // its length stays announced
  return wire;
}

template <class Fields>
Headers headers_of(const Fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    headers.add(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

HttpRequest from_wire(http::request<http::string_body>&& wire, const std::string& peer, bool secure) {
  HttpRequest request;
  request.method = std::string(wire.method_string());
  request.target = std::string(wire.target());
  request.headers = headers_of(wire);
  request.body = std::move(wire.body());
  request.peer = peer;
  request.secure = secure;
  request.upgrade = asks_for_upgrade(request);
  return request;
}

/// The exchange itself; the deadline is around it.
asio::awaitable<Result<HttpResponse>> ask(AnyStream& stream, const http::request<http::string_body>& request,
                                          const ConnectionLimits& limits) {
  auto wire = request;
  auto writing = write_whole(stream, wire);
  const auto written = co_await std::move(writing);
  if (!written) co_return http_error(written.error());
  beast::flat_buffer buffer;
  for (;;) {
    ResponseParser parser;
    parser.body_limit(limits.body_bytes);
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.skip(request.method() == http::verb::head);
    auto reading = read_rest(stream, buffer, parser);
    const auto read = co_await std::move(reading);
    if (!read) co_return http_error(read.error());
    auto wire_response = parser.release();
    // Interim answers (100, 103) precede the real one.
    if (wire_response.result_int() / 100 == 1 && wire_response.result_int() != 101) continue;
    HttpResponse response;
    response.status = static_cast<int>(wire_response.result_int());
    response.headers = headers_of(wire_response);
    response.body = std::move(wire_response.body());
    co_return response;
  }
}

/// Why an upgrade that was admitted came to nothing; none: its sender has gone.
std::optional<Refusal> handshake_reason(error_code ec) {
  if (ec == NetError::protocol) return Refusal::malformed;
  return ec == asio::error::timed_out ? std::optional(Refusal::unread_answer) : std::nullopt;
}

/// Server side of one connection.
class Conversation {
 public:
  Conversation(Clock& clock, std::unique_ptr<ByteStream> stream, std::string peer, bool secure,
               ConnectionLimits limits, Service& service, ServerWatch watch)
      : clock_(clock),
        stream_(std::move(stream)),
        peer_(std::move(peer)),
        secure_(secure),
        limits_(limits),
        service_(service),
        watch_(std::move(watch)) {}

  asio::awaitable<void> run() {
    for (bool more = true; more;) {
      auto parser = std::make_unique<RequestParser>();
      auto turn = serve_one(*parser);
      more = co_await std::move(turn);
    }
  }

 private:
  TimePoint idle_deadline() const { return clock_.now() + limits_.idle; }

  /// One request and its answer. False: the connection is over.
  asio::awaitable<bool> serve_one(RequestParser& parser) {
    auto reading = read_request(parser);
    const auto read = co_await std::move(reading);
    if (!read) {
      auto refusing = refuse(read.error());
      co_await std::move(refusing);
      co_return false;
    }
    const bool keep_alive = parser.get().keep_alive();
    auto request = from_wire(parser.release(), peer_, secure_);
    auto answering = answer(request);
    HttpResponse response = co_await std::move(answering);
    if (is_no_answer(response)) {
      stream_.core().below().abort();
      co_return false;
    }
    if (request.upgrade && response.status == 101) {
      auto talking = talk(std::move(request), std::move(response));
      co_await std::move(talking);
      co_return false;
    }
    const bool head_only = request.method == "HEAD";
    auto sending = send(std::move(response), head_only, keep_alive);
    co_return co_await std::move(sending);
  }

  asio::awaitable<Result<void>> read_request(RequestParser& parser) {
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(limits_.body_bytes);
    begun_ = buffer_.size() > 0;  // pipelined
    if (!begun_) {
      auto beginning = read_first(stream_, buffer_);
      const auto first = co_await with_deadline(clock_, idle_deadline(), std::move(beginning));
      if (!first) co_return first;
      begun_ = true;
    }
    // One deadline for the whole, or a byte now and then would hold the connection for ever.
    const auto end = clock_.now() + watch_.request;
    auto heading = read_head(stream_, buffer_, parser);
    const auto head = co_await with_deadline(clock_, end, std::move(heading));
    if (!head || parser.is_done()) co_return head;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::string_body> go_on(http::status::continue_, 11);
      auto writing = write_whole(stream_, go_on);
      const auto written = co_await with_deadline(clock_, end, std::move(writing));
      if (!written) co_return written;
    }
    auto resting = read_rest(stream_, buffer_, parser);
    co_return co_await with_deadline(clock_, end, std::move(resting));
  }

  /// Why a request will not be answered; none: its sender has gone.
  std::optional<Refusal> reason(error_code ec) const {
    if (ec == asio::error::timed_out) return begun_ ? Refusal::slow_request : Refusal::idle;
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return Refusal::header_size;
    if (ec == http::error::body_limit) return Refusal::body_size;
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) return std::nullopt;
    const bool broken = ec.category() == make_error_code(http::error::bad_version).category();
    return broken ? std::optional(Refusal::malformed) : std::nullopt;
  }

  /// Says what was wrong with a request, where that is possible, and ends the connection.
  asio::awaitable<void> refuse(error_code ec) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    const auto why = reason(ec);
    if (why && watch_.on_refusal) watch_.on_refusal(*why);
    if (why && *why != Refusal::idle && *why != Refusal::slow_request) {
      const int status = why == Refusal::body_size ? 413 : why == Refusal::header_size ? 431 : 400;
      auto response = make_response(status, "text/plain", ec.message() + "\n");
      auto sending = send(std::move(response), false, false);
      co_await std::move(sending);
      co_return;
    }
    auto ending = shut_down(stream_);
    (void)co_await with_deadline(clock_, clock_.now() + kLinger, std::move(ending));
  }

  /// A Service that throws is a bug: the client is told 500, and the owner of this task hears of the rest.
  asio::awaitable<HttpResponse> answer(const HttpRequest& request) {
    std::exception_ptr failure;
    try {
      co_return co_await service_.respond(request);
    } catch (...) {
      failure = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) {
      auto sending = send(make_failed(), false, false);
      (void)co_await std::move(sending);
    }
    std::rethrow_exception(failure);
  }
  static HttpResponse make_failed() { return make_response(500, "text/plain", "internal error\n"); }

  /// False: the connection is over.
  asio::awaitable<bool> send(HttpResponse response, bool head_only, bool keep_alive) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return false;
    auto wire = to_wire(std::move(response), head_only, keep_alive);
    auto writing = write_whole(stream_, wire);
    const auto written = co_await with_deadline(clock_, idle_deadline(), std::move(writing));
    if (state.cancelled() != asio::cancellation_type::none) co_return false;
    if (!written) {
      if (written.error() == asio::error::timed_out && watch_.on_refusal)
        watch_.on_refusal(Refusal::unread_answer);
      co_return false;
    }
    if (keep_alive) co_return true;
    auto ending = shut_down(stream_);
    const auto ended = co_await with_deadline(clock_, clock_.now() + kLinger, std::move(ending));
    if (!ended || state.cancelled() != asio::cancellation_type::none) co_return false;
    auto draining = drain(stream_);
    (void)co_await with_deadline(clock_, clock_.now() + kLinger, std::move(draining));
    co_return false;
  }

  asio::awaitable<void> talk(HttpRequest request, HttpResponse response);

  Clock& clock_;
  AnyStream stream_;
  beast::flat_buffer buffer_;
  std::string peer_;
  bool secure_;
  ConnectionLimits limits_;
  Service& service_;
  ServerWatch watch_;
  bool begun_ = false;  // the request that is being read
};

asio::awaitable<void> Conversation::talk(HttpRequest request, HttpResponse response) {
  const auto early = buffer_.cdata();
  stream_.core().put_back({static_cast<const char*>(early.data()), early.size()});
  auto accepting = accept_upgrade(clock_, std::move(stream_), request, response, limits_);
  auto accepted = co_await std::move(accepting);
  if (!accepted) {
    const auto state = co_await asio::this_coro::cancellation_state;
    const auto why = handshake_reason(accepted.error());
    if (why && watch_.on_refusal && state.cancelled() == asio::cancellation_type::none)
      watch_.on_refusal(*why);
    co_return;
  }
  auto shared = std::make_shared<std::unique_ptr<MessageSocket>>(std::move(*accepted));
  std::exception_ptr failure;
  try {
    auto socket = std::make_unique<ServedSocket>(shared);
    auto serving = service_.serve(std::move(request), std::move(socket));
    co_await std::move(serving);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (*shared && state.cancelled() == asio::cancellation_type::none) {
    CloseReason excuse{1011, "internal error"};
    auto closing = (*shared)->close(std::move(excuse));
    (void)co_await with_deadline(clock_, clock_.now() + kFarewell, std::move(closing));
  }
  std::rethrow_exception(failure);
}
}  // namespace

asio::awaitable<Fetched> exchange(Clock& clock, std::unique_ptr<ByteStream> stream, Url url,
                                  HttpRequest request, Duration deadline, ConnectionLimits limits) {
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto end = clock.now() + deadline;
  AnyStream any(std::move(stream));
  const auto wire = to_wire(url, std::move(request));
  auto asking = ask(any, wire, limits);
  auto answered = co_await with_deadline(clock, end, std::move(asking));
  Fetched fetched;
  if (!answered) {
    fetched.error = answered.error();
    fetched.detail = url.text() + ": " + answered.error().message();
    co_return fetched;
  }
  fetched.response = std::move(*answered);
  if (state.cancelled() != asio::cancellation_type::none) co_return fetched;
  auto ending = shut_down(any);
  (void)co_await with_deadline(clock, end, std::move(ending));
  co_return fetched;
}

asio::awaitable<void> serve_stream(Clock& clock, std::unique_ptr<ByteStream> stream, std::string peer,
                                   bool secure, ConnectionLimits limits, Service& service,
                                   ServerWatch watch) {
  Conversation conversation(clock, std::move(stream), std::move(peer), secure, limits, service,
                            std::move(watch));
  std::exception_ptr failure;
  try {
    auto running = conversation.run();
    co_await std::move(running);
  } catch (...) {
    failure = std::current_exception();
  }
  // What a cancelled Service throws on its way out is no failure of its own.
  const auto state = co_await asio::this_coro::cancellation_state;
  if (failure && state.cancelled() == asio::cancellation_type::none) std::rethrow_exception(failure);
}

}  // namespace runtime::net
