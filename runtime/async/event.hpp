#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>

namespace runtime {

/// Happens once; every waiter, present or future, then goes on. One executor, one thread.
class Event {
 public:
  explicit Event(boost::asio::any_io_executor executor);
  void set();
  bool is_set() const { return set_; }
  /// Returns when set. False: cancelled before.
  boost::asio::awaitable<bool> wait();

 private:
  boost::asio::experimental::channel<void(boost::system::error_code)> channel_;
  bool set_ = false;
};

/// Happens again and again; one waiter. A notify() without a waiter is remembered, once: the next wait()
/// returns at once. For "there is something to do" between coroutines of one thread.
class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor);
  void notify();
  /// False: cancelled before.
  boost::asio::awaitable<bool> wait();

 private:
  boost::asio::experimental::channel<void(boost::system::error_code)> channel_;
};

}  // namespace runtime
