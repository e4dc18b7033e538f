#pragma once
#include "runtime/core/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runtime::net {

/// Close codes of RFC 6455, 7.4.1, and those that the peers of this program use.
struct CloseReason {
  std::uint16_t code = 1000;  // 1005: the close frame holds none, and no text
  std::string text;
};

struct Message {
  std::string_view payload;  // valid until the next read
  bool binary = false;
};

/// A duplex connection that carries whole messages: the seam between the product and any wire.
/// Not thread-safe: every call is made from the executor the socket was created on. One operation of
/// each kind may be in progress at a time. Outlives every operation started on it.
/// Cancelling any operation kills the connection: what remains is to destroy the socket. To end
/// politely call close() while the read is pending; the read then ends by itself.
class MessageSocket {
 public:
  MessageSocket() = default;
  MessageSocket(const MessageSocket&) = delete;
  MessageSocket& operator=(const MessageSocket&) = delete;
  virtual ~MessageSocket() = default;

  /// Next whole message. Error: NetError::closed after the peer's close frame (see peer_close()),
  /// NetError::too_big after a message above the limit, otherwise the transport's own code.
  virtual boost::asio::awaitable<Result<Message>> read() = 0;

  /// Completes when the transport has taken the whole text message. `message` must stay valid until then.
  boost::asio::awaitable<Result<void>> write(std::string_view message);

  /// Several text messages in order, in as few system calls as the transport allows. As write() otherwise.
  boost::asio::awaitable<Result<void>> write_all(std::span<const std::string_view> messages);

  /// The same without a coroutine where there is nothing to wait for: true when the transport took everything
  /// at once. Otherwise finish_write() has to be awaited, which completes as write() does: until then
  /// `messages`, and what they view, must stay valid, and no other write may begin.
  virtual bool start_write(std::span<const std::string_view> messages) = 0;
  virtual boost::asio::awaitable<Result<void>> finish_write() = 0;

  /// Sends a control frame that the peer's socket answers by itself; no read shows anything of it. Of
  /// `payload` at most 125 bytes are sent. Not beside a write.
  virtual boost::asio::awaitable<Result<void>> ping(std::string_view payload) = 0;

  /// Sends a close frame after what is being written, and ends the read.
  virtual boost::asio::awaitable<Result<void>> close(CloseReason reason) = 0;

  /// Cuts the connection at once (TCP: a reset); pending operations end with an error.
  virtual void abort() = 0;

  /// What the peer's close frame said, once one came.
  virtual std::optional<CloseReason> peer_close() const = 0;

  /// Grows whenever anything comes from the peer, answers to pings included, as far as reads have got.
  virtual std::uint64_t heard() const = 0;

  /// Bytes that the transport has taken and the peer's host has not acknowledged; 0 where unknown.
  virtual std::size_t unacked_bytes() const = 0;
};

enum class NetError {
  closed = 1,  // the peer sent a close frame, or the connection was already closed by us
  refused,     // the peer answered the upgrade with another status than 101
  protocol,    // the peer broke HTTP or the WebSocket protocol
  too_big,     // a message or body above the limit
  unresolved,  // no such host
  tls,         // the TLS handshake failed: certificate, host name or protocol
  locked,      // a private key has a passphrase, and nobody is there to type it
};
error_code make_error_code(NetError e) noexcept;

}  // namespace runtime::net

template <>
struct boost::system::is_error_code_enum<runtime::net::NetError> : std::true_type {};
