#include "scenarios/engine/truth_audio.hpp"

#include "scenarios/engine/audio_search.hpp"
#include "simulators/openai/recognition.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {
using runtime::TimePoint;

namespace {
constexpr std::size_t kCertain = 3200;  // 400 ms: more is not asked of a shape
constexpr runtime::Duration kSample = std::chrono::microseconds(125);
constexpr std::size_t kResponseFingerprint = 480;          // 60 ms: enough to find a response by
constexpr std::string_view kSilence = "\xFF\x7F\xFE\x7E";  // which is found everywhere

/// How much of `audio`, from its beginning, stands verbatim in `in` at or after `from`, and where.
Place found(std::string_view audio, std::string_view in, std::size_t from) {
  if (audio.empty() || from > in.size()) return {};
  const auto sound = audio.find_first_not_of(kSilence);
  const std::size_t begin = sound == std::string_view::npos ? 0 : sound;
  // The one before may have been taken to go on into this one's first silence.
  std::size_t at = in.find(audio.substr(begin, kResponseFingerprint), from);
  if (at == std::string_view::npos || at < begin) return {};
  at -= begin;
  const auto rest = in.substr(at);
  const auto most = std::min(rest.size(), audio.size());
  const auto differs =
      std::mismatch(audio.begin(), audio.begin() + static_cast<std::ptrdiff_t>(most), rest.begin());
  return {at, static_cast<std::size_t>(differs.first - audio.begin())};
}

/// Sound that was converted on its way is not found by its bytes, but by its shape.
Place recognised(std::string_view sound, std::string_view in, std::size_t from) {
  if (from > in.size()) return {};
  const auto later = in.substr(from);
  const std::vector<Run> all{Run{TimePoint(), std::string(later)}};
  const auto alike = find_alike(all, sound).match;
  if (alike.length >= std::min(kCertain, sound.size()) / 2) {
    const std::size_t at = from + alike.at - std::min(alike.at, alike.from);
    return {at, std::min(sound.size(), in.size() - at)};
  }
  using simulators::openai::contains_sound;
  using simulators::openai::sketch_of_mulaw;
  return {from, contains_sound(sketch_of_mulaw(later), sketch_of_mulaw(sound)) ? sound.size() : 0};
}

/// How much had come, or sounded, by then.
std::size_t length_by(const simulators::twilio::TimedAudio& audio, TimePoint by) {
  const auto after =
      std::ranges::partition_point(audio.pieces, [&](const auto& piece) { return piece.at < by; });
  if (after == audio.pieces.begin()) return 0;
  const auto& piece = *std::prev(after);
  return piece.offset + std::min(piece.bytes, static_cast<std::size_t>((by - piece.at) / kSample));
}
}  // namespace

Place AudioTrail::find(const simulators::openai::ResponseFacts& response, bool verbatim, TimePoint before) {
  const auto in = std::string_view(in_.mulaw).substr(0, length_by(in_, before));
  // Nothing comes before it was sent.
  std::size_t from = from_;
  if (response.first_audio_at) from = std::max(from, length_by(in_, *response.first_audio_at));
  const auto place = verbatim ? found(response.audio, in, from) : recognised(response.audio, in, from);
  // Silence is found anywhere, and says nothing of where the next begins. Where a sound that is known by its
  // shape ends is not.
  if (place.length > 0 && response.audible)
    from_ = place.at + (verbatim ? place.length : std::min(place.length, kCertain));
  return place;
}

}  // namespace scenarios::engine
