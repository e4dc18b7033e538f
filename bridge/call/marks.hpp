#pragma once
#include "bridge/call/part.hpp"
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace bridge::call {

/// How a mark came back. Twilio echoes a mark when the audio before it was played, all pending ones on
/// `clear`, and one at once when nothing is queued: an echo is evidence of sound only when it took as long as
/// the audio.
enum class Echo { played, cleared, early, calibration, unknown };

/// The marks on their way through Twilio, oldest first. Sans-IO.
class MarkLedger {
 public:
  struct Mark {
    std::string name;
    ResponseNo response = 0;         // 0: the calibration mark
    runtime::Samples8k ahead{0};     // audio of its response before it
    bool last = false;               // of its response
    runtime::TimePoint taken_at{};   // by the transport
    runtime::TimePoint played_by{};  // when the audio before it will have been played, as seen from here
    bool flushed = false;            // by a clear of ours
  };
  /// The name that the next mark of `response` is to bear; unique within the call.
  std::string name_next(ResponseNo response);
  void taken(Mark mark);
  /// Our `clear` was taken by the transport: marks whose audio would have been played only later come back
  /// without it.
  void cleared(runtime::TimePoint now);

  struct Echoed {
    Echo how = Echo::unknown;
    std::optional<Mark> mark;
  };
  Echoed echoed(std::string_view name, runtime::TimePoint now);

  const std::deque<Mark>& outstanding() const { return outstanding_; }
  /// The shortest round trip seen; absent while nothing came back.
  std::optional<runtime::Duration> round_trip() const { return round_trip_; }
  /// The next mark that says something of its response (400 ms of audio ahead, or its last) and is overdue:
  /// each is told once, the oldest first. Valid until the next call.
  const Mark* overdue(runtime::TimePoint now);
  /// At least 400 ms of its response's audio are ahead of it, or it is the last of a shorter answer.
  static bool qualifies(const Mark& mark);

 private:
  std::deque<Mark> outstanding_;
  std::size_t looked_at_ = 0;  // of them, by overdue()
  std::optional<runtime::Duration> round_trip_;
  std::uint64_t next_ = 0;
};

}  // namespace bridge::call
