#include "simulators/twilio/recorder.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/core/units.hpp"
#include "simulators/twilio/caller.hpp"

#include <algorithm>

namespace simulators::twilio {

std::optional<Recording> Recorder::slot(TimePoint at, std::string_view mulaw, bool loud, char key) {
  if (at < begins_) return std::nullopt;
  if (key != 0 && verb_.finish_on_key.find(key) != std::string::npos) return finish(std::string(1, key));
  if (at - last_loud_ >= verb_.timeout || runtime::mulaw_length(mulaw_.size()) >= verb_.max_length)
    return finish({});
  if (loud) {
    if (!spoken_) first_loud_byte_ = mulaw_.size();
    spoken_ = true;
    last_loud_ = at + Caller::kSlot;
  }
  mulaw_.append(mulaw);
  mulaw_.append(Caller::kSlotBytes - std::min(mulaw.size(), Caller::kSlotBytes),
                runtime::audio::kMulawSilence);
  if (loud) end_of_loud_ = mulaw_.size();
  return std::nullopt;
}

Recording Recorder::hung_up() {
  return finish("hangup");
}

std::string_view Recorder::audio() const {
  if (!verb_.trim) return mulaw_;
  return std::string_view(mulaw_).substr(first_loud_byte_, end_of_loud_ - first_loud_byte_);
}

Recording Recorder::finish(std::string digits) const {
  return {!spoken_, runtime::mulaw_length(audio().size()), std::move(digits), {}, {}};
}

}  // namespace simulators::twilio
