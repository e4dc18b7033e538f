#include "scenarios/engine/truth_path.hpp"

#include <algorithm>
#include <chrono>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
using simulators::openai::ResponseFacts;
using simulators::twilio::StreamFacts;

namespace {
constexpr std::size_t kSaysSomething = 3200;           // 400 ms: a mark after less proves nothing
constexpr std::size_t kFrameSamples = 160;             // 20 ms
constexpr std::size_t kBlocked = 8000;                 // design.md: a second of audio
constexpr std::size_t kBatch = 640;                    // 80 ms: what the bridge may write at once, and more
constexpr std::size_t kMarkInterval = 4000;            // 500 ms
constexpr double kMarkBytes = 110;                     // a mark's message
constexpr double kAnyAmount = 1e9;                     // more samples than a call has
constexpr Duration kOnItsWay = 150ms;                  // at most, written and not there
constexpr Duration kLead = 400ms;                      // so far ahead of its time the bridge sends
constexpr double kUsualBytes = 300.0 / kFrameSamples;  // of a message, for each sample in it

Duration length_of(std::size_t samples) {
  return std::chrono::microseconds(samples * 125);
}

/// How much audio a connection takes that nobody reads from.
std::size_t room(const StreamFacts& stream, std::size_t path_bytes) {
  const auto samples = stream.received.mulaw.size();
  double each =
      samples == 0 ? kUsualBytes : static_cast<double>(stream.media_bytes) / static_cast<double>(samples);
  each += kMarkBytes / kMarkInterval;
  const double most = std::min(static_cast<double>(path_bytes) / std::max(each, 1.0), kAnyAmount);
  return static_cast<std::size_t>(most) / kFrameSamples * kFrameSamples;
}
}  // namespace

Duration one_way(const StreamFacts& stream) {
  const auto first = std::ranges::find_if(stream.marks, [](const auto& mark) {
    return mark.after_bytes == 0 && mark.echoed_at && mark.carried_at;
  });
  return first == stream.marks.end() ? Duration(0) : *first->carried_at - *first->echoed_at;
}

std::optional<TimePoint> at_bridge(const StreamFacts& stream, TimePoint carried) {
  for (const auto& stall : stream.stalls) {
    const bool kept =
        stall.towards_bridge && stall.from <= carried && (!stall.until || carried < *stall.until);
    if (!kept) continue;
    if (!stall.until) return std::nullopt;
    carried = *stall.until;
  }
  return carried;
}

Path::Path(const ResponseFacts& response, bool ends, const StreamFacts& stream, Arrived arrived,
           TimePoint busy_until, std::size_t unread, const TruthSettings& settings)
    : stream_(stream),
      holds_(settings.holds),
      arrived_(arrived),
      generated_(response.audio.size()),
      done_(ends),
      room_(room(stream, settings.path_bytes)),
      due_until_(busy_until) {
  one_way_ = engine::one_way(stream);
  resume_within_ = settings.resume_within;
  patience_ = std::max<Duration>(settings.mark_patience, 8 * one_way_);
  room_ -= std::min(room_, unread);
  schedule(response, busy_until);
  follow_the_bridge();
}

void Path::schedule(const ResponseFacts& response, TimePoint busy_until) {
  TimePoint at = busy_until;
  for (const auto& chunk : response.chunks) {
    if (!chunk.decodable || chunk.after_cancel) continue;
    at = std::max(at, holds_.seen(chunk.at));
    due_.emplace_back(at, chunk.bytes);
    at += length_of(chunk.bytes);
  }
  due_until_ = at;
}

/// Its pieces in order: where each begins in the response, how long it is, and when it came.
template <class Visit>
void Path::each_piece(Visit visit) const {
  const auto end = arrived_.at + arrived_.length;
  for (const auto& piece : stream_.received.pieces) {
    if (arrived_.length == 0 || piece.offset + piece.bytes <= arrived_.at) continue;
    if (piece.offset >= end) return;
    const auto begin = std::max(piece.offset, arrived_.at);
    visit(begin - arrived_.at, std::min(piece.offset + piece.bytes, end) - begin, piece.at);
  }
}

/// When so many samples were due to have sounded; nullopt: the model never made as many.
std::optional<TimePoint> Path::due(std::size_t samples) const {
  for (const auto& [from, count] : due_) {
    if (samples <= count) return from + length_of(samples);
    samples -= count;
  }
  return std::nullopt;
}

