#pragma once
#include "simulators/twilio/coverage.hpp"
#include "simulators/twilio/measurement.hpp"
#include "simulators/twilio/resemblance.hpp"
#include "simulators/twilio/script.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
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

  const Coverage& heard() const { return heard_; }
  /// Loud windows that were not it bit for bit, since it was found and did not come to its end. Without a gap
  /// in what is played.
  unsigned changed() const { return changed_; }
  std::string_view sound() const { return sound_; }

 private:
  bool find(std::string_view mulaw, bool loud);
  bool lock(std::string_view window);

  std::string sound_;
  std::size_t from_ = 0, to_ = 0;  // audible extent
  Coverage heard_{0, 0};
  std::vector<std::pair<std::uint64_t, std::size_t>>
      index_;  // eight samples as a number -> where; sorted, of every 40th place
  bool locked_ = false;
  std::size_t next_ = 0;  // locked: sample of the recording that should come now
  bool begun_ = false;    // found, and not at its end
  unsigned changed_ = 0;
  std::string before_;  // the window before this one, when contiguous
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
    std::optional<Resemblance> alike;  // made when something is heard that is no recording bit for bit
  };
  void remember(bool follows);
  void by_shape(Known& known, bool follows, bool found, bool loud);
  void count(std::size_t i, runtime::Duration since_answer);
  void count_alike(std::size_t i);

  Measurement& measured_;
  std::vector<Known> known_;
  std::string normal_;         // the window with one zero instead of two
  unsigned unknown_ = 0;       // loud windows since the last that was found
  std::vector<float> played_;  // without a gap up to now; at most Resemblance::kHistory
};

}  // namespace simulators::twilio
