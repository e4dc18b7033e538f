#pragma once
#include "bridge/app/call_record.hpp"
#include "bridge/app/placements.hpp"
#include "bridge/app/used_tokens.hpp"
#include "bridge/call/call.hpp"
#include "bridge/call/way_on.hpp"
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge::app {

using namespace std::chrono_literals;

/// The parameter by which URLs of ours say that the call's start is counted already: POST /calls does it.
inline constexpr std::pair<std::string_view, std::string_view> kCounted{"counted", "1"};
/// And the one that says which POST /calls it was.
inline constexpr std::string_view kPlacement = "placement";

/// What this process knows of each call from its webhooks, streams and callbacks; counts each call's start,
/// end and verdict, once. Judges the calls that no stream ever judged. Sans-IO. Shared by the workers
/// of a process: a lock is taken with each webhook and when a stream begins or ends, for as long as a look-up
/// takes, and never on the audio path, which has LiveCall.
///
/// Of several replicas, each sees a part of a call. The start is counted by the one that places or answers
/// the call, which what it signs or writes into its URLs tells the others; the verdict by the one that has
/// the evidence: the stream, a final status without an answer, or Twilio's report that the stream failed. So
/// both sums over all replicas are the number of calls, and a call that died with a replica is their
/// difference.
class CallRegistry {
 public:
  struct Options {
    std::size_t capacity = 20'000;  // calls remembered; beyond, the longest ended (then the oldest without a
                                    // stream) is forgotten
    runtime::Duration token_valid_for = 2min;
    bool alone = true;  // no other replica can have had a call's stream: a return without one is evidence
  };
  /// `sheet`: nobody else's, since the lock guards it too.
  CallRegistry(metrics::Sheet& sheet, Options options);
  /// From the next stream on: as long as a token opens one.
  void remember_tokens_for(runtime::Duration valid_for);

  /// How a request names its call.
  struct Named {
    std::string_view sid;
    Direction direction = Direction::inbound;
    bool counted = false;  // its start is counted where the call was placed, which the request's URL says
    std::string_view placement = {};  // likewise: by which request for it; empty: unknown
  };
  /// A voice webhook is answered with a stream. A second one is no evidence against the first one's: Twilio
  /// also asks again, or at the fallback URL, when it did not hear the answer in time.
  void twiml_served(const Named& call, runtime::TimePoint now);
  /// A voice webhook is answered without a stream, since a machine took the call: judged, nobody was there.
  void left_to_machine(const Named& call, std::string_view answered_by, runtime::TimePoint now);
  /// A voice webhook is answered without a stream, since there is no place for the call: it is over, without
  /// a verdict. One that was placed has been counted as started.
  void turned_away(std::string_view call_sid, runtime::TimePoint now);
  /// POST /calls asks Twilio for a call. Whatever comes of the answer, the call's start is counted here once:
  /// when Twilio has named the call, or by the first request of its own.
  void placing(std::string placement, runtime::TimePoint now);
  /// Twilio has created it.
  void outbound_created(std::string_view call_sid, std::string_view placement, runtime::TimePoint now);
  /// Twilio has not: there is no such call.
  void not_placed(std::string_view placement);

  /// Somebody asked for a stream, admitted or not; which call it is for shows only in its `start`.
  std::uint64_t upgrade_seen(runtime::TimePoint now);
  enum class Entry {
    admitted,
    occupied,   // the call has a stream already
    replayed,   // the token has opened a stream before
    elsewhere,  // Twilio has said that the stream of this document is open, and it is not open here
  };
  struct Start {
    std::uint64_t upgrade = 0;
    std::string_view call_sid;
    Direction direction = Direction::inbound;
    std::string_view token;                    // valid, and signed for this call
    runtime::WallTime served{};                // the document that the token stood in
    std::shared_ptr<LiveCall> live = nullptr;  // what the stream's own thread publishes
    std::shared_ptr<const Verbs> verbs = nullptr;
  };
  Entry stream_started(const Start& start, runtime::TimePoint now);
  void stream_over(const call::Outcome& outcome, runtime::TimePoint now);

  enum class WayOn {
    second_attempt,  // Twilio refused the track: serve the stream again, as inbound_track
    after_stream,
    hang_up,  // DELETE asked for the call's end
  };
  struct Return {
    std::string_view call_sid;
    Direction direction = Direction::inbound;
    int attempt = 1;  // of the document that the call comes back from
    runtime::Duration since_served{0};
    bool refused_by_name = false;  // the request says kTrackRefused
    bool can_heal = false;         // that document's track was one that Twilio may refuse
  };
  /// The call came back from </Connect>.
  WayOn returned(const Return& back, runtime::TimePoint now);

  /// What the call is given when its stream is over; null: no stream of it began here.
  std::shared_ptr<const Verbs> verbs_of(std::string_view call_sid) const;
  /// Where the call goes when it comes back.
  void note_way_on(std::string_view call_sid, call::WayOn way);
  /// What was noted last, once.
  call::WayOn take_way_on(std::string_view call_sid);
  /// The call was sent to another number, which rings until then unless it is told otherwise.
  void transfer_rings(std::string_view call_sid, runtime::TimePoint until);
  /// Twilio has asked what comes after it.
  void transfer_over(std::string_view call_sid);

  struct StreamReport {
    std::string_view call_sid;
    Direction direction = Direction::inbound;
    std::string_view event;  // "stream-started", "stream-stopped", "stream-error"
    int code = 0;            // of an error; 0: Twilio named none
    int attempt = 1;         // of the document that the stream stood in
    bool can_heal = false;
    runtime::WallTime served{};  // that document
  };
  /// Twilio's own word on a stream (<Stream statusCallback>).
  void stream_reported(const StreamReport& report, runtime::TimePoint now);
  /// Twilio's Debugger says that a call's track was refused (31941).
  void track_refused(std::string_view call_sid, runtime::TimePoint now);

  /// A status callback; `status` is Twilio's CallStatus, `sequence` its SequenceNumber where it sends one.
  /// Callbacks overtake one another: one that is behind what is known changes nothing. True: it is a final
  /// one.
  bool status(const Named& call, std::string_view status, runtime::TimePoint now,
              std::optional<int> sequence = {});
  /// Who answered, as answering machine detection found (AnsweredBy).
  void answered_by(const Named& call, std::string_view who, runtime::TimePoint now);
  /// The call is to end: its stream at its owner's next look, else when it comes back. False: unknown here.
  bool ask_to_end(std::string_view call_sid, runtime::TimePoint now);

  /// Lets go of the calls without a stream here of which nothing has been told for longer than any stream
  /// could still take to come: another replica has them, or nobody. Their CallSids. To be asked now and then.
  std::vector<std::string> let_go_of_unheard(runtime::TimePoint now);

  /// Calls answered after `since` whose stream may still be on its way.
  bool awaiting_stream(runtime::TimePoint since) const;
  /// Calls of ours that nobody has answered yet or, as Twilio says, after `since`: their webhook is still to
  /// come.
  bool awaiting_answer(runtime::TimePoint since) const;
  /// Calls that this bridge ended after `since` and that are yet to come back for their way on.
  bool awaiting_return(runtime::TimePoint since) const;
  /// Transfers that may still ring: if nobody answers, Twilio asks what comes next.
  bool awaiting_transfer(runtime::TimePoint now) const;

  std::optional<CallRecord> find(std::string_view call_sid) const;

  /// Newest first. `before`: where the next page begins.
  struct Page {
    std::vector<CallSummary> calls;
    std::uint64_t before = 0;
  };
  static constexpr std::uint64_t kNewest = std::numeric_limits<std::uint64_t>::max();
  /// At most `most` calls that are not over, and that are. The lock is held for one page: a call that ends
  /// between two of them may stand on pages of both.
  Page open(std::uint64_t before, std::size_t most) const;
  Page ended(std::uint64_t before, std::size_t most) const;

  /// A call that was judged here, since no stream did.
  struct Judged {
    std::string call_sid;
    call::CallVerdict verdict;
    call::Reason reason;
    runtime::Duration lasted;  // as far as is known here
  };
  /// Those of them that nobody has been told of yet. To be asked after each webhook.
  std::vector<Judged> take_judged();

 private:
  using Record = CallRecord;
  Record& record(std::string_view call_sid, Direction direction, runtime::TimePoint now);
  Record& started(const Named& call, runtime::TimePoint now);
  void make_room();
  void close(Record& record);
  void reopen(Record& record);
  void end(Record& record, std::string_view outcome);
  void judge(Record& record, call::CallVerdict verdict, call::Reason reason, runtime::TimePoint now);
  /// As above, where there was no stream that could.
  void judge_here(Record& record, call::CallVerdict verdict, call::Reason reason, runtime::TimePoint now);
  void never_started(Record& record, runtime::TimePoint now);
  /// Twilio says that it has opened the call's stream.
  void opened(Record& record, const StreamReport& report, bool known);
  /// Whether the stream of a call that has one elsewhere, as Twilio says, may begin here.
  bool may_begin(Record& record, const Start& start);
  runtime::Duration patience(const Record& record) const;
  void unfollow(Record& record, std::string_view reason);
  bool upgrade_since(runtime::TimePoint served) const;

  mutable std::mutex mutex_;  // guards all that follows
  metrics::Sheet& sheet_;
  const Options options_;
  runtime::Duration token_valid_for_;  // the longest that was configured
  using Calls = std::map<std::string, Record, std::less<>>;
  using Order = std::map<std::uint64_t, Calls::iterator>;  // by Record::place
  Page page_of(const Order& order, std::uint64_t before, std::size_t most) const;
  Calls calls_;
  Order open_, over_;  // oldest first
  std::uint64_t next_place_ = 1;
  std::vector<Judged> judged_;
  struct Upgrade {
    std::uint64_t id;
    runtime::TimePoint at;
  };
  std::deque<Upgrade> unclaimed_;  // of the last kUnclaimedFor
  std::uint64_t next_upgrade_ = 1;
  UsedTokens tokens_;
  Placements placements_;
};

}  // namespace bridge::app
