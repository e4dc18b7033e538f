#pragma once
#include "bridge/openai/dialect.hpp"
#include "runtime/core/units.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridge::openai {

using ResponseId = runtime::Strong<struct ResponseIdTag, std::string>;
using ItemId = runtime::Strong<struct ItemIdTag, std::string>;

// Server events of the GA dialect that a call acts on. Text is copied out, but for audio.
struct SessionCreated {
  std::string session_id;
  std::int64_t expires_at = 0;  // Unix seconds; 0: not said
};
struct SessionUpdated {
  std::string input_format;  // "audio/pcmu", "audio/pcm", ...; empty: not said
  std::string output_format;
  std::int64_t input_rate = 0;  // 0: not said
  std::int64_t output_rate = 0;
};
struct SpeechStarted {
  ItemId item;
  std::int64_t audio_start_ms = 0;  // in appended audio
};
struct SpeechStopped {
  ItemId item;
  std::int64_t audio_end_ms = 0;
};
struct Committed {
  ItemId item;
};
struct IdleTimeout {  // nobody has spoken for long enough: the silence is committed as this item
  ItemId item;
};
struct ResponseCreated {
  ResponseId response;
  bool out_of_band = false;  // conversation "none": never judged
  bool audio = true;         // output_modalities hold "audio"
  // metadata.linecheck of the response.create that asked for it; empty: the server's own
  std::string create_tag;
};
/// tool_call: ours to make, or the service's own on an MCP server, asked for or made.
enum class ItemKind { message, tool_call, other };
struct OutputItemAdded {
  ResponseId response;
  ItemId item;
  ItemKind kind = ItemKind::other;
  std::string tool;  // a function_call's name
};
struct AudioDelta {
  ResponseId response;
  ItemId item;
  int content_index = 0;
  std::string_view audio;  // decoded; valid until the decoder's next event
  bool decodable = true;   // false: the delta is no base64; `audio` is empty
};
struct AudioDone {
  ResponseId response;
  ItemId item;
  int content_index = 0;
  std::string_view rest = {};  // of the audio, what converting it held back; valid as long as AudioDelta's
};
struct TranscriptDelta {  // of the model's speech
  ResponseId response;
  ItemId item;
  std::string text;  // empty: not said
};
struct TextDelta {  // of a text answer
  ResponseId response;
};
struct FunctionCall {  // arguments are complete
  ResponseId response;
  ItemId item;
  std::string call_id;
  std::string name;       // where the event has none, as in the beta dialect, its item's
  std::string arguments;  // JSON text, as the model wrote it
};
/// What a response cost. Cached tokens are among the input's.
struct Usage {
  std::int64_t input_text = 0, input_audio = 0, input_cached = 0, output_text = 0, output_audio = 0;
  std::int64_t total() const { return input_text + input_audio + output_text + output_audio; }
};
enum class ResponseStatus { completed, cancelled, incomplete, failed, unknown };
struct ResponseDone {
  ResponseId response;
  ResponseStatus status = ResponseStatus::unknown;
  // status_details.reason: turn_detected, client_cancelled, max_output_tokens, content_filter
  std::string reason;
  // status_details.error.code: insufficient_quota, rate_limit_exceeded, server_error, ...
  std::string error_code;
  std::string error_message;  // the service's words, truncated
  bool out_of_band = false;
  std::string create_tag;         // as in ResponseCreated
  bool has_message_item = false;  // output holds a message
  bool has_tool_call = false;     // output holds a call, of our tools or of a server's
  Usage usage;
};
struct Truncated {
  ItemId item;
  std::int64_t audio_end_ms = 0;
};
struct InputTranscript {
  ItemId item;
  std::string text;
};
struct ItemAdded {  // to the conversation, by whomever
  enum class Kind { user_text, function_output, other };
  ItemId item;
  Kind kind = Kind::other;
  std::string text;     // of either kind; empty for others
  std::string call_id;  // function_output
};
struct RateLimits {
  struct Limit {
    std::string name;  // "requests", "tokens"
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
  };
  std::vector<Limit> limits;
};
struct ApiError {
  std::string type, code, message, param, event_id;  // empty: null
};
struct ResponseGoesOn {  // in a way that a call does not act on, as by a piece of a function's arguments
  ResponseId response;
};
struct Ignored {
  std::string_view type;  // a known event that a call does not act on
};
using Event = std::variant<SessionCreated, SessionUpdated, SpeechStarted, SpeechStopped, Committed,
                           IdleTimeout, ResponseCreated, OutputItemAdded, AudioDelta, AudioDone,
                           TranscriptDelta, TextDelta, FunctionCall, ResponseDone, Truncated, InputTranscript,
                           ItemAdded, RateLimits, ApiError, ResponseGoesOn, Ignored>;

/// The label `kind` of voicebridge_protocol_errors_total{peer="openai"}.
enum class Breach { malformed_json, wrong_type, unknown_event, binary_frame, bad_base64 };
std::string_view to_string(Breach breach);

struct Rejected {
  Breach breach;
  std::string detail;
};

/// Decodes server events, those of the beta under their GA names. Sans-IO; builds no JSON tree for audio
/// deltas (simdjson).
class Decoder {
 public:
  Decoder();
  ~Decoder();
  std::variant<Event, Rejected> decode(std::string_view payload, bool binary, Dialect dialect = Dialect::ga);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge::openai
