#include "scenarios/cli/fetch.hpp"

#include "runtime/async/system_clock.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/system_network.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace scenarios::cli {
namespace {

using namespace std::chrono_literals;
using runtime::net::Fetched;
using runtime::net::HttpRequest;
using runtime::net::Network;
using runtime::net::Url;

boost::asio::awaitable<void> carry_out(Network& network, Url url, HttpRequest request, Fetched& into) {
  into = co_await network.fetch(std::move(url), std::move(request), 15s);
}

boost::asio::awaitable<void> wait_until(runtime::Clock& clock, runtime::TimePoint end) {
  (void)co_await clock.sleep_until(end);
}

}  // namespace

Fetched fetch_now(const Url& url, HttpRequest request) {
  boost::asio::io_context ioc{1};
  runtime::SystemClock clock;
  auto network = runtime::net::make_system_network(ioc.get_executor(), clock, {});
  Fetched fetched;
  runtime::TaskGroup tasks(ioc.get_executor(), [&](std::exception_ptr) { fetched.detail = "(interrupted)"; });
  tasks.spawn(carry_out(*network, url, std::move(request), fetched));
  ioc.run();
  return fetched;
}

void wait_now(runtime::Duration length) {
  boost::asio::io_context ioc{1};
  runtime::SystemClock clock;
  runtime::TaskGroup tasks(ioc.get_executor(), [](std::exception_ptr) {});
  tasks.spawn(wait_until(clock, clock.now() + length));
  ioc.run();
}

}  // namespace scenarios::cli
