#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/core/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <deque>

namespace simulators::twilio {

/// Lets an account's outbound calls out at its rate, in the order of their creation. One thread.
class DialQueue {
 public:
  /// `calls_per_second`: 0 lets every call out at once.
  DialQueue(boost::asio::any_io_executor executor, runtime::Clock& clock, double calls_per_second);

  /// Returns when a call may be dialled. False: `given_up` came first; the calls behind it move up.
  boost::asio::awaitable<bool> turn(runtime::Event& given_up);

 private:
  class Place;
  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  runtime::Duration interval_{0};
  runtime::TimePoint next_;
  std::deque<Place*> waiting_;
};

}  // namespace simulators::twilio
