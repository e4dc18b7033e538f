#include "runtime/async/first_of.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace runtime {
namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<std::size_t> first_of(asio::awaitable<void> a, asio::awaitable<void> b) {
  const auto first = co_await (std::move(a) || std::move(b));
  co_return first.index();
}

asio::awaitable<void> both(asio::awaitable<void> a, asio::awaitable<void> b) {
  co_await (std::move(a) && std::move(b));
}

}  // namespace runtime
