#pragma once
#include "simulators/twilio/script.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// When each of a call's media faults strikes. Sans-IO: told what happens, says what is due; each fault once.
class FaultSchedule {
 public:
  explicit FaultSchedule(const std::vector<MediaFault>& faults);

  void happened(Moment::When what, TimePoint at, std::string_view step = {});
  /// So much of the bridge's audio has arrived, on all streams together.
  void bot_audio(Duration total, TimePoint at);
  /// The faults whose moment has come, in the order of the script.
  std::vector<const MediaFault*> due(TimePoint now);

 private:
  struct Entry {
    const MediaFault* fault;
    const Moment* moment;
    std::optional<TimePoint> at;
    bool done = false;
  };
  std::vector<Entry> entries_;
};

}  // namespace simulators::twilio
