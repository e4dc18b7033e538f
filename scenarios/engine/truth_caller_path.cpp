#include "scenarios/engine/truth_caller_path.hpp"

#include <algorithm>
#include <cstddef>

namespace scenarios::engine {
using runtime::TimePoint;
using simulators::openai::SessionFacts;
using simulators::twilio::StreamFacts;

namespace {
constexpr std::size_t kWaiting = 16000;                    // 2 s of the caller's audio on its way
constexpr std::size_t kSentBytes = 17, kSentSamples = 10;  // of messages, for so many samples in them

std::size_t came_between(const StreamFacts& stream, TimePoint from, TimePoint until) {
  std::size_t samples = 0;
  for (const auto& piece : stream.sent.pieces) {
    if (from < piece.at && piece.at < until) samples += piece.bytes;
  }
  return samples;
}

/// Since when a session could hear the caller, then each moment at which one read something of him, then
/// `end`.
std::vector<TimePoint> moments(const std::vector<const SessionFacts*>& sessions, TimePoint end) {
  std::vector<TimePoint> all{end};
  std::optional<TimePoint> ready;
  for (const auto* session : sessions) {
    if (session->updated_sent.empty()) continue;
    ready = std::min(ready.value_or(session->updated_sent.front()), session->updated_sent.front());
    for (const auto& append : session->appends) all.push_back(append.at);
  }
  all.push_back(ready.value_or(end));
  std::ranges::sort(all);
  return all;
}

/// How long after `from`, and no longer than `until`, a session was there that could have read.
TimePoint open_until(const std::vector<const SessionFacts*>& sessions, TimePoint from, TimePoint until) {
  TimePoint open = from;
  for (const auto* session : sessions) {
    if (session->updated_sent.empty() || session->updated_sent.front() > from) continue;
    open = std::max(open, std::min(until, session->ended_at.value_or(until)));
  }
  return open;
}
}  // namespace

std::optional<TimePoint> caller_blocked_until(const StreamFacts& stream,
                                              const std::vector<const SessionFacts*>& sessions,
                                              const TruthSettings& settings, TimePoint end) {
  const bool stopped = std::ranges::any_of(sessions, &SessionFacts::stopped_reading);
  if (!stopped && !settings.openai_path_fails) return std::nullopt;
  const std::size_t most = kWaiting + settings.openai_path_bytes / kSentBytes * kSentSamples;
  std::optional<TimePoint> last;
  const auto all = moments(sessions, end);
  for (std::size_t i = 1; i < all.size() && all[i] <= end; ++i) {
    if (all[i] - all[i - 1] < std::chrono::seconds(2)) continue;
    const auto until = open_until(sessions, all[i - 1], all[i]);
    if (came_between(stream, all[i - 1], until) > most) last = until;
  }
  return last;
}

}  // namespace scenarios::engine
