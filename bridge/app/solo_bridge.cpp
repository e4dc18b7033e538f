#include "bridge/app/solo_bridge.hpp"

namespace bridge::app {

runtime::Result<void> SoloBridge::start() {
  if (auto started = control_.start(); !started) return started;
  if (auto started = worker_.start(); !started) return started;
  control_.say_what_is_configured();
  return {};
}

boost::asio::awaitable<bool> SoloBridge::run() {
  const bool clean = co_await worker_.run();
  co_await control_.tell_failures();
  co_await control_.close();
  co_return clean;
}

}  // namespace bridge::app
