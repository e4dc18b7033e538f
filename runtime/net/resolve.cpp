#include "runtime/net/resolve.hpp"

#include "runtime/async/event.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>

namespace runtime::net {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

/// A question to the resolver's thread. Asio cannot take it back, so it may outlast who asked: then the
/// answer, which holds the lookup, is its last owner.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), answered(executor) {}
  tcp::resolver resolver;
  Event answered;
  error_code error;
  std::vector<tcp::endpoint> endpoints;
};

asio::awaitable<Result<void>> wait_for(Event& event) {
  const bool happened = co_await event.wait();
  if (!happened) co_return asio::error::operation_aborted;
  co_return Result<void>();
}

}  // namespace

asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(Clock& clock, std::string host,
                                                            std::uint16_t port, TimePoint deadline) {
  error_code no_address;
  if (const auto address = asio::ip::make_address(host, no_address); !no_address) {
    std::vector<tcp::endpoint> one{tcp::endpoint(address, port)};
    co_return one;
  }
  const auto executor = co_await asio::this_coro::executor;
  auto lookup = std::make_shared<Lookup>(executor);
  auto answer = [lookup](error_code ec, const tcp::resolver::results_type& results) {
    lookup->error = ec;
    for (const auto& entry : results) lookup->endpoints.push_back(entry.endpoint());
    lookup->answered.set();
  };
  lookup->resolver.async_resolve(host, std::to_string(port), answer);
  auto waiting = wait_for(lookup->answered);
  const auto answered = co_await with_deadline(clock, deadline, std::move(waiting));
  if (!answered) {
    lookup->resolver.cancel();
    co_return answered.error();
  }
  if (lookup->error) co_return lookup->error;
  co_return std::move(lookup->endpoints);
}

}  // namespace runtime::net
