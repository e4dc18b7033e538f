#include "simulators/twilio/resemblance.hpp"

#include "runtime/audio/clip.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/core/assert.hpp"

#include <kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

namespace simulators::twilio {
namespace audio = runtime::audio;
namespace {

constexpr std::ptrdiff_t kFine = 4;    // places per sample
constexpr std::size_t kEvery = 800;    // samples between two searches
constexpr double kLikelyPlace = 0.5;   // of the search, which knows whole samples only
constexpr double kPlace = 0.9;         // correlation of the probe at its place
constexpr double kWindow = 0.7;        // of one window, high tones raised
constexpr double kPlainWindow = 0.85;  // of one window as it is
constexpr float kRaise = 0.95F;
constexpr double kWeak = 0.003;        // RMS, -50 dBFS: what codecs add is nearly as loud
constexpr double kInaudible = 0.0025;  // peak of a pause, -52 dBFS: twice -60 dBFS and a codec's noise
constexpr double kWeakLevel = 3.0;     // a weak window is at most so much louder or softer
constexpr unsigned kMostMisses = 3;
constexpr std::size_t kSlot = 160;
constexpr float kAudible = 0.001F;  // peak, -60 dBFS
/// So many windows of the probe must be audible in the recording: a short burst is like any other.
constexpr unsigned kAudibleWindows = 5;

struct FreeFft {
  void operator()(kiss_fftr_state* state) const { std::free(state); }  // NOLINT: as kissfft wants it
};
using Fft = std::unique_ptr<kiss_fftr_state, FreeFft>;

Fft make_fft(std::size_t length, bool inverse) {
  Fft fft(kiss_fftr_alloc(static_cast<int>(length), inverse ? 1 : 0, nullptr, nullptr));
  runtime::require(fft != nullptr, "kissfft has memory for a transform");
  return fft;
}

struct Sums {
  double cross = 0;
  double one = 0;
  double other = 0;
  double correlation() const { return one > 0 && other > 0 ? cross / std::sqrt(one * other) : 0; }
};

double rms(double energy, std::size_t samples) {
  return samples == 0 ? 0 : std::sqrt(energy / static_cast<double>(samples));
}

}  // namespace

struct Resemblance::Shape {
  std::vector<float> fine;  // the recording, kFine values a sample
  std::size_t samples = 0;
  std::vector<double> energy;          // of the raised recording: sum of all before; from kProbe before
  std::vector<kiss_fft_cpx> spectrum;  // of the raised recording behind kProbe zeros
  std::size_t length = 0;              // of the transforms
  Fft forth, back;

