#include "runtime/net/message_socket.hpp"

#include "runtime/net/frame_control.hpp"

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

FrameControl* frames_of(MessageSocket& socket) {
  if (auto* wrapper = dynamic_cast<SocketWrapper*>(&socket)) return frames_of(wrapper->wrapped());
  return dynamic_cast<FrameControl*>(&socket);
}

}  // namespace runtime::net
