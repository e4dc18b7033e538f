#include "scenarios/recording/comparison.hpp"

#include "runtime/audio/level.hpp"
#include "scenarios/engine/audio_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scenarios::recording {
namespace {

constexpr std::size_t kSilenceBetween = 2400;  // bytes: 300 ms of silence part two sounds
constexpr std::size_t kCutTolerance = 4000;    // 500 ms of a sound that the caller cut short
constexpr std::size_t kMark = 800;             // 100 ms that tell a reply from others
constexpr double kRate = 8000;

struct HeardSound {
  std::size_t at;  // bytes from the stream's start
  std::string_view mulaw;
  double seconds() const { return static_cast<double>(mulaw.size()) / kRate; }
  double begin() const { return static_cast<double>(at) / kRate; }
};

/// Which of mu-law's values can be heard.
std::array<bool, 256> audible_values() {
  std::array<bool, 256> audible{};
  for (std::size_t value = 0; value < audible.size(); ++value)
    audible[value] = runtime::audio::audible_mulaw(std::string(1, static_cast<char>(value)));
  return audible;
}

/// From the first to the last sample that can be heard, parted at pauses. Exact to the sample: the same sound
/// is parted at the same places, whenever it is heard.
std::vector<HeardSound> sounds_of(std::string_view track) {
  static const auto kAudible = audible_values();
  std::vector<HeardSound> sounds;
  std::size_t begin = 0, end = 0;  // of the sound so far; end 0: none
  for (std::size_t at = 0; at < track.size(); ++at) {
    if (!kAudible[static_cast<unsigned char>(track[at])]) continue;
    const bool parted = end != 0 && at - end >= kSilenceBetween;
    if (parted) sounds.push_back({begin, track.substr(begin, end - begin)});
    if (parted || end == 0) begin = at;
    end = at + 1;
  }
  if (end != 0) sounds.push_back({begin, track.substr(begin, end - begin)});
  return sounds;
}

std::size_t same_from_the_beginning(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

/// The reply that holds the sound's beginning.
const NamedSound* reply_of(std::string_view sound, const std::vector<NamedSound>& replies) {
  for (const auto& reply : replies) {
    if (reply.mulaw.find(sound.substr(0, std::min(kMark, sound.size()))) != std::string::npos) return &reply;
  }
  return nullptr;
}

/// Whether the sound goes on to the end of some reply, or to a pause inside of one.
bool came_to_its_end(std::string_view sound, const std::vector<NamedSound>& replies) {
  const auto tail = sound.substr(sound.size() - std::min(kMark, sound.size()));
  return std::ranges::any_of(replies, [&](const NamedSound& reply) {
    const auto at = reply.mulaw.find(tail);
    if (at == std::string::npos) return false;
    const auto rest = std::string_view(reply.mulaw).substr(at + tail.size(), kSilenceBetween);
    return !runtime::audio::audible_mulaw(rest);
  });
}

bool alike(std::string_view recorded, std::string_view now) {
  const std::vector<engine::Run> runs{{runtime::TimePoint{}, std::string(now)}};
  return engine::find_alike(runs, recorded).whole;
}

std::string called(const HeardSound& sound, const std::vector<NamedSound>& replies) {
  const auto* reply = reply_of(sound.mulaw, replies);
  return reply == nullptr ? "" : ", of " + reply->name;
}

/// In words; empty: they are the same.
std::string difference(const HeardSound& recorded, const HeardSound& now,
                       const std::vector<NamedSound>& replies) {
  const auto same = same_from_the_beginning(recorded.mulaw, now.mulaw);
  const auto shorter = std::min(recorded.mulaw.size(), now.mulaw.size());
  if (same == recorded.mulaw.size() && same == now.mulaw.size()) return {};
  const auto by = std::max(recorded.mulaw.size(), now.mulaw.size()) - shorter;
  if (same == shorter && by <= kCutTolerance && !came_to_its_end(recorded.mulaw, replies)) return {};
  if (same == shorter && now.mulaw.size() < recorded.mulaw.size())
    return fmt::format("now it breaks off after {:.2f} s", now.seconds());
  if (same == shorter) return fmt::format("now it goes on for {:.2f} s", now.seconds());
  if (alike(recorded.mulaw, now.mulaw)) return {};
  const auto after = static_cast<double>(same) / kRate;
  const auto other = called(now, replies);
  if (same == 0 && !other.empty() && other != called(recorded, replies))
    return fmt::format("now another sound is heard there{}", other);
  return fmt::format("now another sound is heard after {:.2f} s of it", after);
}

double total(const std::vector<HeardSound>& sounds) {
  double seconds = 0;
  for (const auto& sound : sounds) seconds += sound.seconds();
  return seconds;
}

}  // namespace

HeardDifference compare_heard(std::string_view recorded, std::string_view now,
                              const std::vector<NamedSound>& replies) {
  const auto before = sounds_of(recorded);
  const auto after = sounds_of(now);
  HeardDifference found{before.size(), after.size(), total(before), total(after), {}};
  for (std::size_t i = 0; i < before.size() && found.first.empty(); ++i) {
    const auto place =
        fmt::format("sound {} of {}, recorded at {:.2f} s, {:.2f} s long{}: ", i + 1, before.size(),
                    before[i].begin(), before[i].seconds(), called(before[i], replies));
    if (i >= after.size()) {
      found.first = place + "now it is not heard";
    } else if (const auto words = difference(before[i], after[i], replies); !words.empty()) {
      found.first = place + words + fmt::format(" (at {:.2f} s)", after[i].begin());
    }
  }
  if (found.first.empty() && after.size() > before.size()) {
    const auto& more = after[before.size()];
    found.first =
        fmt::format("beyond the {} recorded sounds, now one more is heard at {:.2f} s, {:.2f} s long{}",
                    before.size(), more.begin(), more.seconds(), called(more, replies));
  }
  return found;
}

}  // namespace scenarios::recording
