#include "simulators/twilio/recogniser.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <cstring>

namespace simulators::twilio {
namespace audio = runtime::audio;
namespace {

constexpr std::size_t kGram = 8;
/// Places of the recording that are looked up. Any window of 160 samples holds four of them, so that one that
/// can be heard is among them, and a long recording costs little memory.
constexpr std::size_t kStep = 40;
constexpr std::size_t kMostCandidates = 64;  // a pure tone repeats itself: some place will do
constexpr double kToneShare = 0.8;

/// Mu-law has two zeros; whoever decodes and encodes again turns 0x7F into 0xFF.
std::string one_zero(std::string_view mulaw) {
  std::string normal(mulaw);
  std::replace(normal.begin(), normal.end(), '\x7F', audio::kMulawSilence);
  return normal;
}

std::uint64_t gram(std::string_view text, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, text.data() + at, kGram);
  return value;
}

std::size_t common_begin(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}
std::size_t common_end(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first;
  return static_cast<std::size_t>(end - a.rbegin());
}

}  // namespace

RecordingFinder::RecordingFinder(std::string_view mulaw) : sound_(one_zero(mulaw)) {
  const std::string_view audible = audio::audible_part_mulaw(sound_);
  from_ = audible.empty() ? 0 : static_cast<std::size_t>(audible.data() - sound_.data());
  to_ = from_ + audible.size();
  for (std::size_t at = from_; at + kGram <= to_; at += kStep) {
    if (audio::audible_mulaw(std::string_view(sound_).substr(at, kGram)))
      index_.emplace_back(gram(sound_, at), at);
  }
  std::sort(index_.begin(), index_.end());
}

bool RecordingFinder::window(std::string_view mulaw, bool follows, bool loud) {
  if (!follows) {
    locked_ = false;
    before_.clear();
  }
  bool found = false;
  if (locked_) {
    const auto same = common_begin(mulaw, std::string_view(sound_).substr(next_));
    if (same > 0) {
      heard({next_, next_ + same});
      found = next_ + same > from_ && next_ < to_;
    }
    next_ += same;
    locked_ = same == mulaw.size() && next_ < to_;
  }
  if (!locked_ && !found && loud) found = lock(mulaw);
  before_.assign(mulaw);
  return found;
}

bool RecordingFinder::lock(std::string_view window) {
  const std::string_view sound = sound_;
  for (std::size_t probe = 0; probe + kGram <= window.size(); ++probe) {
    auto at = std::lower_bound(index_.begin(), index_.end(), std::pair(gram(window, probe), std::size_t{0}));
    for (std::size_t tried = 0;
         at != index_.end() && at->first == gram(window, probe) && tried < kMostCandidates; ++at, ++tried) {
      if (at->second < probe || sound.substr(at->second - probe, window.size()) != window) continue;
      const std::size_t begin = at->second - probe;
      const std::size_t before = common_end(before_, sound.substr(0, begin));
      heard({begin - before, begin + window.size()});
      next_ = begin + window.size();
      locked_ = next_ < to_;
      return true;
    }
  }
  return false;
}

void RecordingFinder::heard(Part part) {
  part = {std::max(part.begin, from_), std::min(part.end, to_)};
  if (part.begin >= part.end) return;
  if (parts_.empty()) first_ = part.begin;
  const auto touching = [&part](const Part& other) {
    return other.begin <= part.end && part.begin <= other.end;
  };
  for (const Part& other : parts_) {
    if (touching(other)) part = {std::min(part.begin, other.begin), std::max(part.end, other.end)};
  }
  std::erase_if(parts_, touching);
  parts_.insert(std::upper_bound(parts_.begin(), parts_.end(), part,
                                 [](const Part& a, const Part& b) { return a.begin < b.begin; }),
                part);
}

std::size_t RecordingFinder::heard_samples() const {
  std::size_t sum = 0;
  for (const Part& part : parts_) sum += part.end - part.begin;
  return sum;
}

Recogniser::Recogniser(const std::vector<KnownSound>& sounds, Measurement& measured) : measured_(measured) {
  for (const KnownSound& sound : sounds) {
    known_.push_back({RecordingFinder(sound.clip.mulaw), sound.hertz});
    measured_.sounds.emplace_back().name = sound.name;
  }
}

void Recogniser::window(std::string_view mulaw, bool follows, bool loud, Duration since_answer) {
  if (known_.empty()) return;
  normal_ = one_zero(mulaw);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    Known& known = known_[i];
    HeardSound& sound = measured_.sounds[i];
    if (known.hertz != 0) {
      if (!loud || audio::tone_share_mulaw(mulaw, known.hertz) < kToneShare) continue;
      sound.heard += runtime::mulaw_length(mulaw.size());
    } else {
      if (!known.recording.window(normal_, follows, loud)) continue;
      sound.heard = runtime::mulaw_length(known.recording.heard_samples());
      sound.share = static_cast<double>(known.recording.heard_samples()) /
                    static_cast<double>(known.recording.audible_samples());
      sound.offset = runtime::mulaw_length(known.recording.missed_samples());
    }
    if (!sound.first_heard) sound.first_heard = since_answer;
  }
}

}  // namespace simulators::twilio
