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
/// So many loud windows must be no recording bit for bit: one that begins is known by its second or third.
constexpr unsigned kPuzzled = 8;
/// The same of a recording that is found in parts, since the rest of it happens to be changed.
constexpr unsigned kChanged = 2;

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
  heard_ = Coverage(from_, to_);
  for (std::size_t at = from_; at + kGram <= to_; at += kStep) {
    if (audio::audible_mulaw(std::string_view(sound_).substr(at, kGram)))
      index_.emplace_back(gram(sound_, at), at);
  }
  std::sort(index_.begin(), index_.end());
}

bool RecordingFinder::window(std::string_view mulaw, bool follows, bool loud) {
  if (!follows) {
    locked_ = begun_ = false;
    before_.clear();
  }
  const bool found = find(mulaw, loud);
  if (found) begun_ = next_ < to_;
  if (!begun_) changed_ = 0;
  if (begun_ && loud && !found) ++changed_;
  before_.assign(mulaw);
  return found;
}

bool RecordingFinder::find(std::string_view mulaw, bool loud) {
  bool found = false;
  if (locked_) {
    const auto same = common_begin(mulaw, std::string_view(sound_).substr(next_));
    if (same > 0) {
      heard_.add({next_, next_ + same});
      found = next_ + same > from_ && next_ < to_;
    }
    next_ += same;
    locked_ = same == mulaw.size() && next_ < to_;
  }
  if (!locked_ && !found && loud) found = lock(mulaw);
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
      heard_.add({begin - before, begin + window.size()});
      next_ = begin + window.size();
      locked_ = next_ < to_;
      return true;
    }
  }
  return false;
}

Recogniser::Recogniser(const std::vector<KnownSound>& sounds, Measurement& measured) : measured_(measured) {
  for (const KnownSound& sound : sounds) {
    known_.push_back({RecordingFinder(sound.clip.mulaw), sound.hertz, std::nullopt});
    measured_.sounds.emplace_back().name = sound.name;
  }
}

void Recogniser::window(std::string_view mulaw, bool follows, bool loud, Duration since_answer) {
  if (known_.empty()) return;
  normal_ = one_zero(mulaw);
  remember(follows);
  bool found = false;
  for (std::size_t i = 0; i < known_.size(); ++i) {
    Known& known = known_[i];
    HeardSound& sound = measured_.sounds[i];
    if (known.hertz != 0) {
      if (!loud || audio::tone_share_mulaw(mulaw, known.hertz) < kToneShare) continue;
      sound.heard += runtime::mulaw_length(mulaw.size());
      sound.resembled = sound.heard;
      if (!sound.first_heard) sound.first_heard = since_answer;
      found = true;
    } else if (known.recording.window(normal_, follows, loud)) {
      count(i, since_answer);
      found = true;
    }
  }
  unknown_ = found || !follows ? 0 : unknown_ + (loud ? 1 : 0);
  for (Known& known : known_) {
    if (known.hertz == 0) by_shape(known, follows, found, loud);
  }
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (known_[i].alike) count_alike(i);
  }
}

void Recogniser::remember(bool follows) {
  if (!follows) played_.clear();
  for (const auto sample : audio::mulaw_decode(normal_))
    played_.push_back(static_cast<float>(sample) / 32768.0F);
  if (played_.size() > Resemblance::kHistory) {
    played_.erase(played_.begin(), played_.end() - static_cast<std::ptrdiff_t>(Resemblance::kHistory));
  }
}

/// Only what is no recording bit for bit is looked for by its shape, which costs a thousand times as much.
/// Where the place is known already, what comes bit for bit is compared as well: of a sound that was changed
/// a part may arrive so, and the rest goes on behind it.
void Recogniser::by_shape(Known& known, bool follows, bool found, bool loud) {
  if (!follows && known.alike) known.alike->interrupted();
  const bool puzzled = loud && !found && (unknown_ >= kPuzzled || known.recording.changed() >= kChanged);
  if (!known.alike) {
    if (!puzzled || played_.size() <= Resemblance::kProbe) return;
    known.alike.emplace(known.recording.sound(), played_.size() - normal_.size());
    known.alike->known(known.recording.heard());
  }
  known.alike->window(played_, normal_.size(), puzzled);
}

void Recogniser::count(std::size_t i, Duration since_answer) {
  HeardSound& sound = measured_.sounds[i];
  const Coverage& heard = known_[i].recording.heard();
  sound.heard = runtime::mulaw_length(heard.samples());
  sound.share = static_cast<double>(heard.samples()) / static_cast<double>(heard.extent());
  sound.offset = runtime::mulaw_length(heard.missed());
  if (!sound.first_heard) sound.first_heard = since_answer;
  sound.resembled = std::max(sound.resembled, sound.heard);
  sound.resembled_share = std::max(sound.resembled_share, sound.share);
  if (known_[i].alike) known_[i].alike->known(heard);
}

void Recogniser::count_alike(std::size_t i) {
  HeardSound& sound = measured_.sounds[i];
  const Coverage& heard = known_[i].alike->heard();
  if (heard.samples() == 0) return;
  sound.resembled = runtime::mulaw_length(heard.samples());
  sound.resembled_share = static_cast<double>(heard.samples()) / static_cast<double>(heard.extent());
}

}  // namespace simulators::twilio
