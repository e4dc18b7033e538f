#include "scenarios/engine/truth_response.hpp"

#include "scenarios/engine/truth_audio.hpp"
#include "scenarios/engine/truth_judge.hpp"
#include "scenarios/engine/truth_never_made.hpp"
#include "scenarios/engine/truth_owed.hpp"
#include "scenarios/engine/truth_path.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
using simulators::openai::AudioFormat;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::MarkFact;
using simulators::twilio::StreamFacts;

namespace {
/// When the response was cut off by somebody: after that, nothing of it is missing. Who speaks when it is
/// over, and was played as far as the bridge can know, cuts nothing off.
TimePoint cut_at(const ResponseFacts& r, const SessionFacts& session,
                 const std::vector<TimePoint>& interruptions, const StreamFacts* stream, const Path* path,
                 TimePoint end) {
  const TimePoint begin = r.first_audio_at.value_or(r.due_at);
  TimePoint over = told_over(r, session);
  if (path != nullptr) over = std::max(over, path->over());
  TimePoint cut = end;
  if (r.cancelled_at) cut = std::min(cut, *r.cancelled_at);
  for (const TimePoint at : interruptions) {
    if (at > begin && at < over) cut = std::min(cut, at);
  }
  if (stream == nullptr) return cut;
  for (const auto& clear : stream->clears) {
    if (clear.at > begin) cut = std::min(cut, clear.at);
  }
  return cut;
}

/// How much of the response Twilio discarded (its buffer was full) before a mark that came back all the same,
/// too early by that much. `from`: where the response begins in what Twilio received.
std::size_t discarded_before_a_mark(const StreamFacts& stream, std::size_t from, std::size_t arrived,
                                    TimePoint cut) {
  std::size_t last_mark = from;
  for (const auto& mark : stream.marks) {
    const bool back = mark.echoed_at && *mark.echoed_at <= cut && mark.how != MarkFact::How::cleared;
    if (back && mark.after_bytes <= from + arrived && mark.after_bytes >= from + std::min(kEvidence, arrived))
      last_mark = mark.after_bytes;
  }
  std::size_t sum = 0;
  for (const auto& discard : stream.discards) {
    const auto begin = std::max(discard.offset, from);
    const auto end = std::min(discard.offset + discard.bytes, last_mark);
    if (begin < end) sum += end - begin;
  }
  return sum;
}

/// When Twilio was told to drop what was left of it: what comes later is another's. Of a clear that may have
/// been kept on its way nothing can be said.
std::optional<TimePoint> cleared_at(const ResponseFacts& r, const StreamFacts* stream,
                                    TimePoint next_sounds) {
  if (stream == nullptr || !r.first_audio_at) return std::nullopt;
  const auto begin = *r.first_audio_at;
  const auto clear = std::ranges::find_if(stream->clears, [&](const auto& one) { return one.at > begin; });
  if (clear == stream->clears.end()) return std::nullopt;
  const bool kept = next_sounds < clear->at && std::ranges::any_of(stream->stalls, [&](const auto& stall) {
                      return !stall.towards_bridge && stall.from <= clear->at &&
                             stall.until.value_or(TimePoint::max()) >= begin;
                    });
  return kept ? std::nullopt : std::optional(clear->at);
}

/// Nothing is to be heard of what only calls tools, whoever makes the calls.
bool never_judged(const ResponseFacts& r) {
  const bool only_calls =
      !r.items.empty() && std::ranges::none_of(r.items, [](const auto& item) { return item.message; });
  return r.out_of_band || only_calls;
}

/// Goes through the responses of a call in order, and judges each.
class Follower {
 public:
  Follower(const CallFacts& call, const TruthSettings& settings)
      : settings_(settings),
        stream_(call.stream()),
        heard_(call.heard),
        end_(call.ended_at.value_or(TimePoint::max())),
        learned_(end_) {
    if (stream_ == nullptr) return;
    received_.emplace(stream_->received);
    end_ = std::min(end_, stream_->ended_at.value_or(end_));
    learned_ = learned_by_the_end(*stream_, end_);
    for (const auto& key : stream_->keys) {
      if (const auto at = at_bridge(*stream_, key.at + one_way(*stream_))) keys_.push_back(*at);
    }
  }

