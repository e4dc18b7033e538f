#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace bridge::app {

/// Looks whether anything still comes through one media stream, and sends pings where that is asked for. A
/// path that carries nothing any more may never say so: without this, its call would last until its limit.
class StreamWatch {
 public:
  struct Limits {
    runtime::Duration idle;  // without any message; 0: for ever
    runtime::Duration ping;  // between two; 0: none
  };
  /// `on_idle`: the stream was idle for too long, and is cut right after. All outlive this.
  StreamWatch(boost::asio::any_io_executor executor, runtime::Clock& clock, Limits limits,
              std::function<void()> on_idle);

  /// The socket to be used instead. Lives until stop() has completed.
  std::unique_ptr<runtime::net::MessageSocket> watch(std::unique_ptr<runtime::net::MessageSocket> socket);
  /// To be awaited before the socket and this are destroyed.
  boost::asio::awaitable<void> stop();

 private:
  class Watched;
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> ping();

  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  const Limits limits_;
  std::function<void()> on_idle_;
  Watched* watched_ = nullptr;
  runtime::TaskGroup tasks_;
};

}  // namespace bridge::app
