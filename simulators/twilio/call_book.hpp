#pragma once
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/machine_detection.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::twilio {

/// `Record=true`: the whole call is recorded, from the answer on.
struct RecordCall {
  bool dual = false;           // the called party's voice in the first channel, what it hears in the second
  std::string track = "both";  // or inbound (the called party's voice), outbound (what it hears)
  bool trim = true;            // silence at both ends
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::string> status_events;  // empty: "completed"
};

/// What `POST Calls.json` asks for.
struct CreateCall {
  std::string to;
  std::string from;
  std::string url;
  std::string method = "POST";
  std::string document;         // `Twiml`, when there is no Url
  std::string application_sid;  // whose url it is; empty: none's
  std::string fallback_url;
  std::string fallback_method = "POST";
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::string> status_events;  // empty: "completed"
  std::vector<TwilioError> problems;       // accepted all the same (20001, 21609, 21626)
  std::optional<Duration> ring_timeout;
  std::optional<Duration> time_limit;
  std::string send_digits;
  std::optional<MachineDetection> detection;
  std::optional<RecordCall> record;
};

/// What `POST Calls/{sid}.json` changes besides status and document.
struct CallChanges {
  std::optional<std::string> fallback_url;
  std::optional<std::string> fallback_method;
  std::optional<std::string> status_callback;
  std::optional<std::string> status_callback_method;
  std::optional<Duration> time_limit;
  std::vector<TwilioError> problems;  // of the request; the rest of it is carried out
};

/// What `POST Calls/{sid}/Streams.json` asks for.
struct CreateStream {
  std::string url;
  std::string name;
  std::optional<std::string> track;
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::pair<std::string, std::string>> parameters;
};
/// A stream, or why there is none.
struct StreamStart {
  const StreamFacts* stream = nullptr;
  int code = 0;
  std::string text;
};

/// The calls that the API acts on.
class CallBook {
 public:
  virtual ~CallBook() = default;
  virtual const CallFacts& create(CreateCall request) = 0;
  virtual const CallFacts* find_call(std::string_view sid) const = 0;
  /// In the order of their beginning, without those that were deleted.
  virtual std::vector<const CallFacts*> listed_calls() const = 0;
  /// `status`: "completed" or "canceled".
  virtual void end_call(std::string_view sid, std::string_view status) = 0;
  virtual void redirect_call(std::string_view sid, std::string url, std::string method,
                             std::string document) = 0;
  virtual void change_call(std::string_view sid, CallChanges changes) = 0;
  /// An ended call: the API does not know it any more.
  virtual void delete_call(std::string_view sid) = 0;
  /// On an answered call.
  virtual StreamStart start_stream(std::string_view sid, CreateStream request) = 0;
  virtual void stop_stream(std::string_view sid, std::string_view stream_sid) = 0;
};

}  // namespace simulators::twilio
