#pragma once
#include "bridge/app/token.hpp"
#include "bridge/call/call.hpp"
#include "bridge/call/way_on.hpp"
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::app {

using namespace std::chrono_literals;

/// What this process knows of each call from its webhooks, streams and status callbacks; counts each call's
/// start, end and verdict, once. Judges the calls that no stream ever judged. Sans-IO. Shared by the workers
/// of a process: each call takes a lock, for as long as a look-up takes and never on the audio path.
///
/// Evidence is this process' own: a call whose webhook and stream went to different replicas looks, to the
/// one that served the TwiML, like a call whose stream never started. Route one call to one replica where
/// that matters.
class CallRegistry {
 public:
  /// `sheet`: nobody else's, since the lock guards it too. `capacity`: calls remembered; beyond, the longest
  /// ended (then the oldest without a stream) is forgotten.
  CallRegistry(metrics::Sheet& sheet, std::size_t capacity);

  /// A voice webhook is answered with a stream. A second one for a call whose stream never came (a <Record>
  /// in the prelude makes Twilio fetch the document again) is evidence against it.
  void twiml_served(std::string_view call_sid, Direction direction, runtime::TimePoint now);
  /// POST /calls has created a call at Twilio.
  void outbound_created(std::string_view call_sid, runtime::TimePoint now);

  /// Somebody asked for a stream, admitted or not; which call it is for shows only in its `start`.
  std::uint64_t upgrade_seen(runtime::TimePoint now);
  /// An admitted `start`. False: this call has a stream already.
  bool stream_started(std::uint64_t upgrade, std::string_view call_sid, Direction direction,
                      runtime::TimePoint now);
  void stream_over(const call::Outcome& outcome, runtime::TimePoint now);

  enum class WayOn {
    second_attempt,  // Twilio refused the track: serve the stream again, as inbound_track
    after_stream,
  };
  struct Return {
    std::string_view call_sid;
    Direction direction = Direction::inbound;
    int attempt = 1;  // of the document that the call comes back from
    runtime::Duration since_served{0};
    bool refused_by_name = false;  // the request says ErrorCode 31941
    bool can_heal = false;         // that document's track was one that Twilio may refuse
  };
  /// The call came back from </Connect>.
  WayOn returned(const Return& back, runtime::TimePoint now);

  /// Where the call goes when it comes back.
  void note_way_on(std::string_view call_sid, call::WayOn way);
  /// What was noted last, once.
  call::WayOn take_way_on(std::string_view call_sid);

  /// A status callback; `status` is Twilio's CallStatus. True: it is a final one.
  bool status(std::string_view call_sid, Direction direction, std::string_view status,
              runtime::TimePoint now);

  /// Calls answered after `since` whose stream may still be on its way.
  bool awaiting_stream(runtime::TimePoint since) const;
  /// Calls that this bridge ended after `since` and that are yet to come back for their way on.
  bool awaiting_return(runtime::TimePoint since) const;

  struct Line {
    std::string call_sid;
    Direction direction = Direction::inbound;
    std::string state;            // "calling", "answered", "streaming", "ended"
    std::string verdict, reason;  // empty: not judged yet
    runtime::TimePoint since;     // first seen
  };
  /// Calls that are not over, then at most `ended` that are, newest first.
  std::vector<Line> list(std::size_t ended) const;

 private:
  struct Record {
    Direction direction = Direction::inbound;
    runtime::TimePoint first_seen;
    std::optional<runtime::TimePoint> served_at, return_expected;
    bool second_attempt = false, streaming = false, stream_seen = false, over = false;
    std::optional<call::CallVerdict> verdict;
    call::Reason reason = call::Reason::none;
    call::WayOn way_on;
    std::list<std::string>::iterator place;  // in open_ or over_
  };

  Record& record(std::string_view call_sid, Direction direction, runtime::TimePoint now);
  void make_room();
  void end(Record& record, std::string_view outcome);
  void judge(Record& record, call::CallVerdict verdict, call::Reason reason);

  mutable std::mutex mutex_;  // guards all that follows
  metrics::Sheet& sheet_;
  const std::size_t capacity_;
  std::map<std::string, Record, std::less<>> calls_;
  std::list<std::string> open_, over_;  // oldest first
  struct Upgrade {
    std::uint64_t id;
    runtime::TimePoint at;
  };
  std::deque<Upgrade> unclaimed_;  // of the last kUnclaimedFor
  std::uint64_t next_upgrade_ = 1;
};

}  // namespace bridge::app
