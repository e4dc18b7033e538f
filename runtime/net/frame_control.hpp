#pragma once
#include "runtime/net/message_socket.hpp"

#include <cstddef>
#include <cstdint>

namespace runtime::net {

/// What a connection with WebSocket frames offers beyond its messages.
class FrameControl {
 public:
  virtual ~FrameControl() = default;
  /// Pongs that came, as far as reads have got.
  virtual std::uint64_t pongs() const = 0;
  /// From now on a text message leaves in frames of at most so many bytes; 0: each in one.
  virtual void fragment(std::size_t frame_bytes) = 0;
  /// From now on the peer's pings are not answered.
  virtual void withhold_pongs() = 0;
  /// What the peer is told when it breaks the protocol, in place of the code that RFC 6455 names for it.
  virtual void close_breaches_with(std::uint16_t code) = 0;
};

/// A socket around another.
class SocketWrapper {
 public:
  virtual ~SocketWrapper() = default;
  virtual MessageSocket& wrapped() = 0;
};

/// nullptr: `socket` has no frames, being in memory.
FrameControl* frames_of(MessageSocket& socket);

}  // namespace runtime::net
