#include "scenarios/diagnosis/evidence.hpp"

#include <algorithm>

namespace scenarios::diagnosis {
namespace {

template <class Number>
void sum(std::optional<Number>& into, const std::optional<Number>& from) {
  if (from) into = into.value_or(0) + *from;
}

template <class Key>
void sum(std::map<Key, Count>& into, const std::map<Key, Count>& from) {
  for (const auto& [key, count] : from) into[key] += count;
}

}  // namespace

void Evidence::keep(std::set<std::string>& names, const std::string& name) {
  if (names.size() < kNames) names.insert(name);
}

void Evidence::add(const Evidence& other) {
  for (const auto member :
       {&Evidence::caller_frames, &Evidence::appends, &Evidence::deltas, &Evidence::delta_bytes,
        &Evidence::frames, &Evidence::marks_sent, &Evidence::marks_played, &Evidence::marks_early,
        &Evidence::marks_cleared, &Evidence::tracks_refused, &Evidence::calls_started, &Evidence::calls_came,
        &Evidence::signature_failures, &Evidence::unsigned_requests, &Evidence::connections_refused,
        &Evidence::webhooks_failed, &Evidence::calls_cut, &Evidence::restarts, &Evidence::vanished}) {
    sum(this->*member, other.*member);
  }
  sum(queued_to_model, other.queued_to_model);
  sum(unacked_bytes, other.unacked_bytes);
  sum(calls_active, other.calls_active);
  sum(silent_now, other.silent_now);
  sum(draining, other.draining);
  sum(call_verdicts, other.call_verdicts);
  sum(response_verdicts, other.response_verdicts);
  sum(watchdog, other.watchdog);
  sum(openai_failures, other.openai_failures);
  sum(calls_refused, other.calls_refused);
  sum(streams_refused, other.streams_refused);
  for (const auto& track : other.tracks) keep(tracks, track);
  for (const auto& code : other.twilio_codes) keep(twilio_codes, code);
  for (const auto& name : other.missing_state) keep(missing_state, name);
  for (const auto& crash : other.crashes) {
    if (crashes.size() < kCrashes) crashes.push_back(crash);
  }
  inbound_path_only = inbound_path_only || other.inbound_path_only;
  open_batches += other.open_batches;
  by_markers = by_markers || other.by_markers;
  sample.insert(other.sample.begin(), other.sample.end());
}

Count Evidence::unsent_bytes() const {
  constexpr Count kFrameBytes = 160, kBatch = 50;
  const auto sent = (frames.value_or(0) + kBatch * std::max<Count>(open_batches, 1)) * kFrameBytes;
  const auto came = delta_bytes.value_or(0);
  return frames && came > sent ? came - sent : 0;
}

bool Evidence::worth_telling_unsent() const {
  constexpr Count kWorthTelling = 16'000;  // 2 s of mu-law
  return unsent_bytes() >= kWorthTelling;
}

bool Evidence::without_calls() const {
  const auto none = [](const std::optional<Count>& count) { return count.value_or(0) == 0; };
  return !judged() && watchdog.empty() && none(calls_started) && none(caller_frames) && none(deltas) &&
         none(frames) && silent_now.value_or(0) <= 0;
}

}  // namespace scenarios::diagnosis
