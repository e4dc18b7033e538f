#pragma once
#include "bridge/call/part.hpp"
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bridge::call {

/// Cuts speech into media frames and says when each is due to Twilio, with marks between them.
///
/// The model speaks faster than real time; Twilio buffers what it is sent and can only drop all of it.
/// Sending `lead` ahead of playback, and no more, keeps what a barge-in has to drop small. The lead may run
/// down by a tenth before it is filled up again, so that several frames leave in one system call: most of
/// what a call costs is system calls. Frames lie on an absolute grid: a late one does not move the next.
/// Sans-IO: owns no timer, socket or coroutine.
class Playout {
 public:
  static constexpr runtime::Samples8k kFrame{160};  // 20 ms, the size of Twilio's own inbound frames

  struct Options {
    runtime::Duration lead;           // at least one frame
    runtime::Duration mark_interval;  // of audio between marks
    runtime::Samples8k capacity;      // of the queue
  };
  explicit Playout(Options options);

  /// Queues mu-law of one part; parts play in the order of their first push. Returns what fitted into the
  /// capacity.
  runtime::Samples8k push(const Part& part, std::string_view mulaw);
  /// The last part so far of `response` is complete: its short last frame may go out.
  void end_part(ResponseNo response);
  /// No more speech in this response: after its last frame comes its last mark.
  void end_response(ResponseNo response);

  struct Frame {
    const Part* part;        // valid until the next call
    std::string_view mulaw;  // likewise
    std::uint32_t epoch;     // of the queue: a clear begins a new one
  };
  struct Mark {
    ResponseNo response;
    runtime::Samples8k ahead;  // audio of this response before it
    bool last;                 // nothing of the response comes after it
    std::uint32_t epoch;
  };
  using Output = std::variant<Frame, Mark>;
  /// What is due at `now`, one after another.
  std::optional<Output> next(runtime::TimePoint now);

  struct Dropped {
    Part part;
    runtime::Samples8k length;  // of the queue
  };
  /// Forgets everything queued: barge-in, or a backlog gone stale. Also forgets which responses were
  /// unfinished.
  std::vector<Dropped> clear();
  /// Forgets what is queued of one response (a retry supersedes it).
  runtime::Samples8k drop(ResponseNo response);

  runtime::Samples8k queued() const { return queued_; }
  runtime::Samples8k queued(ResponseNo response) const;
  bool empty() const { return queued_ == runtime::Samples8k(0); }
  /// Would next() hand something out?
  bool due(runtime::TimePoint now) const;
  /// Is there a whole frame (or the short last one of a part) that only waits for its time?
  bool ready() const { return next_bytes() != 0; }
  std::uint32_t epoch() const { return epoch_; }

 private:
  struct Segment {
    Part part;
    std::string audio;
    std::size_t sent = 0;
    bool whole = false;  // its short last frame may go out
  };
  struct Progress {  // of a response whose last mark is outstanding
    ResponseNo response;
    runtime::Samples8k sent{0};
    runtime::Samples8k marked{0};
    bool ended = false;
  };
  Progress& progress(ResponseNo response);
  bool is_over(const Progress& progress) const;
  bool mark_is_due(const Progress& progress) const;
  std::optional<Output> due_mark();
  bool frame_is_due(runtime::TimePoint now) const;
  void drop_spent();
  std::size_t next_bytes() const;

  Options options_;
  runtime::Duration run_down_;  // of the lead, in whole frames, before it is filled up again
  std::deque<Segment> segments_;
  std::deque<Progress> progress_;
  std::string frame_;  // bytes of the frame handed out last
  Part frame_part_;
  runtime::Samples8k queued_{0};
  std::optional<runtime::TimePoint> handed_end_;  // when what was handed out will have been played
  runtime::TimePoint filling_up_{};               // when a frame was handed out last
  std::uint32_t epoch_ = 0;
};

}  // namespace bridge::call
