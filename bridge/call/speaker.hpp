#pragma once
#include "bridge/call/instruments.hpp"
#include "bridge/call/markers.hpp"
#include "bridge/call/marks.hpp"
#include "bridge/call/playback_clock.hpp"
#include "bridge/call/playout.hpp"
#include "bridge/call/settings.hpp"
#include "bridge/twilio/messages.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

/// What became of one response's speech on its way to the caller's ear.
struct Spoken {
  runtime::Samples8k pushed{0};
  runtime::Samples8k sent{0};  // taken by the transport
  std::optional<runtime::TimePoint> first_pushed, first_sent;
  bool interrupted = false;  // what was left of it was dropped
  bool confirmed = false;    // a mark that says something came back no earlier than it could
  bool last_mark_back = false;
  std::optional<Reason> unconfirmed;  // mark_early or mark_overdue
  bool blocked = false;               // a second or more of it was past its playout time and still here
};

/// How far the model must believe that it was heard.
struct Cut {
  Part part;
  runtime::Samples8k heard;
};

/// One message for Twilio, rendered, with what has to be booked when the transport has taken it.
struct Outgoing {
  enum class Kind { frame, mark, clear };
  Kind kind = Kind::frame;
  std::string text;
  Part part;          // frame
  std::string mulaw;  // frame of a call that is recorded
  runtime::Samples8k length{0};
  MarkLedger::Mark mark;       // mark
  std::uint32_t epoch = 0;     // of the playout when it was rendered
  runtime::TimePoint asked{};  // clear: when it was decided
};

/// The way from the model's speech to the caller's ear: playout, marks, what was heard, and the books.
/// Sans-IO: fill() renders what is due, taken() books it once the transport has it.
class Speaker {
 public:
  Speaker(const Settings& settings, Instruments& instruments, Markers& markers);

  void begin(twilio::StreamSid stream, runtime::TimePoint now);
  /// Model's or clip's audio. What exceeds the queue's bound is dropped and counted; false then.
  bool push(const Part& part, std::string_view mulaw, runtime::TimePoint now);
  void end_part(ResponseNo response) { playout_.end_part(response); }
  void end_response(ResponseNo response) { playout_.end_response(response); }

  /// Renders up to `most` messages that are due into `batch` (its strings are used again). Returns how many.
  std::size_t fill(std::vector<Outgoing>& batch, std::size_t most, runtime::TimePoint now);
  /// Would fill() render something?
  bool due(runtime::TimePoint now) const { return calibrate_ || clear_asked_ || playout_.due(now); }
  void taken(const Outgoing& message, runtime::TimePoint now);

  MarkLedger::Echoed echoed(std::string_view name, runtime::TimePoint now);

  /// Forgets what is queued, tells Twilio to forget what it has, and says what was heard of each part that is
  /// cut short. `uncertainty`: how far the playback clock may be ahead of the ear (the line's unsteadiness).
  std::vector<Cut> interrupt(CallerDrop reason, runtime::Duration uncertainty, runtime::TimePoint now);
  void drop(ResponseNo response, CallerDrop reason);
  /// The call is over: what is left is booked as dropped.
  void finish();

  /// Looks for what is overdue or blocked. True: the transport has been stalled for longer than a backlog may
  /// be caught up, so that what is queued must go.
  bool tick(runtime::TimePoint now);
  /// The response is judged and over: nothing will be asked of it any more.
  void forget(ResponseNo response) { spoken_.erase(response); }

  /// Is the caller hearing something, or about to?
  bool audible(runtime::TimePoint now) const {
    return playout_.ready() || in_flight_ > runtime::Samples8k(0) || clock_.playing(now);
  }
  bool drained(runtime::TimePoint now) const;
  bool ever_sent() const { return first_sent_.has_value(); }
  const Spoken& spoken(ResponseNo response) const;
  const MarkLedger& marks() const { return marks_; }
  runtime::TimePoint playing_until() const { return clock_.end(); }
  void unacked(std::size_t bytes);

 private:
  Spoken& book(ResponseNo response) { return spoken_[response]; }
  void book_frame(const Outgoing& message, runtime::TimePoint now);
  void render(const Playout::Output& output, Outgoing& into);
  void book_drop(CallerDrop reason, runtime::Samples8k length);
  void look_for_blockage(runtime::TimePoint now);
  void book_blocked();
  runtime::Duration playback_lag(runtime::TimePoint now) const;
  runtime::Samples8k held() const { return playout_.queued() + in_flight_; }

  const Settings& settings_;
  Instruments& count_;
  Markers& markers_;
  twilio::StreamSid stream_;
  Playout playout_;
  PlaybackClock clock_;
  MarkLedger marks_;
  std::map<ResponseNo, Spoken> spoken_;
  struct Passage {
    Part part;
    runtime::Samples8k pushed{0};
    runtime::Samples8k sent{0};
  };
  Passage& passage(const Part& part);
  bool played_whole(const Passage& passage, runtime::TimePoint now) const;
  std::deque<Passage> passages_;  // pushed and not known to be played whole, oldest first
  std::optional<runtime::TimePoint> clear_asked_;
  bool calibrate_ = false;
  runtime::TimePoint begun_{};
  std::optional<runtime::TimePoint> first_sent_;
  runtime::Samples8k in_flight_{0};  // rendered, not taken yet
  runtime::TimePoint in_flight_since_{};
  runtime::TimePoint held_since_{};    // since when there has been something to send without a break
  runtime::TimePoint queued_since_{};  // since when the queue has not been empty
  std::size_t unacked_ = 0;
};

}  // namespace bridge::call
