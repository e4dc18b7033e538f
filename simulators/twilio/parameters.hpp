#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// As Twilio writes it: inbound, outbound-api, outbound-dial.
std::string name_of(Direction direction);
/// The parameters of every request about a call, in Twilio's order (by name).
runtime::net::Form call_parameters(const CallFacts& call, std::string_view status);

/// A status callback's: the call's own, and when and how often. `over`: the terminal one carries the
/// duration.
struct CallbackFacts {
  std::string_view status;
  runtime::WallTime at;
  unsigned sequence = 0;
  std::optional<runtime::Duration> talked;  // terminal only
};
runtime::net::Form callback_parameters(const CallFacts& call, const CallbackFacts& facts);

/// AnsweredBy and MachineDetectionDuration, once they are known.
runtime::net::Form detection_parameters(const CallFacts& call);

/// Of a `<Record transcribe>`, once it is over; `api_url` as the account has it.
runtime::net::Form transcription_parameters(const CallFacts& call, const RecordingFacts& recording,
                                            const std::string& api_url);

/// RFC 2822 as Twilio writes it: "Thu, 05 Mar 2026 07:08:09 +0000".
std::string rfc2822(runtime::WallTime at);
/// ISO 8601 with nanoseconds: "2024-11-29T00:09:39.602648368Z".
std::string iso8601(runtime::WallTime at);
/// The same with whole seconds, as the Debugger has it: "2020-01-01T23:28:54Z".
std::string iso8601_seconds(runtime::WallTime at);

}  // namespace simulators::twilio
