#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// What a body of `Content-Encoding: gzip` holds (RFC 1952); of more than `most` bytes a beginning that is
/// longer than that. None: it is broken.
std::optional<std::string> gunzip(std::string_view packed, std::size_t most);

}  // namespace simulators::twilio
