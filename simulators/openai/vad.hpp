#pragma once
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

/// Turn detection by loudness, on the audio that was appended: it counts samples, not time.
///
/// Works in windows of 32 ms like the service's. A window is speech when its RMS reaches a level that follows
/// `threshold`: -65 dBFS + 50 dB x threshold, so the default 0.5 asks for -40 dBFS; while somebody speaks,
/// 8 dB less will do, so that the soft end of a word does not end the turn. A silent line (0xFF, 0x7F) and
/// line noise below -50 dBFS are silence.
class Vad {
 public:
  static constexpr std::int64_t kWindowMs = 32;

  struct Options {
    double threshold = 0.5;
    std::int64_t prefix_padding_ms = 300;
    std::int64_t silence_duration_ms = 500;
    bool operator==(const Options&) const = default;
  };
  struct Event {
    enum class Kind { started, stopped } kind;
    std::int64_t audio_ms;  // audio_start_ms (prefix taken off) or audio_end_ms
  };

  /// Takes effect from the next window.
  void configure(const Options& options) { options_ = options; }
  /// A change of the format takes effect from the next window; what the current one holds is forgotten.
  void set_format(AudioFormat format);
  /// Appends the events of the windows that `audio` completes to `events`.
  void feed(std::string_view audio, std::vector<Event>& events);
  /// Forgets that somebody speaks: the buffer was cleared, or turn detection was switched off.
  void reset_speech();

  bool speaking() const { return speaking_; }
  /// All audio ever fed, in milliseconds.
  std::int64_t position_ms() const;

 private:
  void add_sample(double energy, std::vector<Event>& events);
  void close_window(std::vector<Event>& events);

  Options options_;
  AudioFormat format_ = AudioFormat::pcm;
  std::int64_t window_samples_ = kWindowMs * 24;
  std::int64_t in_window_ = 0;       // samples in the open window
  double energy_ = 0;                // sum of squares in the open window, full scale 1
  std::int64_t windows_ = 0;         // closed so far
  std::int64_t position_us_ = 0;     // of the audio in closed formats
  std::int64_t format_samples_ = 0;  // fed in the current format
  std::int64_t silent_windows_ = 0;  // in a row, while speaking
  std::string odd_byte_;             // first half of a PCM sample that an append cut in two
  bool speaking_ = false;
};

}  // namespace simulators::openai
