#pragma once
#include "runtime/async/event.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bridge::app {

/// A connection that waits for a call. Until it is handed over somebody else reads it, so that pings are
/// answered and its end is noticed; what came meanwhile is what the call reads first. A read cannot be taken
/// back without killing the connection: the one that is pending at the handover goes on, and its message is
/// the call's.
class WarmSocket {
 public:
  WarmSocket(std::unique_ptr<runtime::net::MessageSocket> socket,
             const boost::asio::any_io_executor& executor);

  /// Reads until it is handed over and one message more, or to its end. Once.
  boost::asio::awaitable<void> keep();
  /// Asks for a sign of life; without one since the last time the connection is cut.
  boost::asio::awaitable<void> ping();
  /// It is at its end, or said more than one that waits has to say.
  bool spent() const { return shared_->error.has_value() || shared_->messages.size() > kMostMessages; }
  /// It may be handed over: it lives, and nobody writes.
  bool ready() const { return !spent() && !shared_->pinging; }
  bool handed_over() const { return shared_->handed_over; }
  /// To the call. When it is ready.
  std::unique_ptr<runtime::net::MessageSocket> hand_over();
  void abort() {
    shared_->given_up = true;
    shared_->socket->abort();
  }
  /// Its end was ours.
  bool given_up() const { return shared_->given_up; }
  /// What came while it waited, and the code of the close behind it; 0: none.
  const std::deque<std::string>& messages() const { return shared_->messages; }
  int close_code() const {
    const auto reason = shared_->socket->peer_close();
    return reason ? reason->code : 0;
  }

 private:
  struct Shared {
    Shared(std::unique_ptr<runtime::net::MessageSocket> read, const boost::asio::any_io_executor& executor)
        : socket(std::move(read)), arrived(executor) {}
    std::unique_ptr<runtime::net::MessageSocket> socket;
    runtime::Signal arrived;
    std::deque<std::string> messages;
    std::optional<runtime::error_code> error;
    bool handed_over = false;
    bool given_up = false;
    bool being_read = false;
    bool pinging = false;
    std::uint64_t heard = 0;  // at the last ping
  };
  class Taken;
  static constexpr std::size_t kMostMessages = 16;

  std::shared_ptr<Shared> shared_;
};

}  // namespace bridge::app
