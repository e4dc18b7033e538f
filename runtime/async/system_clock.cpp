#include "runtime/async/system_clock.hpp"

#include "runtime/async/use_tuple.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace runtime {
namespace asio = boost::asio;

TimePoint SystemClock::now() const {
  return TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
}

WallTime SystemClock::wall_now() const {
  return std::chrono::system_clock::now();
}

asio::awaitable<bool> SystemClock::sleep_until(TimePoint deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(std::chrono::steady_clock::time_point{deadline.time_since_epoch()});
  auto [ec] = co_await timer.async_wait(use_tuple);
  co_return !ec;
}
}  // namespace runtime
