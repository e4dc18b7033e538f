#pragma once
#include "metrics/sheet.hpp"
#include "runtime/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bridge::app {

/// How many calls this process carries, in all and from one number. A call takes its place with its webhook,
/// before there is a stream: by then it can still be told that the line is busy. Sans-IO. Shared by the
/// workers: each call takes a lock for as long as a look-up takes, and never on the audio path.
class CallSlots {
 public:
  struct Limits {
    std::size_t calls;
    std::size_t per_source;      // 0: any number of them
    runtime::Duration held_for;  // webhook to stream: a call that never asks for one gives its place back
  };
  /// From now on; whoever has a place keeps it.
  void limit(Limits limits);
  enum class Answer { taken, all_taken, source_has_its_share };

  /// `sheet`: nobody else's, since the lock guards it too.
  CallSlots(metrics::Sheet& sheet, Limits limits);

  /// A webhook is to be answered with a stream. A call that has its place keeps it. Counts a refusal.
  /// `source`: the caller's number, those who withhold it being one source; none: it is us who call.
  Answer take(std::string_view call_sid, std::optional<std::string_view> source, runtime::TimePoint now);
  bool holds(std::string_view call_sid);
  /// A call that was let in where it was placed or answered takes a place, whatever the limits.
  void admit(std::string_view call_sid, runtime::TimePoint now);
  /// Its stream has begun: the place is held until it is given back. A call whose webhook another replica
  /// answered takes one, likewise.
  void stream_began(std::string_view call_sid);
  void give_back(std::string_view call_sid);

  /// A place for a call of ours that Twilio has not named yet. Nullopt: all are taken, which is counted.
  std::optional<std::string> reserve(runtime::TimePoint now);
  /// Twilio has: the place is that call's. A reservation that nobody redeems ends as a call without a stream
  /// does, or by give_back().
  void redeem(const std::string& reservation, std::string_view call_sid, runtime::TimePoint now);

 private:
  struct Slot {
    std::optional<std::string> source;        // none: an outbound call, or one that came by another replica
    std::optional<runtime::TimePoint> until;  // none: streaming
  };
  using Slots = std::map<std::string, Slot, std::less<>>;
  Answer take_locked(std::string_view call_sid, std::optional<std::string_view> source,
                     runtime::TimePoint now);
  void forget(Slots::iterator slot);
  void expire(runtime::TimePoint now);

  std::mutex mutex_;  // guards all that follows
  metrics::Sheet& sheet_;
  Limits limits_;
  Slots slots_;
  std::map<std::string, std::size_t, std::less<>> by_source_;
  std::uint64_t reservations_ = 0;
};

}  // namespace bridge::app
