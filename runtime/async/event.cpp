#include "runtime/async/event.hpp"

#include "runtime/async/use_tuple.hpp"

#include <utility>

namespace runtime {
namespace asio = boost::asio;

Event::Event(asio::any_io_executor executor) : channel_(std::move(executor)) {}

void Event::set() {
  set_ = true;
  channel_.close();
}

asio::awaitable<bool> Event::wait() {
  auto [ec] = co_await channel_.async_receive(use_tuple);
  co_return ec == asio::experimental::error::channel_closed;
}

Signal::Signal(asio::any_io_executor executor) : channel_(std::move(executor), 1) {}

void Signal::notify() {
  channel_.try_send(boost::system::error_code());
}

asio::awaitable<bool> Signal::wait() {
  auto [ec] = co_await channel_.async_receive(use_tuple);
  co_return !ec;
}

}  // namespace runtime
