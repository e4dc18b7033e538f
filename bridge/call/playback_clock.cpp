#include "bridge/call/playback_clock.hpp"

#include <algorithm>

namespace bridge::call {
using runtime::Samples8k;
using runtime::TimePoint;

namespace {
/// Runs older than this cannot be truncated any more: their response is long over.
constexpr auto kKept = std::chrono::minutes(5);
constexpr std::size_t kMostRuns = 4096;
}  // namespace

void PlaybackClock::taken(const Part& part, Samples8k length, TimePoint now) {
  if (!runs_.empty() && end_ >= now && runs_.back().part == part) {
    runs_.back().length += length;
  } else {
    prune(now);
    runs_.push_back({part, std::max(now, end_), length});
  }
  end_ = std::max(now, end_) + length;
}

void PlaybackClock::cleared(TimePoint now) {
  while (!runs_.empty() && runs_.back().start >= now) runs_.pop_back();
  if (!runs_.empty()) {
    auto& last = runs_.back();
    last.length = std::min(last.length, std::chrono::floor<Samples8k>(now - last.start));
  }
  end_ = std::min(end_, now);
}

Samples8k PlaybackClock::heard(const Part& part, TimePoint now) const {
  Samples8k sum{0};
  for (const auto& run : runs_) {
    if (run.part != part || run.start >= now) continue;
    sum += std::min(run.length, std::chrono::floor<Samples8k>(now - run.start));
  }
  return sum;
}

Samples8k PlaybackClock::taken(const Part& part) const {
  Samples8k sum{0};
  for (const auto& run : runs_) {
    if (run.part == part) sum += run.length;
  }
  return sum;
}

void PlaybackClock::prune(TimePoint now) {
  while (!runs_.empty() &&
         (runs_.size() >= kMostRuns || runs_.front().start + runs_.front().length + kKept < now)) {
    runs_.pop_front();
  }
}

}  // namespace bridge::call
