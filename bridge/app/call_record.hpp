#pragma once
#include "bridge/app/live_call.hpp"
#include "bridge/app/token.hpp"
#include "bridge/call/tally.hpp"
#include "bridge/call/verdict.hpp"
#include "bridge/call/way_on.hpp"
#include "runtime/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::app {

/// Twilio's error code for a stream whose track it does not take.
constexpr int kTrackRefused = 31941;

/// Whether Twilio's CallStatus says that the call is over.
constexpr bool is_final(std::string_view status) {
  return status == "completed" || status == "busy" || status == "no-answer" || status == "failed" ||
         status == "canceled";
}

/// How far a call has come, by Twilio's CallStatus.
constexpr int progress(std::string_view status) {
  if (status.empty() || status == "queued") return 0;
  if (status == "initiated") return 1;
  if (status == "ringing") return 2;
  return is_final(status) ? 4 : 3;
}

/// TwiML verbs for a call whose stream is over, as they were configured when it began: a reload is for the
/// calls to come.
struct Verbs {
  std::string after_stream, when_bot_is_gone;
  std::string if_not_answered;  // by whom it was transferred to
};

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
  runtime::TimePoint first_seen, heard_at;  // heard_at: what was told of it last
  std::optional<runtime::TimePoint> served_at, return_expected;
  std::optional<runtime::TimePoint> rings_until;  // whom it was transferred to
  bool counted = false;         // in voicebridge_calls_started_total, here or by another replica
  bool second_attempt = false;  // the track was healed
  bool track_refused = false;   // Twilio said kTrackRefused
  bool streaming = false, stream_seen = false, over = false;
  /// Twilio opened its stream, and not here.
  struct Elsewhere {
    runtime::WallTime served;    // the document that the stream stands in
    std::uint64_t upgrades = 0;  // streams that were asked for here have numbers below, as of Twilio's word
  };
  std::optional<Elsewhere> elsewhere;
  bool runs_elsewhere = false;      // as far as is known here, that stream still runs
  bool unheard = false;             // over here, since nothing was told of it for too long
  bool turned_away = false;         // its webhook was answered without a stream: it has no verdict
  bool end_asked = false;           // by DELETE /calls/{CallSid}, or since a machine answered
  std::string status, answered_by;  // Twilio's words
  std::optional<int> sequence;      // Twilio's number of `status`; none: it sends none
  std::optional<call::CallVerdict> verdict;
  call::Reason reason = call::Reason::none;
  std::shared_ptr<const Verbs> verbs;  // of its stream; null: none began here
  call::WayOn way_on;                  // where the call goes when it comes back
  call::Tally tally;                   // what its stream carried, once that is over
  std::shared_ptr<LiveCall> live;      // while it streams
  std::vector<Moment> moments;
  std::uint64_t place = 0;  // in the registry's order

  void note(runtime::TimePoint at, std::string_view what, std::string_view detail = {}) {
    heard_at = at;
    if (moments.size() < kMoments) moments.push_back({at, what, std::string(detail.substr(0, 80))});
  }
  /// Its stream may run at another replica: nothing that is known here says that it is over.
  bool may_run_elsewhere() const { return !streaming && !verdict && (runs_elsewhere || unheard); }
  /// Nothing is left to end: of a call whose stream is elsewhere, only Twilio's final status says so.
  bool ended() const {
    return over && !streaming && (verdict || is_final(status) || !(elsewhere || unheard));
  }
  std::string_view state() const {
    if (streaming) return "streaming";
    if (verdict || turned_away) return "ended";
    if (unheard) return "unheard";
    if (over || elsewhere) return "elsewhere";
    return served_at ? "answered" : "calling";
  }
};

/// What a list says of a call.
struct CallSummary {
  std::string call_sid;
  Direction direction = Direction::inbound;
  std::string_view state;
  runtime::TimePoint first_seen;
  std::optional<call::CallVerdict> verdict;
  call::Reason reason = call::Reason::none;
  call::Tally carried;  // at most a second old
};
inline CallSummary summary_of(std::string_view call_sid, const CallRecord& call) {
  return {std::string(call_sid),
          call.direction,
          call.state(),
          call.first_seen,
          call.verdict,
          call.reason,
          call.live ? call.live->carried() : call.tally};
}

}  // namespace bridge::app
