#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

/// Base64 of RFC 4648, section 4: with padding, no line breaks.
std::string base64_encode(std::string_view bytes);
/// Appends the encoding of `bytes` to `out`: the form for buffers that are used again.
void base64_append(std::string& out, std::string_view bytes);
/// Decodes into `out` (replaced, its capacity kept). False when `text` is no base64: wrong length, alphabet
/// or padding.
bool base64_decode(std::string_view text, std::string& out);
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);

/// Raw digests (20 and 32 bytes).
std::string hmac_sha1(std::string_view key, std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string sha256(std::string_view text);
/// Compares in a time that does not depend on where the texts differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace runtime