/// The stall that kept a piece in the connection.
const simulators::twilio::StallFact* Path::held(std::size_t begin, std::size_t length,
                                                TimePoint arrived_at) const {
  const auto at = due(begin + length);
  if (!at) return nullptr;
  const TimePoint written = *at - length_of(length) - kLead;
  for (const auto& stall : stream_.stalls) {
    if (stall.towards_bridge || !stall.until) continue;
    if (stall.from <= written + kOnItsWay && written < *stall.until && arrived_at >= *stall.until)
      return &stall;
  }
  return nullptr;
}

/// Until when the caller would hear what the connection had taken, as the bridge reckons.
void Path::follow_the_bridge() {
  TimePoint end{};
  const StallFact* in = nullptr;
  std::size_t unread = 0;
  each_piece([&](std::size_t begin, std::size_t length, TimePoint at) {
    const auto* stall = held(begin, length, at);
    if (stall != in) unread = 0;
    in = stall;
    if (stall != nullptr) unread += length;
    const auto by = due(begin + length);
    TimePoint taken = by ? *by - length_of(length) : end;
    if (stall != nullptr && unread > room_) taken = std::max(taken, *stall->until);
    if (stall == nullptr && holds_.any()) taken = std::max(taken, at - one_way_);
    end = std::max(end, taken) + length_of(length);
    ends_.push_back({begin + length, end, stall != nullptr});
  });
}

const Path::End* Path::end_of(std::size_t ahead) const {
  const auto found = std::ranges::find_if(ends_, [&](const End& one) { return one.samples >= ahead; });
  if (found != ends_.end()) return &*found;
  return ends_.empty() ? nullptr : &ends_.back();
}

TimePoint Path::played_by(std::size_t ahead) const {
  const auto* end = end_of(ahead);
  return end != nullptr ? end->at : due_until_;
}

/// When the bridge gave up what was left: nothing more had been taken for so long, and more waited behind it.
std::optional<TimePoint> Path::stale(std::size_t left) const {
  const auto next = due(left + kFrameSamples);
  if (!next || generated_ < left + kBatch) return std::nullopt;
  return std::max(*next - length_of(kFrameSamples) - kLead, due_.front().first) + resume_within_;
}

/// How much later than they were due so many samples sounded: a hold moves all that comes after it.
Duration Path::behind(std::size_t have) const {
  const auto* const end = holds_.any() ? end_of(have) : nullptr;
  const auto by = due(have);
  return end != nullptr && by ? std::max<Duration>(end->at - *by, 0s) : 0s;
}

/// When the bridge had too much of it, with nothing coming between `since` and `until` beyond what `have`
/// says.
std::optional<TimePoint> Path::blocked(std::size_t have, TimePoint since, TimePoint until) const {
  const auto stall = std::ranges::find_if(stream_.stalls, [&](const StallFact& s) {
    return !s.towards_bridge && s.from <= until && s.until.value_or(TimePoint::max()) >= since;
  });
  const bool stalled = stall != stream_.stalls.end();
  auto late = due(have + kBlocked);
  if (late) *late += behind(have);
  if (late && *late <= (stalled ? std::min(stall->from, until) : until)) return late;
  if (!stalled) return std::nullopt;
  const std::size_t left = have + room_;
  const TimePoint over = std::min(until, stall->until.value_or(TimePoint::max()));
  const auto given_up = stale(left), second = due(left + kBlocked);
  if (given_up && *given_up <= over && (!second || *given_up <= *second)) return given_up;
  if (second && *second <= over) return second;
  // Of a short answer, less than a second that stays for two.
  const auto some = due(left + kFrameSamples);
  return some && *some + 2s <= over ? std::optional(*some + 2s) : std::nullopt;
}

std::optional<TimePoint> Path::stuck(TimePoint cut) const {
  std::optional<TimePoint> found;
  std::size_t have = 0;
  TimePoint since = due_.empty() ? cut : due_.front().first;
  each_piece([&](std::size_t begin, std::size_t length, TimePoint at) {
    // What had been in the connection comes in a burst, and had left the bridge in time.
    const auto* stall = held(begin, length, at);
    const bool in_burst = stall != nullptr && since >= *stall->until;
    if (!found && !in_burst) found = blocked(have, since, std::min(at, cut));
    have = begin + length;
    since = at;
  });
  if (!found) found = blocked(have, since, cut);
  return found;
}

TimePoint Path::over() const {
  if (arrived_.length >= generated_ && !ends_.empty()) return ends_.back().at;
  // What was taken and not read has left the bridge as well.
  return generated_ <= arrived_.length + room_ ? due_until_ : TimePoint::max();
}

std::optional<TimePoint> Path::overdue(std::size_t samples) const {
  const auto at = due(samples);
  return at ? std::optional(*at + patience_) : std::nullopt;
}

bool Path::stalled(TimePoint at) const {
  return std::ranges::any_of(stream_.stalls, [&](const StallFact& stall) {
    return !stall.towards_bridge && stall.from <= at && (!stall.until || at < *stall.until);
  });
}