  /// `next_sounds`: the first audio of the response after it.
  void follow(const SessionFacts& session, const ResponseFacts& r, TimePoint next_sounds) {
    ResponseTruth truth;
    truth.response = &r;
    truth.generated = r.audio.size();
    const bool verbatim = session.output_format == AudioFormat::pcmu;
    const auto cleared = cleared_at(r, stream_, next_sounds);
    std::optional<Path> path;
    Place arrived;
    if (received_) {
      arrived = received_->find(r, verbatim, cleared.value_or(TimePoint::max()));
      const bool ends = told_over(r, session) < TimePoint::max();
      path.emplace(r, ends, *stream_, Arrived{arrived.at, arrived.length}, busy_until_, unread_, settings_);
    }
    const auto* way = path ? &*path : nullptr;
    const auto interruptions = interruptions_in(session);
    const Circumstances e{
        session,       stream_, settings_, keys_,
        interruptions, end_,    learned_,  cut_at(r, session, interruptions, stream_, way, end_)};
    if (path) {
      truth.arrived = arrived.length;
      unread_ += path->unread(e.cut);
      if (r.audible) {
        truth.discarded = discarded_before_a_mark(*stream_, arrived.at, arrived.length, e.cut);
        busy_until_ = std::min(path->due_until(), e.cut);
      }
    }
    truth.played = heard_.find(r, verbatim, cleared ? *cleared + kHandset : TimePoint::max()).length;
    if (auto missed = missed_deadline(r, e)) truth_.missed.push_back(std::move(*missed));
    judge(truth, e, way);
    truth_.responses.push_back(std::move(truth));
  }

  std::vector<TimePoint> interruptions_in(const SessionFacts& session) const {
    auto all = keys_;
    for (const auto& turn : session.turns) {
      if (turn.started_at) all.push_back(*turn.started_at);
    }
    return all;
  }

  /// What there was, and what was due and never made.
  CallTruth take(const std::vector<const SessionFacts*>& sessions) {
    const NeverMade around{keys_, learned_, settings_.response_start_timeout, settings_.holds};
    for (const auto* session : sessions) {
      auto never = never_made(*session, around);
      std::ranges::move(never, std::back_inserter(truth_.missed));
    }
    // Another bridge may ask for less.
    if (auto owed = settings_.ours ? owed_at_the_end(sessions, around) : std::nullopt)
      truth_.missed.push_back(std::move(*owed));
    return std::move(truth_);
  }

 private:
  const TruthSettings& settings_;
  const StreamFacts* stream_;
  std::optional<AudioTrail> received_;
  AudioTrail heard_;
  std::vector<TimePoint> keys_;
  TimePoint end_;
  TimePoint learned_;       // when the bridge learned of it
  TimePoint busy_until_{};  // so long what came before is due to sound
  std::size_t unread_ = 0;  // samples of it that the connection holds for good
  CallTruth truth_;
};
}  // namespace

CallTruth find_response_truths(const CallFacts& call, const std::vector<const SessionFacts*>& sessions,
                               const TruthSettings& settings) {
  struct Followed {
    const SessionFacts* session;
    const ResponseFacts* response;
  };
  std::vector<Followed> all;
  for (const auto* session : sessions) {
    for (const auto& response : session->responses) {
      if (!never_judged(response)) all.push_back({session, &response});
    }
  }
  Follower follower(call, settings);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto next = i + 1 < all.size() ? all[i + 1].response->first_audio_at : std::nullopt;
    follower.follow(*all[i].session, *all[i].response, next.value_or(TimePoint::max()));
  }
  return follower.take(sessions);
}

}  // namespace scenarios::engine
