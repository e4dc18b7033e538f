#pragma once
#include "runtime/net/message_socket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace runtime::net {

/// Frames of RFC 6455, without I/O: bytes in, what they say out, and back. Of extensions it knows
/// permessage-deflate (RFC 7692), each message packed by itself.
enum class Role { client, server };
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
using Mask = std::array<char, 4>;

constexpr std::uint16_t kNoCode = 1005;         // of a close frame that names none; RFC 6455, 7.4.1
constexpr std::size_t kKeptBytes = 64U << 10U;  // a buffer that grew beyond this is given back

enum class Part { whole, more_follows };
enum class Packing { none, deflate };  // said by the first frame of a message, of the whole

/// Appends one frame. `mask`: what a client's frames must have, and a server's must not.
void append_frame(std::string& out, Opcode opcode, std::string_view payload, const std::optional<Mask>& mask,
                  Part part = Part::whole, Packing packing = Packing::none);

/// Takes apart what a peer sends. Owns the buffer that the transport reads into, so that a message which came
/// in one frame is handed out where it lies.
class FrameReader {
 public:
  /// `role`: ours. `message_limit_bytes`: of one message, however many frames it has, unpacked as well.
  /// `agreed`: how the handshake lets messages be packed.
  FrameReader(Role role, std::size_t message_limit_bytes, Packing agreed = Packing::none);

  /// Where the transport is to put what it reads next; never empty.
  std::span<char> room();
  void filled(std::size_t bytes) { end_ += bytes; }

  struct Ping {
    std::string_view payload;
  };
  struct Closed {  // the last thing that a peer says
    CloseReason reason;
  };
  struct Breach {  // nothing can be read any more
    std::uint16_t close_code;
    NetError error;
  };
  using Item = std::variant<Message, Ping, Closed, Breach>;
  /// The next thing that has come whole; what it points at is valid until the next call of next() or room().
  std::optional<Item> next();
  /// How many have been passed over so far.
  std::uint64_t pongs() const { return pongs_; }
  /// What was handed out last stays valid until the next call of keep(), also while others read on.
  void keep();

 private:
  struct Header {
    std::size_t size = 2;  // its own
    bool final = false;
    Packing packing = Packing::none;
    Opcode opcode{};
    bool masked = false;
    std::size_t payload = 0;
  };
  std::optional<Header> header() const;
  std::optional<Breach> objection(const Header& header) const;
  std::optional<Item> data(const Header& header, std::string_view payload);
  std::optional<Item> control(const Header& header, std::string_view payload);
  Item message(std::string_view payload);

  const Role role_;
  const std::size_t limit_;
  const Packing agreed_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is not yet taken apart
  std::size_t end_ = 0;    // of what was read
  std::vector<char> kept_;
  std::vector<char> fragments_;
  std::vector<char> kept_fragments_;
  bool fragmented_ = false;          // a message has begun and is not complete
  bool binary_ = false;              // the message that has begun
  Packing packing_ = Packing::none;  // likewise
  std::vector<char> unpacked_;
  std::vector<char> kept_unpacked_;
  std::uint64_t pongs_ = 0;
};

}  // namespace runtime::net