  explicit Shape(std::string_view mulaw);
  /// The recording at a place in quarters of a sample; silence around it.
  float at(std::ptrdiff_t place) const {
    return place < 0 || std::cmp_greater_equal(place, fine.size()) ? 0.0F
                                                                   : fine[static_cast<std::size_t>(place)];
  }
  float raised(std::ptrdiff_t place) const { return at(place) - kRaise * at(place - kFine); }
  /// `played` (and the sample `before` it) against the recording from `place` on; high tones raised.
  Sums compare_raised(std::span<const float> played, float before, std::ptrdiff_t place) const;
  Sums compare(std::span<const float> played, std::ptrdiff_t place) const;
  float peak(std::ptrdiff_t place, std::size_t count) const;
  /// Of the probe that begins at `place`.
  unsigned audible_windows(std::ptrdiff_t place) const;
};

Resemblance::Shape::Shape(std::string_view mulaw) : samples(mulaw.size()) {
  const auto pcm = audio::resample(audio::mulaw_decode(mulaw), 8000, static_cast<int>(8000 * kFine));
  fine.reserve(pcm.size());
  for (const auto sample : pcm) fine.push_back(static_cast<float>(sample) / 32768.0F);
  length = static_cast<std::size_t>(kiss_fftr_next_fast_size_real(static_cast<int>(samples + 3 * kProbe)));
  forth = make_fft(length, false);
  back = make_fft(length, true);
  std::vector<float> laid(length);
  energy.assign(length + 1, 0);
  for (std::size_t i = 0; i < length; ++i) {
    const auto place = (static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(kProbe)) * kFine;
    laid[i] = raised(place);
    energy[i + 1] = energy[i] + static_cast<double>(laid[i]) * laid[i];
  }
  spectrum.resize(length / 2 + 1);
  kiss_fftr(forth.get(), laid.data(), spectrum.data());
}

Sums Resemblance::Shape::compare_raised(std::span<const float> played, float before,
                                        std::ptrdiff_t place) const {
  Sums sums;
  for (const float sample : played) {
    const double x = sample - kRaise * std::exchange(before, sample);
    const double y = raised(place);
    sums.cross += x * y;
    sums.one += x * x;
    sums.other += y * y;
    place += kFine;
  }
  return sums;
}

Sums Resemblance::Shape::compare(std::span<const float> played, std::ptrdiff_t place) const {
  Sums sums;
  for (const float sample : played) {
    const double x = sample;
    const double y = at(place);
    sums.cross += x * y;
    sums.one += x * x;
    sums.other += y * y;
    place += kFine;
  }
  return sums;
}

float Resemblance::Shape::peak(std::ptrdiff_t place, std::size_t count) const {
  float highest = 0;
  for (std::size_t i = 0; i < count; ++i, place += kFine) highest = std::max(highest, std::abs(at(place)));
  return highest;
}

unsigned Resemblance::Shape::audible_windows(std::ptrdiff_t place) const {
  unsigned audible = 0;
  for (std::size_t done = 0; done < kProbe; done += kSlot) {
    if (peak(place + static_cast<std::ptrdiff_t>(done) * kFine, kSlot) > kAudible) ++audible;
  }
  return audible;
}

namespace {
Coverage extent_of(std::string_view mulaw) {
  const auto audible = audio::audible_part_mulaw(mulaw);
  const auto from = audible.empty() ? 0 : static_cast<std::size_t>(audible.data() - mulaw.data());
  return {from, from + audible.size()};
}
/// The sample in front of one; a sound that begins has silence there.
float before(std::span<const float> played, std::size_t at) {
  return at == 0 ? 0.0F : played[at - 1];
}
}  // namespace

Resemblance::Resemblance(std::string_view mulaw, std::size_t played)
    : shape_(std::make_unique<const Shape>(mulaw)),
      heard_(extent_of(mulaw)),
      since_search_(kEvery),
      played_(played) {}
Resemblance::~Resemblance() = default;
Resemblance::Resemblance(Resemblance&&) noexcept = default;
Resemblance& Resemblance::operator=(Resemblance&&) noexcept = default;

void Resemblance::interrupted() {
  lock_.reset();
  since_search_ = kEvery;
}

void Resemblance::recognised(std::size_t played, std::ptrdiff_t at, std::size_t samples) {
  constexpr std::ptrdiff_t kSlip = 2;  // samples; clocks differ
  const auto begin = at / kFine;
  const auto end = begin + static_cast<std::ptrdiff_t>(samples);
  if (end <= 0) return;
  const Coverage::Part part{static_cast<std::size_t>(std::max<std::ptrdiff_t>(begin, 0)),
                            static_cast<std::size_t>(end)};
  if (!stretches_.empty()) {
    Stretch& last = stretches_.back();
    const auto length = last.part.end - last.part.begin;
    const auto slip = begin - static_cast<std::ptrdiff_t>(last.part.end);
    if (last.played + length + static_cast<std::size_t>(kSlip) >= played && std::abs(slip) <= kSlip) {
      heard_.add({last.part.end, part.end});
      last.part.end = part.end;
      return;
    }
  }
  heard_.add(part);
  stretches_.push_back({played, part});
}

void Resemblance::known(const Coverage& exact) {
  for (const Coverage::Part& part : exact.parts()) heard_.add(part);
}

void Resemblance::window(std::span<const float> played, std::size_t fresh, bool loud) {
  since_search_ += fresh;
  played_ += fresh;
  if (lock_) {
    Lock next = *lock_;
    if (same(played.last(fresh), before(played, played.size() - fresh), next)) {
      recognised(played_ - fresh, next.at, fresh);
      next.misses = 0;
    } else {
      ++next.misses;
    }
    next.at += static_cast<std::ptrdiff_t>(fresh) * kFine;
    lock_ = next;
    const bool over = std::cmp_greater_equal(next.at, shape_->fine.size());
    if (over || next.misses >= kMostMisses) interrupted();
    if (lock_) return;
  }
  if (loud && since_search_ >= kEvery && played.size() > kProbe) search(played);
}

/// Looks for the newest of what was played in all of the recording.
void Resemblance::search(std::span<const float> played) {
  since_search_ = 0;
  const auto probe = played.last(kProbe + 1);
  std::vector<float> raised(shape_->length);
  double energy = 0;
  for (std::size_t i = 0; i < kProbe; ++i) {
    raised[i] = probe[i + 1] - kRaise * probe[i];
    energy += static_cast<double>(raised[i]) * raised[i];
  }
  std::vector<kiss_fft_cpx> product(shape_->spectrum.size());
  kiss_fftr(shape_->forth.get(), raised.data(), product.data());
  for (std::size_t i = 0; i < product.size(); ++i) {
    const auto x = product[i];
    const auto y = shape_->spectrum[i];
    product[i] = {y.r * x.r + y.i * x.i, y.i * x.r - y.r * x.i};
  }
  kiss_fftri(shape_->back.get(), product.data(), raised.data());
  double best = 0;
  std::size_t place = 0;
  for (std::size_t i = 0; i + kProbe <= shape_->length; ++i) {
    const double there = shape_->energy[i + kProbe] - shape_->energy[i];
    if (there < energy / 1000) continue;  // 30 dB softer: what correlates there is noise
    const double cross = static_cast<double>(raised[i]) / static_cast<double>(shape_->length);
    const double correlation = cross / std::sqrt(there * energy);
    if (correlation > best) {
      best = correlation;
      place = i;
    }
  }
  if (best < kLikelyPlace) return;
  const auto middle = (static_cast<std::ptrdiff_t>(place) - static_cast<std::ptrdiff_t>(kProbe)) * kFine;
  Sums closest;
  std::ptrdiff_t at = middle;
  for (auto fine = middle - kFine + 1; fine < middle + kFine; ++fine) {
    const Sums sums = shape_->compare_raised(probe.subspan(1), probe[0], fine);
    if (sums.correlation() <= closest.correlation()) continue;
    closest = sums;
    at = fine;
  }
  if (closest.correlation() < kPlace || shape_->audible_windows(at) < kAudibleWindows) return;
  look_back(played, {at + static_cast<std::ptrdiff_t>(kProbe) * kFine, closest.cross / closest.other});
}

/// The place is known now: what of that which sounded before, window by window, was the recording already?
void Resemblance::look_back(std::span<const float> played, Lock lock) {
  struct Found {
    std::size_t played;
    std::ptrdiff_t at;
  };
  std::vector<Found> found;  // the newest first
  std::size_t known = 0;     // what was played before is accounted for
  if (!stretches_.empty()) {
    const Stretch& last = stretches_.back();
    known = last.played + last.part.end - last.part.begin;
  }
  lock_ = lock;
  for (std::size_t end = played.size(); end >= kSlot; end -= kSlot) {
    lock.at -= static_cast<std::ptrdiff_t>(kSlot) * kFine;
    const std::size_t begin = played_ - played.size() + end - kSlot;
    if (lock.at + static_cast<std::ptrdiff_t>(kSlot) * kFine <= 0 || begin < known) break;
    const bool in_probe = played.size() - end < kProbe;
    Lock there = lock;
    if (same(played.subspan(end - kSlot, kSlot), before(played, end - kSlot), there)) {
      lock.at = there.at;
      found.push_back({begin, lock.at});
    } else if (!in_probe) {
      break;
    }
  }
  for (auto window = found.rbegin(); window != found.rend(); ++window)
    recognised(window->played, window->at, kSlot);
}

/// Whether `window` (and the sample `before` it) is the recording at the lock, which follows by a quarter of
/// a sample where that fits better: clocks differ.
bool Resemblance::same(std::span<const float> window, float before, Lock& lock) const {
  Sums closest;
  auto at = lock.at;
  for (const std::ptrdiff_t step : {0, -1, 1}) {
    const Sums sums = shape_->compare_raised(window, before, lock.at + step);
    if (step != 0 && sums.correlation() <= closest.correlation() + 0.01) continue;
    closest = sums;
    at = lock.at + step;
  }
  const Sums plain = shape_->compare(window, at);
  if (shape_->peak(at, window.size()) <= kAudible) {
    float ours = 0;
    for (const float sample : window) ours = std::max(ours, std::abs(sample));
    return ours <= kInaudible;
  }
  if (closest.correlation() >= kWindow || plain.correlation() >= kPlainWindow) {
    lock.at = at;
    return true;
  }
  const double expected = rms(plain.other, window.size()) * lock.gain;
  const double there = rms(plain.one, window.size());
  return expected < kWeak && there < expected * kWeakLevel && there > expected / kWeakLevel;
}

}  // namespace simulators::twilio
