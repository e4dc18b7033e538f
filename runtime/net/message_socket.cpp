#include "runtime/net/message_socket.hpp"

namespace runtime::net {
namespace asio = boost::asio;

asio::awaitable<Result<void>> MessageSocket::write(std::string_view message) {
  if (start_write({&message, 1})) co_return Result<void>();
  co_return co_await finish_write();
}

asio::awaitable<Result<void>> MessageSocket::write_all(std::span<const std::string_view> messages) {
  if (start_write(messages)) co_return Result<void>();
  co_return co_await finish_write();
}

}  // namespace runtime::net
