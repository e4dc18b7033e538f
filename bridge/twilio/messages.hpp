#pragma once
#include "runtime/core/units.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridge::twilio {

using CallSid = runtime::Strong<struct CallSidTag, std::string>;      // "CA" + 32 hex digits
using StreamSid = runtime::Strong<struct StreamSidTag, std::string>;  // "MZ" + 32 hex digits

// What Twilio sends over a media stream (Media Streams - WebSocket Messages).
struct Connected {};
struct Start {
  StreamSid stream;
  CallSid call;
  std::string account_sid;
  std::string encoding;                           // "audio/x-mulaw"
  int sample_rate = 0;                            // 8000
  int channels = 0;                               // 1
  std::map<std::string, std::string> parameters;  // customParameters
};
struct Media {
  std::string_view mulaw;          // decoded; valid until the decoder's next message
  std::uint64_t timestamp_ms = 0;  // since the stream's start
  bool inbound = true;             // the caller's voice; false: the other track, never forwarded
};
struct Dtmf {
  char digit = 0;
};
struct MarkEcho {
  std::string_view name;  // valid until the decoder's next message
};
struct Stop {};
using Message = std::variant<Connected, Start, Media, Dtmf, MarkEcho, Stop>;

/// Why a message was not used; the label `kind` of voicebridge_protocol_errors_total{peer="twilio"}.
enum class Breach {
  malformed_json,
  wrong_type,  // a field is missing or of another type
  unknown_event,
  binary_frame,
  second_start,
  before_start,  // media, dtmf, mark or stop before `start`
  wrong_stream,  // another streamSid
  bad_base64,
  after_stop,
};
std::string_view to_string(Breach breach);

struct Rejected {
  Breach breach;
  std::string detail;  // what was wrong and what would be right, for the log; truncated, no audio
};

}  // namespace bridge::twilio
