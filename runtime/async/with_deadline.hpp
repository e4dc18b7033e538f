#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/first_of.hpp"
#include "runtime/core/result.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace runtime {

/// Runs `op` and gives it until `deadline`. At the deadline `op` receives a terminal cancellation, is
/// awaited to its end, and its outcome is replaced by asio::error::timed_out.
/// Precondition: `op` reports failure by value. (A throwing operand would be kept waiting until the
/// deadline: see first_of().)
template <class T>
boost::asio::awaitable<Result<T>> with_deadline(Clock& clock, TimePoint deadline,
                                                boost::asio::awaitable<Result<T>> op) {
  auto first = co_await first_of(std::move(op), clock.sleep_until(deadline));
  if (first.index() == 0) {
    co_return std::get<0>(std::move(first));
  }
  co_return error_code(boost::asio::error::timed_out);
}

}  // namespace runtime
