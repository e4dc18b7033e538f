#pragma once
#include "runtime/net/message_socket.hpp"

#include <gmock/gmock.h>

namespace support {

/// For what matters about a socket's calls and their order; for what they bring there is the simulated one.
class MockSocket : public runtime::net::MessageSocket {
 public:
  MOCK_METHOD(boost::asio::awaitable<runtime::Result<runtime::net::Message>>, read, (), (override));
  MOCK_METHOD(bool, start_write, (std::span<const std::string_view>), (override));
  MOCK_METHOD(boost::asio::awaitable<runtime::Result<void>>, finish_write, (), (override));
  MOCK_METHOD(boost::asio::awaitable<runtime::Result<void>>, ping, (std::string_view), (override));
  MOCK_METHOD(boost::asio::awaitable<runtime::Result<void>>, close, (runtime::net::CloseReason), (override));
  MOCK_METHOD(void, abort, (), (override));
  MOCK_METHOD(std::optional<runtime::net::CloseReason>, peer_close, (), (const, override));
  MOCK_METHOD(std::uint64_t, heard, (), (const, override));
  MOCK_METHOD(std::size_t, unacked_bytes, (), (const, override));
};

}  // namespace support
