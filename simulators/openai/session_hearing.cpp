#include "runtime/audio/g711.hpp"
#include "simulators/openai/audio_format.hpp"
#include "simulators/openai/session.hpp"

#include <algorithm>

// What the fake makes of the caller's sounds: it knows them again.
namespace simulators::openai {
namespace {

runtime::audio::Pcm decode(std::string_view bytes, AudioFormat format) {
  if (format == AudioFormat::pcmu) return runtime::audio::mulaw_decode(bytes);
  if (format == AudioFormat::pcma) return runtime::audio::alaw_decode(bytes);
  runtime::audio::Pcm pcm(bytes.size() / 2);
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const auto low = static_cast<unsigned char>(bytes[2 * i]);
    const auto high = static_cast<unsigned char>(bytes[2 * i + 1]);
    pcm[i] = static_cast<std::int16_t>(low | (high << 8));
  }
  return pcm;
}

}  // namespace

Sketch Session::sketch_of_turn(const TurnFacts& turn) const {
  const std::size_t from = appended_at(turn.audio_start_ms);
  const std::size_t to = std::max(from, appended_at(turn.audio_end_ms));
  const auto audio = std::string_view(facts_.caller_audio).substr(from, to - from);
  return sketch_of(decode(audio, facts_.input_format),
                   facts_.input_format == AudioFormat::pcm ? 24'000 : 8'000);
}

std::string Session::words_of(const TurnFacts& turn) const {
  const InputTranscription& settings = behaviour_.transcription;
  if (config_.transcription_model().empty()) return {};
  if (!settings.text.empty()) return settings.text;
  std::string words;
  if (settings.known) {
    const Sketch heard = sketch_of_turn(turn);
    for (const KnownSound& known : *settings.known) {
      if (contains_sound(heard, known.sketch)) words += (words.empty() ? "" : " ") + known.text;
    }
  }
  return words.empty() ? "(caller)" : words;
}

}  // namespace simulators::openai
