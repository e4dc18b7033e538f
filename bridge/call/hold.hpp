#pragma once
#include "bridge/call/speaker.hpp"

#include <cstddef>
#include <optional>

namespace bridge::call {

/// What the caller hears while no session can speak to him: a clip, over and over, handed to the speaker in
/// short pieces, so that nothing of it has to be taken back once a session is there. Sans-IO.
class Hold {
 public:
  explicit Hold(const Settings& settings, Speaker& speaker)
      : retry_(settings.model.retry), speaker_(speaker) {}

  /// Nobody speaks to the caller, from `now` on.
  void begin(runtime::TimePoint now);
  void end();
  void tick(runtime::TimePoint now);

 private:
  const Settings::Model::Retry& retry_;  // written before begin()
  Speaker& speaker_;
  std::optional<runtime::TimePoint> since_;
  runtime::TimePoint filled_until_{};
  std::size_t next_ = 0;  // byte of the clip
};

}  // namespace bridge::call
