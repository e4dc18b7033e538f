#include "simulators/twilio/playback.hpp"

#include <algorithm>

namespace simulators::twilio {
using runtime::Samples8k;
using runtime::TimePoint;

std::vector<Playback::Played> Playback::advance(TimePoint now) {
  std::vector<Played> reached;
  if (idle() || now < run_start_) return reached;
  const auto due = std::chrono::duration_cast<Samples8k>(now - run_start_).count() - run_played_;
  const auto count = std::min(static_cast<std::size_t>(std::max<std::int64_t>(due, 0)), queued_bytes());
  if (count == 0) return reached;
  sink_(playhead(), std::string_view(queue_).substr(head_, count));

  const std::uint64_t from = played_bytes_;
  const std::uint64_t to = from + count;
  while (!marks_.empty() && marks_.front().position <= to) {
    const auto ahead = static_cast<std::int64_t>(marks_.front().position - from);
    reached.push_back({marks_.front().number, playhead() + Samples8k(ahead)});
    marks_.pop_front();
  }
  head_ += count;
  played_bytes_ = to;
  run_played_ += static_cast<std::int64_t>(count);
  if (head_ == queue_.size() ||
      head_ > (1U << 20U)) {  // now and then, so that a long queue is not moved every beat
    queue_.erase(0, head_);
    head_ = 0;
  }
  return reached;
}

bool Playback::push(TimePoint now, std::string_view mulaw) {
  if (queued_bytes() + mulaw.size() > limit_bytes_) return false;
  if (mulaw.empty()) return true;
  if (idle() && now > playhead()) {
    run_start_ = now;
    run_played_ = 0;
  }
  queue_.append(mulaw);
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
