#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
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
  /// What its owner hears of. All that they refer to outlives this.
  struct Owner {
    std::function<void()> idle;  // the stream was idle for too long, and is cut right after
    std::function<void(std::exception_ptr)> failed;  // a bug: nobody looks at the stream any more
  };
  StreamWatch(boost::asio::any_io_executor executor, runtime::Clock& clock, Limits limits, Owner owner);

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
  const Owner owner_;
  Watched* watched_ = nullptr;
  runtime::TaskGroup tasks_;
};

}  // namespace bridge::app
