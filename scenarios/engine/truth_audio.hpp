#pragma once
#include "runtime/core/time.hpp"
#include "simulators/openai/facts.hpp"
#include "simulators/twilio/facts.hpp"

#include <cstddef>

namespace scenarios::engine {

/// Where one response's audio stands in what Twilio received or the handset played. Mu-law samples.
struct Place {
  std::size_t at = 0;
  std::size_t length = 0;
};

/// Follows the responses of a session through `in`, which it is not older than. One after another: each is
/// looked for behind the one before it.
class AudioTrail {
 public:
  explicit AudioTrail(const simulators::twilio::TimedAudio& in) : in_(in) {}
  /// `before`: what came from then on is another's.
  Place find(const simulators::openai::ResponseFacts& response, bool verbatim, runtime::TimePoint before);

 private:
  const simulators::twilio::TimedAudio& in_;
  std::size_t from_ = 0;
};

}  // namespace scenarios::engine
