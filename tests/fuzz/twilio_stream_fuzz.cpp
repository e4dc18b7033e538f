// Whatever a peer sends on the media stream: what is taken is JSON, in order, of this stream, and says so
// when not.
#include "bridge/twilio/stream.hpp"
#include "tests/fuzz/message_lines.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

namespace {
using namespace bridge::twilio;

void check(bool holds) {
  if (!holds) std::abort();
}

/// The audio survives our own way of writing it.
void check_round_trip(const Stream& stream, std::string_view mulaw) {
  std::string text;
  write_media(text, stream.sid(), mulaw);
  check(nlohmann::json::parse(text)["streamSid"] == stream.sid().value());
}

void check_taken(const Stream& stream, const Message& message, bool was_started, bool was_stopped) {
  const bool connected = std::holds_alternative<Connected>(message);
  const bool start = std::holds_alternative<Start>(message);
  check(connected || was_started != start);
  check(connected || !was_stopped);
  check(std::holds_alternative<Stop>(message) == (stream.stopped() && !was_stopped));
  if (const auto* media = std::get_if<Media>(&message)) check_round_trip(stream, media->mulaw);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Stream stream;
  fuzz::MessageLines lines(data, size);
  fuzz::MessageLines::Message line;
  while (lines.next(line)) {
    const bool started = stream.started();
    const bool stopped = stream.stopped();
    const StreamSid sid = stream.sid();
    const auto received = stream.receive(line.payload, line.binary);
    if (const auto* rejected = std::get_if<Rejected>(&received)) {
      check(!rejected->detail.empty() && rejected->detail.size() < 400);
      check(stream.started() == started && stream.stopped() == stopped && stream.sid() == sid);
      continue;
    }
    check(!line.binary && nlohmann::json::accept(line.payload));
    check(!started || stream.sid() == sid);
    check_taken(stream, std::get<Message>(received), started, stopped);
  }
  return 0;
}
