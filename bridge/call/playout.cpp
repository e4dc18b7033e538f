#include "bridge/call/playout.hpp"

#include <algorithm>
#include <utility>

namespace bridge::call {
using runtime::Samples8k;
using runtime::TimePoint;

Playout::Playout(Options options)
    : options_(options),
      run_down_(options.lead / 10 / runtime::Duration(kFrame) * runtime::Duration(kFrame)) {
  frame_.reserve(runtime::mulaw_bytes(kFrame));
}

Samples8k Playout::push(const Part& part, std::string_view mulaw) {
  const auto room = runtime::mulaw_bytes(options_.capacity - queued_);
  const auto fitting = mulaw.substr(0, room);
  if (fitting.empty()) return Samples8k(0);
  if (segments_.empty() || segments_.back().part != part || segments_.back().whole) {
    if (!segments_.empty()) segments_.back().whole = true;
    drop_spent();
    segments_.push_back({part, {}});
  }
  segments_.back().audio.append(fitting);
  const auto length = runtime::mulaw_length(fitting.size());
  queued_ += length;
  progress(part.response);
  return length;
}

void Playout::end_part(ResponseNo response) {
  for (auto& segment : segments_) {
    if (segment.part.response == response) segment.whole = true;
  }
  drop_spent();
}

/// A part that was sent to its end before it was known to be whole leaves only now: it would stand before the
/// next.
void Playout::drop_spent() {
  while (!segments_.empty() && segments_.front().whole &&
         segments_.front().sent == segments_.front().audio.size()) {
    segments_.pop_front();
  }
}

void Playout::end_response(ResponseNo response) {
  end_part(response);
  for (auto& p : progress_) {
    if (p.response == response) p.ended = true;
  }
}

Playout::Progress& Playout::progress(ResponseNo response) {
  const auto found = std::find_if(progress_.begin(), progress_.end(),
                                  [&](const Progress& p) { return p.response == response; });
  if (found != progress_.end()) return *found;
  return progress_.emplace_back(Progress{response});
}

bool Playout::is_over(const Progress& progress) const {
  return progress.ended && queued(progress.response) == Samples8k(0);
}

/// A mark stands between two frames: it is due as soon as the audio before it was handed out.
bool Playout::mark_is_due(const Progress& progress) const {
  return progress.sent - progress.marked >= options_.mark_interval || is_over(progress);
}

std::optional<Playout::Output> Playout::due_mark() {
  const auto due =
      std::ranges::find_if(progress_, [this](const Progress& progress) { return mark_is_due(progress); });
  if (due == progress_.end()) return std::nullopt;
  if (is_over(*due)) {
    const Mark mark{due->response, due->sent, true, epoch_};
    progress_.erase(due);
    return mark;
  }
  due->marked = due->sent;
  return Mark{due->response, due->sent, false, epoch_};
}

std::size_t Playout::next_bytes() const {
  if (segments_.empty()) return 0;
  const auto& front = segments_.front();
  const std::size_t left = front.audio.size() - front.sent;
  const std::size_t frame = runtime::mulaw_bytes(kFrame);
  if (left >= frame) return frame;
  return front.whole ? left : 0;
}

bool Playout::frame_is_due(TimePoint now) const {
  if (next_bytes() == 0) return false;
  if (!handed_end_) return true;
  const auto lead = filling_up_ == now ? options_.lead : options_.lead - run_down_;
  return *handed_end_ - lead <= now;
}

bool Playout::due(TimePoint now) const {
  return frame_is_due(now) ||
         std::ranges::any_of(progress_, [this](const Progress& progress) { return mark_is_due(progress); });
}

std::optional<Playout::Output> Playout::next(TimePoint now) {
  if (auto mark = due_mark()) return mark;
  if (!frame_is_due(now)) return std::nullopt;
  const std::size_t bytes = next_bytes();
  auto& front = segments_.front();
  frame_.assign(front.audio, front.sent, bytes);
  frame_part_ = front.part;
  front.sent += bytes;
  const auto length = runtime::mulaw_length(bytes);
  queued_ -= length;
  progress(front.part.response).sent += length;
  handed_end_ = std::max(handed_end_.value_or(now), now) + length;
  filling_up_ = now;
  if (front.sent == front.audio.size() && (front.whole || segments_.size() > 1)) {
    segments_.pop_front();
  } else if (front.sent == front.audio.size()) {
    front.audio.clear();
    front.sent = 0;
  }
  return Frame{&frame_part_, frame_, epoch_};
}

std::vector<Playout::Dropped> Playout::clear() {
  std::vector<Dropped> dropped;
  for (const auto& segment : segments_) {
    dropped.push_back({segment.part, runtime::mulaw_length(segment.audio.size() - segment.sent)});
  }
  segments_.clear();
  progress_.clear();
  queued_ = Samples8k(0);
  handed_end_.reset();
  ++epoch_;
  return dropped;
}

Samples8k Playout::drop(ResponseNo response) {
  Samples8k dropped{0};
  std::erase_if(segments_, [&](const Segment& segment) {
    if (segment.part.response != response) return false;
    dropped += runtime::mulaw_length(segment.audio.size() - segment.sent);
    return true;
  });
  queued_ -= dropped;
  end_response(response);
  return dropped;
}

Samples8k Playout::queued(ResponseNo response) const {
  Samples8k sum{0};
  for (const auto& segment : segments_) {
    if (segment.part.response == response) sum += runtime::mulaw_length(segment.audio.size() - segment.sent);
  }
  return sum;
}

}  // namespace bridge::call
