#include "simulators/twilio/facts.hpp"

#include "runtime/core/units.hpp"

#include <algorithm>

namespace simulators::twilio {

void TimedAudio::append(TimePoint at, std::string_view bytes, Kind kind) {
  pieces.push_back({at, mulaw.size(), bytes.size(), kind});
  mulaw.append(bytes);
}

std::string TimedAudio::joined(Kind kind) const {
  std::string all;
  for (const Piece& piece : pieces) {
    if (piece.kind == kind) all.append(bytes_of(piece));
  }
  return all;
}

const std::string& CallFacts::status() const {
  static const std::string kWaits = "queued";
  return statuses.empty() ? kWaits : statuses.back().status;
}

const StreamFacts* CallFacts::stream() const {
  const auto last = std::find_if(streams.rbegin(), streams.rend(),
                                 [](const auto& stream) { return stream->started_at.has_value(); });
  return last == streams.rend() ? nullptr : last->get();
}

const StepFacts* CallFacts::step(std::string_view as) const {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [as](const StepFacts& step) { return step.as == as; });
  return found == steps.end() || as.empty() ? nullptr : &*found;
}

std::int64_t RecordingFacts::seconds() const {
  const auto length = runtime::mulaw_length(mulaw.size());
  const auto whole = std::chrono::floor<std::chrono::seconds>(length).count();
  return mulaw.empty() ? 0 : std::max<std::int64_t>(whole, 1);
}

bool CallFacts::has_error(int code) const {
  return std::any_of(errors.begin(), errors.end(),
                     [code](const TwilioError& error) { return error.code == code; });
}

}  // namespace simulators::twilio
