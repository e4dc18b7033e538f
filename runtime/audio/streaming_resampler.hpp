#pragma once
#include <memory>
#include <span>
#include <vector>

namespace runtime::audio {

/// Changes the rate of sound that comes in pieces (libsamplerate, band-limited): the pieces fit together
/// without a click. Holds back a few milliseconds until more comes or the sound ends. Mono, -1 to 1.
/// Allocates nothing once `out` has grown to what a piece needs.
class StreamingResampler {
 public:
  StreamingResampler(int from_rate, int to_rate);
  ~StreamingResampler();
  StreamingResampler(StreamingResampler&&) noexcept;
  StreamingResampler& operator=(StreamingResampler&&) noexcept;

  /// Appends what is ready to `out`.
  void push(std::span<const float> piece, std::vector<float>& out);
  /// The sound is over: appends what was held back, and begins anew.
  void finish(std::vector<float>& out);
  /// Begins anew.
  void reset();

 private:
  struct State;
  void run(std::span<const float> piece, std::vector<float>& out, int end);
  std::unique_ptr<State> state_;
};

}  // namespace runtime::audio
