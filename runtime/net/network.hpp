#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runtime::net {

/// Sizes and waits of one side of a connection. Every wait has a deadline.
struct ConnectionLimits {
  Duration connect = std::chrono::seconds(5);    // TCP (and name resolution)
  Duration handshake = std::chrono::seconds(5);  // TLS, then the HTTP upgrade
  Duration idle = std::chrono::seconds(60);      // between requests on a kept-alive connection
  std::size_t message_bytes = 1U << 20U;         // one WebSocket message
  std::size_t body_bytes = 1U << 20U;            // one HTTP body
  std::size_t header_bytes = 16U << 10U;
  std::size_t connections = 10'000;         // a listener's: beyond, new ones are closed at once
  std::optional<int> send_buffer_bytes;     // SO_SNDBUF: how much a stalled peer may hide; system default
  std::optional<int> receive_buffer_bytes;  // SO_RCVBUF
};

struct WebSocketRequest {
  Url url;
  Headers headers;                        // besides those of the handshake
  std::vector<std::string> subprotocols;  // offered, in order of preference
  ConnectionLimits limits;
};

inline constexpr std::size_t kRefusalBytes = 4096;

/// How a dial ended: a socket, or why there is none.
struct Dialled {
  std::unique_ptr<MessageSocket> socket;
  error_code error;
  int http_status = 0;      // the status of a refusal (NetError::refused); 101 on success
  std::string detail;       // the peer's words, truncated; never for a label
  std::string retry_after;  // that header of a refusal, as it came
  std::string body;         // of a refusal, its first kRefusalBytes
  std::string subprotocol;  // selected by the server
  explicit operator bool() const { return socket != nullptr; }
};

/// What a TLS server's certificate was refused for (NetError::tls).
enum class CertificateFault : std::uint8_t { none, wrong_host, expired, untrusted };

struct Fetched {
  HttpResponse response;
  error_code error;
  std::string detail;
  bool connected = false;  // TCP was: an error came after it
  CertificateFault certificate = CertificateFault::none;
  explicit operator bool() const { return !error; }
};

/// What a server does with one request. Lives as long as its Listener. One thread.
class Service {
 public:
  virtual ~Service() = default;
  /// Answers a request. For one with `upgrade` set, status 101 accepts the WebSocket (the response's
  /// headers, `Sec-WebSocket-Protocol` among them, go into the handshake); any other status refuses it.
  /// `Sec-WebSocket-Extensions: permessage-deflate` there: messages may be packed, where the client offers
  /// that.
  virtual boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) = 0;
  /// Runs an accepted WebSocket to its end. The socket is the callee's; cancelled when the listener is.
  virtual boost::asio::awaitable<void> serve(HttpRequest request, std::unique_ptr<MessageSocket> socket) = 0;
};

struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

struct Endpoint {
  std::string host = "127.0.0.1";  // address to bind; in the simulated network the host's name
  std::uint16_t port = 0;          // 0: any free one
  std::optional<TlsIdentity> tls;  // none: plain
  ConnectionLimits limits;
};

/// Accepts connections and serves each in a task of its own. Owns those tasks.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;
  /// Takes no new connection; those that run go on.
  virtual void stop_accepting() = 0;
  /// Cancels what still runs and waits for its end. To be awaited before destruction.
  virtual boost::asio::awaitable<void> shut_down() = 0;
};

/// The second seam: every connection of the program comes from here. One thread.
class Network {
 public:
  virtual ~Network() = default;
  virtual boost::asio::awaitable<Dialled> connect(WebSocketRequest request) = 0;
  /// One HTTP exchange on a connection of its own, whole within `request.connect_within + limits.handshake +
  /// deadline`. `request.target` is ignored in favour of `url`; `Host` is set from `url`. Redirects are not
  /// followed.
  virtual boost::asio::awaitable<Fetched> fetch(Url url, HttpRequest request, Duration deadline) = 0;
  /// Error: the address is in use or may not be bound, or the TLS identity is unusable.
  virtual Result<std::unique_ptr<Listener>> listen(Endpoint endpoint, Service& service) = 0;
};

}  // namespace runtime::net
