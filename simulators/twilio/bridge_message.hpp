#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace simulators::twilio {

// What a bridge may send over a bidirectional stream (Media Streams - WebSocket Messages).
struct BridgeMedia {
  std::string_view mulaw;  // decoded; valid until the next message
};
struct BridgeMark {
  std::string name;
};
struct BridgeClear {};

/// A message that Twilio does not act on.
struct BadMessage {
  int code = 31951;  // 31950: binary; 31951: everything else
  std::string text;  // what was wrong, where, and what would be right
};
using BridgeMessage = std::variant<BridgeMedia, BridgeMark, BridgeClear, BadMessage>;

/// Where the documentation is silent, or stricter than some service may be.
struct Tolerance {
  bool empty_payload = true;  // media without audio is taken
  bool extra_fields = false;  // fields that are not known are skipped
};

/// Holds the bridge's messages to their shape: exactly the documented fields, of the right types, for this
/// stream. Sans-IO; builds no tree.
class BridgeMessageReader {
 public:
  explicit BridgeMessageReader(std::string stream_sid, Tolerance tolerance = {});
  ~BridgeMessageReader();
  BridgeMessage read(std::string_view payload, bool binary);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulators::twilio
