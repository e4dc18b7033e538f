#pragma once
#include "runtime/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridge::call {

/// A stretch of a call's sound: mu-law of both sides, interleaved, caller left, bot right.
struct RecordedPiece {
  std::int64_t at = 0;  // samples since the stream began
  std::string interleaved;
};

/// Where the sound of recorded calls goes. It never makes a call wait: what it cannot take, it drops and
/// counts.
class RecordingSink {
 public:
  virtual ~RecordingSink() = default;
  virtual void write(std::string_view call_sid, RecordedPiece piece) = 0;
  /// Nothing more comes of this call, which had so many samples.
  virtual void finish(std::string_view call_sid, std::int64_t samples) = 0;
};

/// One call's sound on one time axis, our clock's since the stream began: the bot's when Twilio plays it, the
/// caller's by Twilio's timestamps. Those begin with some 100 ms (live logs: 102, 155, 171), though the first
/// frame follows on `start` at once: they lie where those came that were least held up in the first seconds.
/// Sans-IO; holds the last seconds alone, and drops what lies far ahead of them.
class Recording {
 public:
  explicit Recording(runtime::TimePoint begun) : begun_(begun) {}

  void caller(std::string_view mulaw, std::uint64_t timestamp_ms, runtime::TimePoint now);
  /// Twilio was given this: it plays it behind what it had.
  void bot(std::string_view mulaw, runtime::TimePoint now);
  /// Twilio was told to forget what it has not played.
  void cleared(runtime::TimePoint now);

  /// What will not change any more; empty until it is a second or longer.
  RecordedPiece take(runtime::TimePoint now);
  /// All of it, to `now`: the call is over.
  RecordedPiece rest(runtime::TimePoint now);

 private:
  struct Track {
    std::string samples;  // from `written_` on
    void put(std::int64_t at, std::string_view mulaw);
  };
  std::int64_t samples_to(runtime::TimePoint at) const;
  void follow(std::int64_t ahead, runtime::TimePoint now);
  RecordedPiece interleaved(std::int64_t count);

  const runtime::TimePoint begun_;
  std::int64_t written_ = 0;  // samples of each track that are gone
  std::int64_t bot_end_ = 0;  // of what Twilio was given
  std::int64_t caller_begin_ = 0, caller_end_ = 0;
  std::optional<std::int64_t> ahead_;  // of our clock: the caller's timestamps, by those least held up
  Track caller_, bot_;
};

}  // namespace bridge::call
