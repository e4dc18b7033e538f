#include "bridge/call/recording.hpp"

#include "runtime/core/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::TimePoint;

namespace {
constexpr char kSilence = '\xff';
constexpr std::int64_t kPerMs = 8;              // samples
constexpr std::int64_t kPiece = 1000 * kPerMs;  // written at once
constexpr runtime::Duration kSettled = 2s;      // a line that is later than this has lost it
constexpr std::int64_t kAhead = 300'000 * kPerMs;
constexpr std::int64_t kMostHeldUp = 2000 * kPerMs;
constexpr std::int64_t kJitter = 10 * kPerMs;  // of timestamps: less than this says nothing
}  // namespace

void Recording::Track::put(std::int64_t at, std::string_view mulaw) {
  if (at < 0) {
    mulaw.remove_prefix(static_cast<std::size_t>(std::min<std::int64_t>(-at, std::ssize(mulaw))));
    at = 0;
  }
  if (mulaw.empty() || at > kAhead) return;
  const auto begin = static_cast<std::size_t>(at);
  if (samples.size() < begin + mulaw.size()) samples.resize(begin + mulaw.size(), kSilence);
  std::ranges::copy(mulaw, samples.begin() + at);
}

std::int64_t Recording::samples_to(TimePoint at) const {
  return std::chrono::floor<runtime::Samples8k>(at - begun_).count();
}

void Recording::caller(std::string_view mulaw, std::uint64_t timestamp_ms, TimePoint now) {
  const auto stamp =
      static_cast<std::int64_t>(std::min<std::uint64_t>(timestamp_ms, INT64_MAX / kPerMs)) * kPerMs;
  const auto ahead = stamp - samples_to(now);
  if (ahead > kAhead) return;
  follow(ahead, now);
  auto at = stamp - *ahead_;
  if (std::abs(at - caller_end_) < kJitter) at = caller_end_;
  caller_.put(at - written_, mulaw);
  caller_end_ = at + std::ssize(mulaw);
}

/// The axis that a frame's timestamp is on, which the first frame gives.
void Recording::follow(std::int64_t ahead, TimePoint now) {
  const auto off = ahead_ ? ahead - *ahead_ : 0;
  const bool another = off >= kMostHeldUp || off < -kAhead / 2;  // the first timestamp was none of this axis
  if (!ahead_ || another) {
    ahead_ = ahead;
    caller_begin_ = samples_to(now);
    return;
  }
  // It came sooner than those before it, which had been held up: they lie earlier, as far as there is room.
  const auto sooner = std::min(off, caller_begin_ - written_);
  if (sooner < kJitter) return;
  caller_.samples.erase(0, static_cast<std::size_t>(sooner));
  caller_begin_ -= sooner;
  caller_end_ -= sooner;
  *ahead_ += sooner;
}

void Recording::bot(std::string_view mulaw, TimePoint now) {
  const auto at = std::max(bot_end_, samples_to(now));
  bot_.put(at - written_, mulaw);
  bot_end_ = at + std::ssize(mulaw);
}

void Recording::cleared(TimePoint now) {
  const auto heard = std::max<std::int64_t>(samples_to(now) - written_, 0);
  if (std::ssize(bot_.samples) > heard) bot_.samples.resize(static_cast<std::size_t>(heard));
  bot_end_ = std::min(bot_end_, samples_to(now));
}

RecordedPiece Recording::take(TimePoint now) {
  const auto settled = samples_to(now - kSettled) - written_;
  return settled < kPiece ? RecordedPiece() : interleaved(settled);
}

RecordedPiece Recording::rest(TimePoint now) {
  return interleaved(std::max<std::int64_t>(samples_to(now) - written_, 0));
}

RecordedPiece Recording::interleaved(std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  RecordedPiece piece{written_, {}};
  auto& both = piece.interleaved;
  both.reserve(2 * size);
  const auto sample = [](const Track& track, std::size_t i) {
    return i < track.samples.size() ? track.samples[i] : kSilence;
  };
  for (std::size_t i = 0; i < size; ++i) {
    both.push_back(sample(caller_, i));
    both.push_back(sample(bot_, i));
  }
  for (auto* track : {&caller_, &bot_}) track->samples.erase(0, std::min(size, track->samples.size()));
  written_ += count;
  return piece;
}

}  // namespace bridge::call
