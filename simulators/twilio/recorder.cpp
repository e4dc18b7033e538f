#include "simulators/twilio/recorder.hpp"

#include "simulators/twilio/caller.hpp"

namespace simulators::twilio {

std::optional<Recording> Recorder::slot(TimePoint at, bool loud, char key) {
  if (at < begins_) return std::nullopt;
  if (key != 0 && verb_.finish_on_key.find(key) != std::string::npos) {
    return Recording{!spoken_, at - begins_, std::string(1, key)};
  }
  if (at - last_loud_ >= verb_.timeout || at - begins_ >= verb_.max_length) {
    return Recording{!spoken_, at - begins_, {}};
  }
  if (loud) {
    spoken_ = true;
    last_loud_ = at + Caller::kSlot;
  }
  return std::nullopt;
}

}  // namespace simulators::twilio
