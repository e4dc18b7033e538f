#pragma once
#include "simulators/twilio/coverage.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// Recognises a recording that was changed on its way: another level, another codec, resampled there and
/// back. Its samples are then others, its shape is the same, and that is what is compared: the normalised
/// cross-correlation with the recording, both with their high tones raised (x[n] - 0.95 x[n-1]), since speech
/// of one voice is alike in its low ones. Sans-IO.
///
/// The place is found by 200 ms that correlate by 0.9 or more, among all places of the recording and to a
/// quarter of a sample. From there on, and back as far as kHistory, each window counts for itself.
class Resemblance {
 public:
  static constexpr std::size_t kProbe = 1600;    // samples by which a place is found
  static constexpr std::size_t kHistory = 8000;  // samples that the caller of window() must keep

  /// `played`: samples that were played before the first window() will be called for.
  explicit Resemblance(std::string_view mulaw, std::size_t played = 0);
  ~Resemblance();
  Resemblance(Resemblance&&) noexcept;
  Resemblance& operator=(Resemblance&&) noexcept;

  /// `played`: what sounded without a gap up to now, full scale 1, at most kHistory samples; the last `fresh`
  /// of them are a new window. `loud` as everywhere.
  void window(std::span<const float> played, std::size_t fresh, bool loud);
  /// What comes next does not follow what came.
  void interrupted();
  /// Heard by other means.
  void known(const Coverage& exact);

  const Coverage& heard() const { return heard_; }
  /// What was recognised by its shape: from which sample of all that was played, and of the recording.
  struct Stretch {
    std::size_t played;
    Coverage::Part part;
  };
  /// In the order of playing. Neighbours that go on in both are one.
  const std::vector<Stretch>& stretches() const { return stretches_; }

 private:
  struct Shape;
  /// Where the recording is: quarter of a sample that the next one of what is played stands at.
  struct Lock {
    std::ptrdiff_t at;
    double gain;
    unsigned misses = 0;
  };
  void search(std::span<const float> played);
  void look_back(std::span<const float> played, Lock lock);
  bool same(std::span<const float> window, float before, Lock& lock) const;
  void recognised(std::size_t played, std::ptrdiff_t at, std::size_t samples);

  std::unique_ptr<const Shape> shape_;
  Coverage heard_;
  std::optional<Lock> lock_;
  std::size_t since_search_ = 0;  // samples
  std::size_t played_;            // samples so far
  std::vector<Stretch> stretches_;
};

}  // namespace simulators::twilio
