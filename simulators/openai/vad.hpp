#pragma once
#include "simulators/openai/script.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

/// Turn detection by loudness, on the audio that was appended: it counts samples, not time.
///
/// Works in windows of 32 ms like the service's. A window is speech when its level (RMS without its mean: a
/// DC offset is no sound) reaches one that follows `threshold`: -65 dBFS + 50 dB x threshold, so the default
/// 0.5 asks for -40 dBFS; while somebody speaks, 8 dB less will do, so that the soft end of a word does not
/// end the turn. A noisy line raises both: to 10 and 6 dB above the quietest window of the last seconds, that
/// floor being taken for -45 dBFS at most, so that a loud tone that never pauses remains a sound.
class Vad {
 public:
  static constexpr std::int64_t kWindowMs = 32;

  struct Options {
    double threshold = 0.5;
    std::int64_t prefix_padding_ms = 300;
    std::int64_t silence_duration_ms = 500;
    /// Semantic turn detection waits so long (it replaces `silence_duration_ms`), and an eighth of it when
    /// the utterance sounds finished: its last 200 ms of speech are 3 dB or more below the whole. The service
    /// listens to the words; a voice that falls is what can be had without them.
    std::optional<std::int64_t> semantic_wait_ms = {};
    std::optional<bool> finished = {};  // semantic: what every utterance sounds like; absent: by ear
    bool operator==(const Options&) const = default;
  };
  struct Event {
    enum class Kind { started, stopped } kind;
    std::int64_t audio_ms;  // audio_start_ms (prefix taken off) or audio_end_ms
  };

  /// Takes effect from the next window.
  void configure(const Options& options) { options_ = options; }
  /// Takes effect at once. What the open window holds keeps its length and loses its sound: clients send
  /// audio before they say what it is.
  void set_format(AudioFormat format);
  /// Appends the events of the windows that `audio` completes to `events`.
  void feed(std::string_view audio, std::vector<Event>& events);
  /// Forgets that somebody speaks: turn detection was switched off.
  void reset_speech();
  /// And what the open window holds: the buffer was cleared or committed. Positions count on.
  void clear();

  bool speaking() const { return speaking_; }
  /// All audio ever fed, in milliseconds.
  std::int64_t position_ms() const;

 private:
  static constexpr std::size_t kTail = 6;            // windows by whose fall an end is heard
  static constexpr std::int64_t kFloorWindows = 48;  // 1.5 s: the floor is the least of the last one to two

  void add_sample(double value, std::vector<Event>& events);
  void close_window(std::vector<Event>& events);
  void follow_floor(double level);
  void note_speech(double level);
  bool sounds_finished() const;
  std::int64_t silence_wanted_ms() const;

  Options options_;
  AudioFormat format_ = AudioFormat::pcm;
  std::int64_t in_window_ = 0;       // ticks of 24 kHz in the open window
  double sum_ = 0;                   // of the open window's samples, full scale 1
  double squares_ = 0;               // and of their squares
  std::int64_t windows_ = 0;         // closed so far
  std::int64_t ticks_ = 0;           // of 24 kHz, ever fed
  std::int64_t silent_windows_ = 0;  // in a row, while speaking
  std::string odd_byte_;             // first half of a PCM sample that an append cut in two
  bool speaking_ = false;

  std::int64_t floor_windows_ = 0;  // in the present half of the floor's memory
  double floor_before_ = 0;         // least level of the half before, and of this one, mean squares
  double floor_now_ = 1;
  std::array<double, kTail> tail_{};  // the latest speech windows of the utterance, a ring
  std::size_t spoken_windows_ = 0;
  double spoken_ = 0;  // sum of their levels
};

}  // namespace simulators::openai
