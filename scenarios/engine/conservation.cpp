#include "scenarios/engine/result.hpp"

#include <cmath>
#include <functional>
#include <optional>
#include <string_view>

namespace scenarios::engine {
namespace {

struct Book {
  const promql::Samples& samples;
  bool published = false;
  double sum(std::string_view name, std::string_view path = {}) {
    double total = 0;
    for (const auto& sample : samples) {
      if (sample.name != name) continue;
      const auto label = sample.labels.find("path");
      if (!path.empty() && (label == sample.labels.end() || label->second != path)) continue;
      total += sample.value;
      published = true;
    }
    return total;
  }
};

std::optional<std::string> unbalanced(std::string_view law, double in, double out) {
  if (std::abs(in - out) < 0.5) return std::nullopt;
  return "audio is not conserved: " + std::string(law) + ": " + std::to_string(static_cast<long long>(in)) +
         " != " + std::to_string(static_cast<long long>(out)) + " samples";
}

}  // namespace

std::vector<std::string> broken_conservation(const promql::Samples& samples) {
  Book book{samples};
  const double spoken =
      book.sum("voicebridge_model_audio_samples_total") + book.sum("voicebridge_clip_audio_samples_total");
  const double to_caller = book.sum("voicebridge_sent_audio_samples_total") +
                           book.sum("voicebridge_audio_dropped_samples_total", "to_caller") +
                           book.sum("voicebridge_queued_audio_samples", "to_caller");
  const double heard = book.sum("voicebridge_caller_audio_samples_total") +
                       book.sum("voicebridge_silence_inserted_samples_total");
  const double to_model = book.sum("voicebridge_appended_audio_samples_total") +
                          book.sum("voicebridge_audio_dropped_samples_total", "to_model") +
                          book.sum("voicebridge_queued_audio_samples", "to_model");
  std::vector<std::string> broken;
  if (!book.published) return broken;  // another bridge: it does not say
  if (auto line = unbalanced("model + clips = sent + dropped + queued", spoken, to_caller))
    broken.push_back(*line);
  if (auto line = unbalanced("caller + silence inserted = appended + dropped + queued", heard, to_model)) {
    broken.push_back(*line);
  }
  return broken;
}

}  // namespace scenarios::engine
