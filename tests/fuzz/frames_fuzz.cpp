// Whatever a WebSocket peer sends, cut up however the network likes: the same messages, within the limit, or
// a breach. The first byte chooses our role, whether messages may be packed, and how much the transport
// delivers at a time.
#include "runtime/net/frames.hpp"

#include "runtime/core/utf8.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {
using namespace runtime::net;
constexpr std::size_t kLimit = 5000;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Everything that is said, as text; ends where a peer closes or breaks the rules.
std::string told(Role role, Packing agreed, std::string_view bytes, std::size_t step) {
  FrameReader reader(role, kLimit, agreed);
  std::string words;
  while (!bytes.empty()) {
    const auto room = reader.room();
    check(!room.empty());
    const auto part = bytes.substr(0, std::min({step, room.size(), bytes.size()}));
    std::ranges::copy(part, room.begin());
    reader.filled(part.size());
    bytes.remove_prefix(part.size());
    while (const auto item = reader.next()) {
      if (const auto* message = std::get_if<Message>(&*item)) {
        check(message->payload.size() <= kLimit && (message->binary || runtime::is_utf8(message->payload)));
        words += message->binary ? 'b' : 't';
        words += message->payload;
      } else if (const auto* ping = std::get_if<FrameReader::Ping>(&*item)) {
        check(ping->payload.size() <= 125);
        words.append("p").append(ping->payload);
      } else if (const auto* closed = std::get_if<FrameReader::Closed>(&*item)) {
        check(runtime::is_utf8(closed->reason.text));
        return words + "c" + std::to_string(closed->reason.code) + closed->reason.text;
      } else {
        return words + "x" + std::to_string(std::get<FrameReader::Breach>(*item).close_code);
      }
    }
  }
  return words;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto role = (data[0] & 1U) != 0 ? Role::server : Role::client;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto agreed = (data[0] & 2U) != 0 ? Packing::deflate : Packing::none;
  check(told(role, agreed, bytes, 1 + data[0] / 4) == told(role, agreed, bytes, size));
  return 0;
}
