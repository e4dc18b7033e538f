#pragma once
#include "bridge/twilio/messages.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace bridge::twilio {

/// The bridge's view of one media stream: decodes what Twilio sends and holds it to the protocol's order.
/// Sans-IO. A rejected message changes nothing; the stream lives on. Builds no JSON tree for media
/// (simdjson).
class Stream {
 public:
  Stream();
  ~Stream();
  /// `payload` is one whole message; it is not kept.
  std::variant<Message, Rejected> receive(std::string_view payload, bool binary);
  bool started() const;
  bool stopped() const;
  const StreamSid& sid() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What the bridge sends. Each replaces `out` (capacity kept) with one text message.
void write_media(std::string& out, const StreamSid& stream, std::string_view mulaw);
void write_mark(std::string& out, const StreamSid& stream, std::string_view name);
void write_clear(std::string& out, const StreamSid& stream);

}  // namespace bridge::twilio
