#pragma once
#include "simulators/twilio/call_flow.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// `<Record>`: keeps the caller's audio until `timeout` of silence, a finishing key, `maxLength` or the end
/// of the call. Sans-IO.
class Recorder {
 public:
  Recorder(const RecordVerb& verb, TimePoint begins) : verb_(verb), begins_(begins), last_loud_(begins) {}

  /// One slot of the caller's line, in order. Slots before the beep's end are not recorded. A value: it is
  /// over.
  std::optional<Recording> slot(TimePoint at, std::string_view mulaw, bool loud, char key);
  /// The caller hung up.
  Recording hung_up();

  /// What was recorded, without the silence at both ends where the verb has it trimmed.
  std::string_view audio() const;

 private:
  Recording finish(std::string digits) const;

  const RecordVerb verb_;
  const TimePoint begins_;
  TimePoint last_loud_;  // end of the last loud slot
  bool spoken_ = false;
  std::string mulaw_;
  std::size_t first_loud_byte_ = 0;
  std::size_t end_of_loud_ = 0;
};

}  // namespace simulators::twilio
