#include "simulators/twilio/playback.hpp"

#include "runtime/audio/g711.hpp"

#include <algorithm>

namespace simulators::twilio {
using runtime::Samples8k;
using runtime::TimePoint;

std::vector<Playback::Played> Playback::advance(TimePoint now) {
  std::vector<Played> reached;
  if (idle() || now <= run_start_) return reached;
  if (frames_ == Frames::whole) fill_up(now);
  const auto due = std::chrono::duration_cast<Samples8k>(now - run_start_).count() - run_played_;
  const auto count = std::min(static_cast<std::size_t>(std::max<std::int64_t>(due, 0)), queued_bytes());
  if (count == 0) return reached;
  const std::uint64_t from = played_bytes_;
  const TimePoint begin = playhead();
  play(count);
  while (!marks_.empty() && marks_.front().position <= played_bytes_) {
    const auto ahead = static_cast<std::int64_t>(marks_.front().position - from);
    reached.push_back({marks_.front().number, begin + Samples8k(ahead)});
    marks_.pop_front();
  }
  return reached;
}

/// What had come of a frame when its turn came is all that there will be of it.
void Playback::fill_up(TimePoint now) {
  constexpr std::size_t kFrame = 160;
  const std::size_t of_this_run = static_cast<std::size_t>(run_played_) + queued_bytes();
  const std::size_t in_last = of_this_run % kFrame;
  const auto last_begins = run_start_ + runtime::mulaw_length(of_this_run - in_last);
  if (in_last == 0 || now <= last_begins) return;
  queue_.append(kFrame - in_last, runtime::audio::kMulawSilence);
  arrivals_.push_back({last_begins, played_bytes_ + queued_bytes()});
}

/// Each piece with the moment of its arrival.
void Playback::play(std::size_t count) {
  while (count > 0) {
    const Arrival& arrival = arrivals_.front();
    const auto part = std::min(count, static_cast<std::size_t>(arrival.end - played_bytes_));
    sink_(playhead(), std::string_view(queue_).substr(head_, part), arrival.at);
    head_ += part;
    played_bytes_ += part;
    run_played_ += static_cast<std::int64_t>(part);
    count -= part;
    if (arrival.end == played_bytes_) arrivals_.pop_front();
  }
  // Now and then, so that a long queue is not moved every beat.
  if (head_ == queue_.size() || head_ > (1U << 20U)) {
    queue_.erase(0, head_);
    head_ = 0;
  }
}

bool Playback::push(TimePoint now, std::string_view mulaw) {
  if (queued_bytes() + mulaw.size() > limit_bytes_) return false;
  if (mulaw.empty()) return true;
  if (idle() && now > playhead()) {
    run_start_ = now;
    run_played_ = 0;
  }
  queue_.append(mulaw);
  arrivals_.push_back({now, played_bytes_ + queued_bytes()});
  return true;
}

std::uint64_t Playback::mark() {
  const auto number = next_mark_++;
  if (!idle()) marks_.push_back({number, played_bytes_ + queued_bytes()});
  return number;
}

Playback::Cleared Playback::clear() {
  Cleared cleared{queued_bytes(), pending_marks()};
  played_bytes_ += queued_bytes();
  queue_.clear();
  arrivals_.clear();
  head_ = 0;
  marks_.clear();
  return cleared;
}

std::vector<std::uint64_t> Playback::pending_marks() const {
  std::vector<std::uint64_t> pending;
  for (const Mark& mark : marks_) pending.push_back(mark.number);
  return pending;
}

}  // namespace simulators::twilio
