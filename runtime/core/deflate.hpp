#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// What stands around data packed by DEFLATE (RFC 1951).
enum class Wrapping : std::uint8_t {
  gzip,     // RFC 1952
  message,  // of a WebSocket, RFC 7692: nothing, and the end of its flush is left out
};

/// What `packed` holds; of more than `most` bytes a beginning that is longer than that. None: it is broken.
std::optional<std::string> unpacked(std::string_view packed, std::size_t most, Wrapping wrapping);

/// `plain` as Wrapping::message has it. `window_bits`, 9 to 15: the unpacker remembers 2^window_bits bytes.
std::string packed_message(std::string_view plain, int window_bits);

}  // namespace runtime
