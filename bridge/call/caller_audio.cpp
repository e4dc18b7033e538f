#include "bridge/call/caller_audio.hpp"

#include "bridge/call/pause.hpp"
#include "runtime/audio/g711.hpp"

#include <algorithm>
#include <utility>

namespace bridge::call {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Samples8k;
using runtime::TimePoint;

namespace {
constexpr std::size_t kLargestAppend = 1600;  // 200 ms
constexpr Samples8k kFrame{160};
std::int64_t whole_ms(Duration d) {
  return std::chrono::floor<std::chrono::milliseconds>(d).count();
}
}  // namespace

void CallerAudio::begin(Options options, TimePoint now) {
  options_ = options;
  begun_ = true;
  last_arrival_ = now;
  offset_ = now.time_since_epoch();
}

void CallerAudio::media(std::string_view mulaw, std::uint64_t timestamp_ms, TimePoint now) {
  const auto ts = static_cast<std::int64_t>(timestamp_ms);
  const Duration delay = now.time_since_epoch() - std::chrono::milliseconds(ts);
  const auto length_ms = static_cast<std::int64_t>(mulaw.size() / 8);
  // The first timestamp is not 0, and nothing is missing before it.
  if (!media_seen_ && !filling_) covered_ms_ = ts;
  observe_delay(delay);
  media_seen_ = true;
  // A step of the timestamps is a gap only when it is longer than Twilio's own jitter of a few milliseconds.
  const auto gap = std::chrono::milliseconds(ts - covered_ms_);
  if (gap >= options_.gap_after) insert_silence(std::chrono::floor<Samples8k>(gap), now);
  covered_ms_ = (filling_ ? std::max(covered_ms_, ts) : ts) + length_ms;
  filling_ = false;
  last_arrival_ = now;
  count_.frames_received.add();
  count_.bytes_received.add(static_cast<double>(mulaw.size()));
  count_.caller_samples.add(static_cast<double>(mulaw.size()));
  append(mulaw, now);
}

void CallerAudio::tick(TimePoint now) {
  if (!begun_ || now - last_arrival_ < options_.gap_after) return;
  const std::int64_t due_ms = whole_ms(now.time_since_epoch() - offset());
  const Samples8k missing = std::chrono::floor<Samples8k>(std::chrono::milliseconds(due_ms - covered_ms_));
  const Samples8k whole_frames = missing - missing % kFrame;
  if (whole_frames <= Samples8k(0)) return;
  filling_ = true;
  insert_silence(whole_frames, now);
  covered_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(whole_frames).count();
}

void CallerAudio::insert_silence(Samples8k length, TimePoint now) {
  const Samples8k inserted = std::min(length, options_.capacity);
  count_.silence_samples.add(static_cast<double>(inserted.count()));
  const std::string silence(runtime::mulaw_bytes(inserted), runtime::audio::kMulawSilence);
  append(silence, now);
}

void CallerAudio::append(std::string_view mulaw, TimePoint now) {
  const std::size_t capacity = runtime::mulaw_bytes(options_.capacity);
  const std::size_t waiting = buffer_.size() - read_;
  count_.queued_to_model.add(static_cast<double>(mulaw.size()));
  if (mulaw.size() > capacity) {
    shed(mulaw.size() - capacity);
    mulaw.remove_prefix(mulaw.size() - capacity);
  }
  if (waiting + mulaw.size() > capacity) make_room(waiting + mulaw.size() - capacity);
  const bool quiet = waiting > 0 && is_quiet(mulaw);
  pause_ = quiet ? pause_ + mulaw.size() : 0;
  if (read_ == buffer_.size()) {
    buffer_.clear();
    read_ = 0;
  } else if (read_ > capacity) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
  newest_ = now;
  buffer_.append(mulaw);
}

void CallerAudio::make_room(std::size_t bytes) {
  const std::size_t pause = std::min(pause_, buffer_.size() - read_);
  if (pause >= std::max(kPauseBytes, bytes)) {
    buffer_.erase(buffer_.size() - pause, bytes);
    pause_ -= bytes;
  } else {
    read_ += bytes;
  }
  shed(bytes);
}

void CallerAudio::shed(std::size_t bytes) {
  const auto samples = static_cast<double>(bytes);
  count_.dropped_to_model[static_cast<std::size_t>(ModelDrop::buffer_full)].add(samples);
  count_.queued_to_model.add(-samples);
}

std::string_view CallerAudio::take(TimePoint now) {
  const auto chunk = std::string_view(buffer_).substr(read_, kLargestAppend);
  if (chunk.empty()) return chunk;
  read_ += chunk.size();
  in_flight_ = chunk.size();
  in_flight_since_ = now;
  in_flight_arrival_ = newest_;
  return chunk;
}

void CallerAudio::appended(TimePoint now) {
  const auto bytes = static_cast<double>(std::exchange(in_flight_, 0));
  count_.appends_sent.add();
  count_.append_bytes_sent.add(bytes);
  count_.appended_samples.add(bytes);
  count_.queued_to_model.add(-bytes);
  count_.forward_to_model.observe(runtime::seconds(now - in_flight_arrival_));
}

void CallerAudio::lose_in_flight(ModelDrop reason) {
  const auto lost = static_cast<double>(std::exchange(in_flight_, 0));
  count_.dropped_to_model[static_cast<std::size_t>(reason)].add(lost);
  count_.queued_to_model.add(-lost);
}

void CallerAudio::drop(ModelDrop reason) {
  const auto dropped = static_cast<double>(queued().count());
  count_.dropped_to_model[static_cast<std::size_t>(reason)].add(dropped);
  count_.queued_to_model.add(-dropped);
  buffer_.clear();
  read_ = 0;
  in_flight_ = 0;
}

Duration CallerAudio::blocked(TimePoint now) const {
  return in_flight_ != 0 ? now - in_flight_since_ : Duration(0);
}

void CallerAudio::observe_delay(Duration delay) {
  delays_[delay_count_++ % kDelays] = delay;
}

/// Where timestamp 0 lies on our clock: the least delay of the last second, so that two clocks that drift
/// apart are never compared over hours.
Duration CallerAudio::offset() const {
  const auto seen = static_cast<std::ptrdiff_t>(std::min(delay_count_, kDelays));
  return seen == 0 ? offset_ : *std::min_element(delays_.begin(), delays_.begin() + seen);
}

std::optional<Duration> CallerAudio::delay_spread() const {
  const auto seen = static_cast<std::ptrdiff_t>(std::min(delay_count_, kDelays));
  if (seen < 5) return std::nullopt;
  const auto [least, most] = std::minmax_element(delays_.begin(), delays_.begin() + seen);
  return *most - *least;
}

}  // namespace bridge::call
