#pragma once
#include "simulators/twilio/call_flow.hpp"

#include <optional>

namespace simulators::twilio {

/// `<Record>`: ends with `timeout` of silence, a finishing key, or `maxLength`. Sans-IO.
class Recorder {
 public:
  Recorder(const RecordVerb& verb, TimePoint begins) : verb_(verb), begins_(begins), last_loud_(begins) {}

  /// One slot of the caller's line, in order. Slots before the beep's end are not recorded. A value: it is
  /// over.
  std::optional<Recording> slot(TimePoint at, bool loud, char key);

 private:
  const RecordVerb verb_;
  const TimePoint begins_;
  TimePoint last_loud_;  // end of the last loud slot
  bool spoken_ = false;
};

}  // namespace simulators::twilio
