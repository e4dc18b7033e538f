#pragma once
#include "simulators/twilio/measurement.hpp"
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::twilio {

/// Recognises one recording in what is played, bit for bit. Sans-IO.
class RecordingFinder {
 public:
  explicit RecordingFinder(std::string_view mulaw);

  /// The next window (160 samples, or fewer before a hole), with one zero. `follows`: it is contiguous with
  /// the one before. True: some of the recording is in it.
  bool window(std::string_view mulaw, bool follows, bool loud);

  std::size_t audible_samples() const { return to_ - from_; }
  /// Of the audible extent, each sample once.
  std::size_t heard_samples() const;
  /// Of the audible extent, what lay before the first that was heard. Only once something was heard.
  std::size_t missed_samples() const { return first_ - from_; }

 private:
  struct Part {
    std::size_t begin, end;  // samples of the recording
  };
  bool lock(std::string_view window);
  void heard(Part part);

  std::string sound_;
  std::size_t from_ = 0, to_ = 0;  // audible extent
  std::vector<std::pair<std::uint64_t, std::size_t>>
      index_;                // eight samples as a number -> where; sorted, of every 40th place
  std::vector<Part> parts_;  // heard; apart from each other, sorted
  std::size_t first_ = 0;
  bool locked_ = false;
  std::size_t next_ = 0;  // locked: sample of the recording that should come now
  std::string before_;    // the window before this one, when contiguous
};

/// All sounds that a caller knows, and what was heard of them: Measurement::sounds.
class Recogniser {
 public:
  Recogniser(const std::vector<KnownSound>& sounds, Measurement& measured);
  /// `since_answer`: when the window begins. `loud` as everywhere.
  void window(std::string_view mulaw, bool follows, bool loud, runtime::Duration since_answer);

 private:
  struct Known {
    RecordingFinder recording;
    int hertz;
  };
  Measurement& measured_;
  std::vector<Known> known_;
  std::string normal_;  // the window with one zero instead of two
};

}  // namespace simulators::twilio
