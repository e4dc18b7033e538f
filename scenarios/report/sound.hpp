#pragma once
#include "runtime/core/time.hpp"
#include "simulators/twilio/facts.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace scenarios::report {

/// Sound on the scenario's clock: mu-law from `begin` on without a hole, silence where nothing was.
struct Track {
  runtime::TimePoint begin{};
  std::string mulaw;
};

/// Joins pieces in the order of time, at most `most_seconds` of them. Without a piece: an empty track.
Track track_of(const std::vector<const simulators::twilio::TimedAudio*>& parts, double most_seconds);

/// For the page: {"at": seconds since `start`, "step": seconds of a value, "peaks": a character a value,
/// "mulaw": base64, when `with_sound`}. A peak is one of 64 characters, those of base64, for 0 to full scale.
nlohmann::json track_json(const Track& track, runtime::TimePoint start, std::size_t most_peaks,
                          bool with_sound);

}  // namespace scenarios::report
