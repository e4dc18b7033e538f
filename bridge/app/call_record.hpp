#pragma once
#include "bridge/app/token.hpp"
#include "bridge/call/tally.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/call/way_on.hpp"
#include "runtime/core/time.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::app {

/// Twilio's error code for a stream whose track it does not take.
constexpr int kTrackRefused = 31941;

/// Something that this process saw of a call.
struct Moment {
  runtime::TimePoint at;
  std::string_view what;  // of static storage: "twiml_served", "stream_started", ...
  std::string detail;
};

/// What this process knows of one call.
struct CallRecord {
  static constexpr std::size_t kMoments = 48;  // kept: the first ones, then nothing more

  Direction direction = Direction::inbound;
  runtime::TimePoint first_seen;
  std::optional<runtime::TimePoint> served_at, return_expected;
  bool counted = false;         // in voicebridge_calls_started_total, here or by another replica
  bool second_attempt = false;  // the track was healed
  bool track_refused = false;   // Twilio said kTrackRefused
  bool streaming = false, stream_seen = false, over = false;
  bool end_asked = false;           // by DELETE /calls/{CallSid}, or since a machine answered
  std::string status, answered_by;  // Twilio's words
  std::optional<call::CallVerdict> verdict;
  call::Reason reason = call::Reason::none;
  call::WayOn way_on;  // where the call goes when it comes back
  call::Tally tally;   // as of a second ago, while it streams
  std::vector<Moment> moments;
  std::list<std::string>::iterator place;  // in the registry's order

  void note(runtime::TimePoint at, std::string_view what, std::string_view detail = {}) {
    if (moments.size() < kMoments) moments.push_back({at, what, std::string(detail.substr(0, 80))});
  }
  std::string_view state() const {
    if (streaming) return "streaming";
    if (over) return verdict ? "ended" : "elsewhere";
    return served_at ? "answered" : "calling";
  }
};

}  // namespace bridge::app