/// 400 ms of this response are ahead of it; of a shorter one, all that there is.
bool Path::says_something(const MarkFact& mark) const {
  const auto begin = arrived_.at, end = arrived_.at + arrived_.length + kFrameSamples;
  if (arrived_.length == 0 || mark.after_bytes <= begin || mark.after_bytes > end) return false;
  // Sound that was converted may be shorter by a few samples.
  return mark.after_bytes - begin + kFrameSamples >= std::min(kSaysSomething, generated_);
}

/// By a `clear`, before its audio would have been played.
bool Path::flushed(const MarkFact& mark) const {
  if (mark.how == MarkFact::How::cleared) return true;
  return std::ranges::any_of(stream_.clears, [&](const auto& clear) {
    return clear.at >= mark.received_at && clear.at - one_way_ < played_by(mark.after_bytes - arrived_.at);
  });
}

/// When the bridge sent it, at the earliest: one that a stall kept may have been sent long before.
TimePoint Path::sent_at(const MarkFact& mark) const {
  const auto* end = end_of(mark.after_bytes - arrived_.at);
  if (end != nullptr && end->held) return {};
  const TimePoint sent = mark.received_at - one_way_;
  const bool kept = std::ranges::any_of(stream_.stalls, [&](const StallFact& stall) {
    return !stall.towards_bridge && stall.until && stall.from <= mark.received_at && *stall.until >= sent;
  });
  return kept ? TimePoint{} : sent;
}

std::optional<TimePoint> Path::not_back(const MarkFact& mark) const {
  const auto back = mark.carried_at ? at_bridge(*mark.carried_at) : std::nullopt;
  if (mark.how == MarkFact::How::swallowed_early) return back;
  if (mark.how == MarkFact::How::on_stop || flushed(mark)) return std::nullopt;
  const TimePoint overdue =
      holds_.seen(std::max(played_by(mark.after_bytes - arrived_.at), sent_at(mark)) + patience_);
  return back && *back <= overdue ? std::nullopt : std::optional(overdue);
}

/// The first mark that Twilio has not read: it stands behind its audio in a connection that stands still.
std::optional<TimePoint> Path::never_read() const {
  std::size_t place = (arrived_.length / kMarkInterval + 1) * kMarkInterval;
  if (place > generated_) place = done_ ? generated_ : 0;
  if (place <= arrived_.length || place > arrived_.length + room_) return std::nullopt;
  const auto at = due(place);
  if (!at) return std::nullopt;
  const TimePoint overdue = *at + patience_;
  const bool still = std::ranges::any_of(stream_.stalls, [&](const StallFact& stall) {
    return !stall.towards_bridge && stall.from <= *at && (!stall.until || *stall.until > overdue);
  });
  return still ? std::optional(overdue) : std::nullopt;
}

std::optional<TimePoint> Path::unconfirmed(TimePoint end) const {
  std::optional<TimePoint> first = never_read();
  for (const auto& mark : stream_.marks) {
    if (!says_something(mark)) continue;
    const auto at = not_back(mark);
    if (at && (!first || *at < *first)) first = at;
  }
  return first && *first < end ? first : std::nullopt;
}

std::optional<TimePoint> Path::last_back() const {
  std::optional<TimePoint> last;
  for (const auto& mark : stream_.marks) {
    const bool whole = says_something(mark) && mark.after_bytes - arrived_.at >= generated_;
    if (whole && mark.carried_at) last = at_bridge(*mark.carried_at);
  }
  return last;
}

std::size_t Path::unread(TimePoint cut) const {
  const bool stands = std::ranges::any_of(stream_.stalls, [&](const StallFact& stall) {
    return !stall.towards_bridge && !stall.until && stall.from <= cut;
  });
  if (!stands || cut > TimePoint::max() - 1h) return 0;
  std::size_t written = 0;
  for (const auto& [from, count] : due_) {
    if (cut + kLead <= from) break;
    written += std::min(count, static_cast<std::size_t>((cut + kLead - from) / 125us));
  }
  return std::min(room_, written - std::min(written, arrived_.length));
}

std::optional<TimePoint> Path::confirmed(TimePoint by) const {
  for (const auto& mark : stream_.marks) {
    const bool played = mark.how == MarkFact::How::played || mark.how == MarkFact::How::empty_queue;
    if (!says_something(mark) || !played || !mark.carried_at) continue;
    const auto back = at_bridge(*mark.carried_at);
    if (back && *back <= by) return mark.played_at.value_or(*mark.carried_at);
  }
  return std::nullopt;
}

}  // namespace scenarios::engine
