#pragma once
#include "runtime/core/time.hpp"
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace simulators::openai {

using runtime::TimePoint;

/// input_audio_buffer.append: fifty a second and session, hence read without a JSON tree.
struct AppendEvent {
  std::string_view audio;  // base64, not decoded; valid until the next message
  std::string event_id;
  TimePoint arrived = {};  // it may have waited since
  bool counted = false;    // when it arrived
};
struct ControlEvent {
  std::string type;
  std::string event_id;  // the client's own; empty: none given
  Json body;
  TimePoint arrived = {};                  // it may have waited since
  std::optional<double> temperature = {};  // beta's, of a session or a response: GA has none
};
/// Not an event at all. `error` is what the service answers.
struct BadEvent {
  ErrorBody error;
  std::string event_id;
};
using ClientEvent = std::variant<AppendEvent, ControlEvent, BadEvent>;

/// Reads client events. Keeps buffers between messages; one per session.
class ClientDecoder {
 public:
  ClientDecoder();
  ~ClientDecoder();
  ClientEvent decode(std::string_view text);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where an event belongs: the ids that all events of one content part carry.
struct PartRef {
  std::string_view response;
  std::string_view item;
  std::size_t output_index = 0;
};

/// An audio delta as it goes over the wire. `type` and ids need no escaping; `audio` is base64-encoded here.
std::string audio_delta(std::string_view type, std::string_view event_id, const PartRef& part,
                        std::string_view audio);
/// The same with a text in place of the encoded audio: for deltas that cannot be decoded.
std::string raw_audio_delta(std::string_view type, std::string_view event_id, const PartRef& part,
                            std::string_view text);

/// The name that the beta API had for a GA event type; the same text where it did not change. Empty: no such
/// event in beta.
std::string beta_name(std::string_view type);

/// An error event. `client_event_id` empty: null.
Json error_event(const ErrorBody& error, std::string_view client_event_id);

/// An error as the body of an HTTP answer: the API's, and not the WebSocket's event.
std::string http_error_body(const ErrorBody& error);

/// Compact text; what is not UTF-8 is replaced.
std::string dump(const Json& json);

}  // namespace simulators::openai
