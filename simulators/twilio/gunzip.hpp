#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// What a body of `Content-Encoding: gzip` holds (RFC 1952). None: it is broken, or holds more than `most`
/// bytes.
std::optional<std::string> gunzip(std::string_view packed, std::size_t most);

}  // namespace simulators::twilio
