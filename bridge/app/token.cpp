#include "bridge/app/token.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/net/url.hpp"

#include <fmt/format.h>

#include <charconv>

namespace bridge::app {
namespace {

std::int64_t unix_ms(runtime::WallTime at) {
  return std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Direction> direction_of(std::string_view text) {
  if (text == "inbound") return Direction::inbound;
  if (text == "outbound") return Direction::outbound;
  return std::nullopt;
}

/// Takes the part of `text` up to the next dot.
std::string_view take(std::string_view& text) {
  const auto part = text.substr(0, text.find('.'));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

/// The lengths keep two fields from being read as two others.
std::string signed_words(std::string_view claims, const Signer::Stream& stream) {
  return fmt::format("stream.{}.{}.{}:{}.{}:{}", claims, stream.call_sid, stream.to.size(), stream.to,
                     stream.from.size(), stream.from);
}

}  // namespace

std::string_view to_string(Direction direction) {
  return direction == Direction::inbound ? "inbound" : "outbound";
}

std::string Signer::sign(std::string_view what) const {
  return runtime::hex_encode(runtime::hmac_sha256(secret_, what));
}

std::string Signer::stream_token(const Stream& stream, const Opened& claims) const {
  const auto text =
      fmt::format("{}.{}.{}", to_string(claims.direction), unix_ms(claims.served), unix_ms(claims.expires));
  return fmt::format("v3.{}.{}", text, sign(signed_words(text, stream)));
}

std::variant<Signer::Opened, std::string> Signer::check_stream_token(std::string_view token,
                                                                     const Stream& stream,
                                                                     runtime::WallTime now) const {
  if (token.empty()) return "the stream has no token";
  if (take(token) != "v3") return "the token is of no known version";
  const auto direction_text = take(token);
  const auto served_text = take(token);
  const auto expires_text = take(token);
  const auto claims = fmt::format("{}.{}.{}", direction_text, served_text, expires_text);
  const auto expected = sign(signed_words(claims, stream));
  if (!runtime::equal_constant_time(token, expected)) return "the token was not signed by us for this call";
  const auto direction = direction_of(direction_text);
  const auto served = whole(served_text);
  const auto expires = whole(expires_text);
  if (!direction || !served || !expires) return "the token cannot be read";
  if (unix_ms(now) > *expires) {
    return fmt::format("the token expired {} ms ago (stream_token.valid_for)", unix_ms(now) - *expires);
  }
  return Opened{*direction, runtime::WallTime(std::chrono::milliseconds(*served)),
                runtime::WallTime(std::chrono::milliseconds(*expires))};
}

std::string Signer::return_query(std::string_view call_sid, const Served& served) const {
  const auto at = unix_ms(served.at);
  const auto signature =
      sign(fmt::format("return.{}.{}.{}.{}", at, served.attempt, to_string(served.direction), call_sid));
  return fmt::format("at={}&attempt={}&direction={}&signature={}", at, served.attempt,
                     to_string(served.direction), signature);
}

std::optional<Signer::Served> Signer::check_return(std::string_view query, std::string_view call_sid) const {
  const auto form = runtime::net::decode_form(query);
  const auto at = runtime::net::field(form, "at");
  const auto attempt = runtime::net::field(form, "attempt");
  const auto direction = runtime::net::field(form, "direction");
  const auto expected = sign(fmt::format("return.{}.{}.{}.{}", at, attempt, direction, call_sid));
  if (!runtime::equal_constant_time(runtime::net::field(form, "signature"), expected)) return std::nullopt;
  const auto at_ms = whole(at);
  const auto number = whole(attempt);
  const auto way = direction_of(direction);
  if (!at_ms || !number || !way) return std::nullopt;
  return Served{runtime::WallTime(std::chrono::milliseconds(*at_ms)), static_cast<int>(*number), *way};
}

}  // namespace bridge::app
