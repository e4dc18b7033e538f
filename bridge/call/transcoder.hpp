#pragma once
#include "bridge/openai/audio_format.hpp"
#include "runtime/audio/streaming_resampler.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::call {

/// Between the line, which is mu-law at 8 kHz, and what a session speaks. Mu-law passes through untouched.
/// What is returned is valid until the next call of the same direction. Allocates nothing once warm.
class Transcoder {
 public:
  /// As the session has them: what it is sent, and what it sends.
  Transcoder(openai::AudioFormat to_model, openai::AudioFormat to_caller);

  /// The model's audio is the line's own: it needs none of what follows.
  bool passes_to_caller() const { return to_caller_ == openai::AudioFormat::pcmu; }
  /// The caller's mu-law in the session's input format.
  std::string_view to_model(std::string_view mulaw);
  /// The model's audio as mu-law. Any number of bytes: half a sample waits for its other half.
  std::string_view to_caller(std::string_view audio);
  /// The model's speech is complete: what the filter held back of it.
  std::string_view finish_to_caller();
  /// The model's speech was broken off, and other speech follows.
  void drop_to_caller();

 private:
  std::string_view encode_mulaw();

  openai::AudioFormat to_model_, to_caller_;
  std::optional<runtime::audio::StreamingResampler> up_, down_;
  std::vector<float> in_, out_;
  std::string model_bytes_, caller_bytes_;
  std::optional<char> half_;  // of a sample
};

}  // namespace bridge::call
